// SPDX-License-Identifier: Apache-2.0
/* A vcpu's registers: in struct vcpu_arch, and its EL1 file in hardware while it is loaded. */
#include <asm/sysreg.h>
#include <asm/virt.h>
#include <asm/vplat.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/regs.h>
#include <bulkhead/arch/s2.h>
#include <bulkhead/arch/upcall.h>
#include <bulkhead/base/guarded.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/panic.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/mem/s2.h>

_Static_assert(offsetof(struct vcpu_arch, vcpu) == 0U, "common code finds its vcpu there");
_Static_assert(offsetof(struct vcpu_arch, host_sp) == VCPU_HOST_SP, "asm/vcpu.h");
_Static_assert(offsetof(struct vcpu_arch, x) == VCPU_X, "asm/vcpu.h");
_Static_assert(offsetof(struct vcpu_arch, pc) == VCPU_PC, "asm/vcpu.h");
_Static_assert(offsetof(struct vcpu_arch, esr) == VCPU_ESR, "asm/vcpu.h");
_Static_assert(offsetof(struct vcpu_arch, hpfar) == VCPU_HPFAR, "asm/vcpu.h");
_Static_assert(offsetof(struct vcpu_arch, pauth) == VCPU_PAUTH, "asm/vcpu.h");
_Static_assert(offsetof(struct vcpu_arch, key) == VCPU_KEY, "asm/vcpu.h");
_Static_assert(offsetof(struct vcpu_arch, host_key) == VCPU_HOST_KEY, "asm/vcpu.h");
_Static_assert(offsetof(struct vcpu_arch, vgic) == VCPU_VGIC, "asm/vcpu.h");
_Static_assert(offsetof(struct vcpu_fp, fpsr) == 512U, "world.S");

#define REG_SYS_FIRST 0x200U

static const u64 reset_value[SYS_COUNT] = {
#define RESET(name, encoding, value) [SYS_##name] = (value),
	VCPU_SYSREGS(RESET) VCPU_KEYS(RESET)
};

size_t vcpu_arch_size(void)
{
	return sizeof(struct vcpu_arch);
}

static u64 hcr_of[CONFIG_MAX_CPUS];

static u64 hcr_made(void)
{
	u64 hcr = HCR_GUEST;

	if (cpu_has_pauth())
		hcr |= HCR_APK | HCR_API;
	if (cpu_has_ras())
		hcr |= HCR_TERR;
	if (idregs_trap())
		hcr |= HCR_TID3;
	return hcr;
}

/* By what this CPU's ID registers say, which are many: they are read once. */
void regs_cpu_init(void)
{
	hcr_of[this_cpu()->id] = hcr_made();
}

/* Of a vcpu that is of no partition: itself. */
static const u32 on = VCPU_ON;
static const struct vcpu_peers alone = { { &on }, 1 };

/* Large, and zero in most vcpus. */
static void debug_reset(struct vcpu_arch *v)
{
	if (v->debug.used)
		memset(&v->debug, 0, sizeof(v->debug));
	if (v->pmu.used)
		memset(&v->pmu, 0, sizeof(v->pmu));
}

/* One step does it. Other CPUs follow the first word at any time. */
int vcpu_reset(struct vcpu_arch *v, struct s2 *s2, const struct vcpu_start *start, u32 *at __unused)
{
	const struct firmware_filter *filter = v->filter;
	const struct vcpu_peers *peers = v->peers != NULL ? v->peers : &alone;
	struct virq *virq = v->virq;
	struct vgic_cpu *vgic = v->vgic;
	const u32 virq_id = v->virq_id;
	const u64 waits = v->hcr & HCR_TWI;

	memset((u8 *)v + offsetof(struct vcpu_arch, host_sp), 0,
	       offsetof(struct vcpu_arch, sys) - offsetof(struct vcpu_arch, host_sp));
	memset(&v->fp, 0, sizeof(v->fp));
	debug_reset(v);
	v->filter = filter;
	v->peers = peers;
	v->virq = virq;
	v->vgic = vgic;
	v->virq_id = virq_id;
	vgic_interface_reset(v);
	memcpy(v->sys, reset_value, sizeof(v->sys));
	v->sys[SYS_SP_EL1] = start->sp.v;
	v->sys[SYS_VMPIDR_EL2] |= vplat_affinity(start->id);
	v->x[0] = start->arg;
	v->pc = start->pc.v;
	v->pstate = PSTATE_RESET;
	v->hcr = hcr_of[this_cpu()->id] | waits;
	v->s2 = s2;
	v->vtcr = s2_vtcr(s2->pt.fmt);
	v->vttbr = s2_vttbr(s2);
	v->unchecked = true;
	return 0;
}

void vcpu_trap_waits(struct vcpu_arch *v, bool trap)
{
	BUG_ON(v->loaded);
	v->hcr = trap ? v->hcr | HCR_TWI : v->hcr & ~HCR_TWI;
	v->unchecked = true;
}

/* Interrupts that hardware delivers do not wake Bulkhead: the guest looks for itself. */
void vcpu_idle(struct vcpu_arch *v __unused)
{
	cpu_relax();
}

static u64 *in_memory(struct vcpu_arch *v, u32 reg)
{
	if (reg < ARRAY_SIZE(v->x))
		return &v->x[reg];
	switch (reg) {
	case REG_PC:
		return &v->pc;
	case REG_FLAGS:
		return &v->pstate;
	default:
		return NULL;
	}
}

/* Index of a register of the EL1 file. */
static u32 sys_index(u32 reg)
{
	const u32 index = reg == REG_SP ? (u32)SYS_SP_EL1 : reg - REG_SYS_FIRST;

	BUG_ON(index >= SYS_COUNT);
	return index;
}

u64 vcpu_reg_get(struct vcpu_arch *v, u32 reg)
{
	const u64 *p = in_memory(v, reg);
	u32 index;

	if (p != NULL)
		return *p;
	if (reg == REG_ZERO)
		return 0;
	index = sys_index(reg);
	if (v->loaded && sysreg_present(index))
		return sysreg_read(index);
	return v->sys[index];
}

void vcpu_reg_set(struct vcpu_arch *v, u32 reg, u64 value)
{
	u64 *p = in_memory(v, reg);
	u32 index;

	if (p != NULL) {
		*p = value;
		v->unchecked |= reg == REG_FLAGS;
		return;
	}
	if (reg == REG_ZERO)
		return;
	index = sys_index(reg);
	v->sys[index] = value;
	v->unchecked = true;
	if (v->loaded && sysreg_present(index))
		sysreg_write(index, value);
}

/* While the vcpu is loaded its vector registers are in the CPU, which Bulkhead leaves alone. */
void vcpu_vector_get(struct vcpu_arch *v, u32 reg, u64 value[2])
{
	BUG_ON(reg >= ARRAY_SIZE(v->fp.q) / 2U);
	if (v->loaded)
		world_fp_save(&v->fp);
	memcpy(value, &v->fp.q[(size_t)reg * 2U], sizeof(v->fp.q[0]) * 2U);
}

void vcpu_vector_set(struct vcpu_arch *v, u32 reg, const u64 value[2])
{
	BUG_ON(reg >= ARRAY_SIZE(v->fp.q) / 2U);
	if (v->loaded)
		world_fp_save(&v->fp);
	memcpy(&v->fp.q[(size_t)reg * 2U], value, sizeof(v->fp.q[0]) * 2U);
	if (v->loaded)
		world_fp_load(&v->fp);
}

/* Those that start walks come last, by el1_walks_go(). */
static bool starts_walks(u32 index)
{
	return index == (u32)SYS_TCR_EL1 || index == (u32)SYS_SCTLR_EL1;
}

static void sysregs_load(const struct vcpu_arch *v)
{
#define LOAD(name, encoding, reset)         \
	if (!starts_walks((u32)SYS_##name)) \
		write_sysreg(encoding, v->sys[SYS_##name]);
	VCPU_SYSREGS(LOAD)
	if (!cpu_has_pauth())
		return;
	VCPU_KEYS(LOAD)
}

static void sysregs_save(struct vcpu_arch *v)
{
#define SAVE(name, encoding, reset) v->sys[SYS_##name] = read_sysreg(encoding);
	VCPU_SYSREGS(SAVE)
	if (!cpu_has_pauth())
		return;
	VCPU_KEYS(SAVE)
}

/* Where Bulkhead signs what it returns to, world.S switches the key at each exit. */
static void own_key_load(struct vcpu_arch *v)
{
	v->pauth = build_guarded() && cpu_has_pauth() ? 1U : 0U;
	if (v->pauth != 0U) {
		v->host_key[0] = read_sysreg(SYS_APIAKEYLO_EL1);
		v->host_key[1] = read_sysreg(SYS_APIAKEYHI_EL1);
	} else if (cpu_has_pauth()) {
		write_sysreg(SYS_APIAKEYLO_EL1, v->key[0]);
		write_sysreg(SYS_APIAKEYHI_EL1, v->key[1]);
	}
}

static void own_key_save(struct vcpu_arch *v)
{
	if (v->pauth != 0U || !cpu_has_pauth())
		return;
	v->key[0] = read_sysreg(SYS_APIAKEYLO_EL1);
	v->key[1] = read_sysreg(SYS_APIAKEYHI_EL1);
}

void vcpu_load(struct vcpu_arch *v)
{
	const struct el1_walks walks = { v->sys[SYS_TCR_EL1], v->sys[SYS_SCTLR_EL1] };

	BUG_ON(v->loaded);
	write_sysreg(cptr_el2, CPTR_GUEST);
	write_sysreg(vtcr_el2, v->vtcr);
	write_sysreg(vttbr_el2, v->vttbr);
	write_sysreg(hcr_el2, v->hcr);
	sysregs_load(v);
	el1_walks_go(&walks);
	world_fp_load(&v->fp);
	if (v->debug.used)
		debug_load(&v->debug);
	if (v->pmu.used)
		pmu_load(&v->pmu);
	own_key_load(v);
	v->loaded = true;
	vgic_load(v);
}

void vcpu_put(struct vcpu_arch *v)
{
	BUG_ON(!v->loaded);
	sysregs_save(v);
	own_key_save(v);
	world_fp_save(&v->fp);
	if (v->debug.used)
		debug_put();
	if (v->pmu.used)
		pmu_put(&v->pmu);
	write_sysreg(cntv_ctl_el0, 0);
	write_sysreg(cntp_ctl_el0, 0);
	vgic_put(v);
	el1_walks_stop();
	write_sysreg(hcr_el2, HCR_HOST);
	write_sysreg(vttbr_el2, 0);
	write_sysreg(cptr_el2, CPTR_EL2_VALUE);
	isb();
	v->loaded = false;
}

u32 vcpu_legal(struct vcpu_arch *v, u64 *found)
{
	struct legal_finding bad = { 0 };
	struct legal_state s = {
		.pstate = v->pstate,
		.pc = v->pc,
		.hcr = v->hcr,
		.vttbr = v->vttbr,
		.vtcr = v->vtcr,
		.vmpidr = vcpu_reg_get(v, REG_SYS(VMPIDR_EL2)),
		.pa_range = s2_pa_range(),
		.pa_end = BIT(s2_gpa_bits_max()),
		.t0sz_min = 64U - s2_gpa_bits_max(),
		.tag_count = s2_tag_count(),
	};
	u32 rule;

	legal_root(&s);
	rule = legal_check(&s, &bad);
	if (rule != 0U)
		log_error("entry refused: %s: found 0x%llx, expected 0x%llx", bad.what,
			  (unsigned long long)bad.found, (unsigned long long)bad.expected);
	*found = bad.found;
	return rule;
}

void vcpu_check(struct vcpu_arch *v)
{
	u64 found = 0;

	if (v->unchecked && vcpu_legal(v, &found) == 0U)
		v->unchecked = false;
}

/* Not allowed to enter: common code decides as for any other exit. */
static enum trap_result refused(struct vcpu_arch *v, u32 rule, u64 found)
{
	struct exit e = { .class = EXIT_REFUSED, .reason = rule, .syndrome = found };

	return upcall_exit(v, &e);
}

enum trap_result vcpu_run(struct vcpu_arch *v)
{
	BUG_ON(!v->loaded);
	if (v->unchecked) {
		u64 found = 0;
		const u32 rule = vcpu_legal(v, &found);

		if (rule != 0U)
			return refused(v, rule, found);
		v->unchecked = false;
	}
	vgic_poll(v);
	return world_run(v);
}

void vcpu_peers_set(struct vcpu_arch *v, const struct vcpu_peers *p)
{
	v->peers = p;
}

/* Nothing here is shown to some partitions only. */
int vcpu_policy_set(struct vcpu_arch *v __unused, const struct vcpu_policy *policy __unused)
{
	return 0;
}
