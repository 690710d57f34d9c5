// SPDX-License-Identifier: Apache-2.0
/* The extension in charge, by what the boot CPU has; and what is not particular to one. */
#include <asm/desc.h>
#include <asm/features.h>
#include <asm/mitigate.h>
#include <asm/msr.h>
#include <asm/virq.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/s2.h>
#include <bulkhead/arch/upcall.h>
#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

#include "backend.h"
#include "legal.h"
#include "offsets.h"
#include "xstate.h"

_Static_assert(offsetof(struct vcpu_arch, gpr) == VCPU_GPR(0), "offsets.h");
_Static_assert(offsetof(struct vcpu_arch, call) == VCPU_CALL(0), "offsets.h");
_Static_assert(offsetof(struct vcpu_arch, block) == VCPU_BLOCK, "offsets.h");
_Static_assert(offsetof(struct vcpu_arch, block_pa) == VCPU_BLOCK_PA, "offsets.h");
_Static_assert(offsetof(struct vcpu_arch, host_pa) == VCPU_HOST_PA, "offsets.h");
_Static_assert(offsetof(struct vcpu_arch, rip) == VCPU_RIP, "offsets.h");
_Static_assert(offsetof(struct vcpu_arch, rflags) == VCPU_RFLAGS, "offsets.h");
_Static_assert(offsetof(struct vcpu_arch, cpuid_rip) == VCPU_CPUID_RIP, "offsets.h");
_Static_assert(offsetof(struct vcpu_arch, cpuid_cr3) == VCPU_CPUID_CR3, "offsets.h");
_Static_assert(offsetof(struct vcpu_arch, cpuid_length) == VCPU_CPUID_LENGTH, "offsets.h");
_Static_assert(offsetof(struct vcpu_arch, cpuid) == VCPU_CPUID, "offsets.h");
_Static_assert(sizeof(struct cpuid_cached) == 1U << CPUID_ENTRY_SHIFT, "offsets.h");
_Static_assert(offsetof(struct cpuid_cached, edx) == CPUID_EDX, "offsets.h");

/* Both EPT and nested tables have four levels. */
#define GPA_BITS_MAX 48U

const struct virt_ops *virt;

static struct pt_format format;

/* The vcpu that ran on each CPU last: no other has translations there. The CPU's own. */
static const struct vcpu_arch *last[CONFIG_MAX_CPUS];

/* IA32_SPEC_CTRL of each CPU. The CPU's own. */
static u64 spec_ctrl[CONFIG_MAX_CPUS], tsc_aux[CONFIG_MAX_CPUS];

static const struct {
	enum x86_feature feature;
	const struct virt_ops *ops;
} backends[] = {
#ifdef CONFIG_SVM
	{ FEAT_SVM, &svm_ops },
#endif
#ifdef CONFIG_VMX
	{ FEAT_VMX, &vmx_ops },
#endif
	{ FEAT_COUNT, NULL },
};

size_t vcpu_arch_size(void)
{
	return sizeof(struct vcpu_arch) + 2U * PAGE_SIZE - 64U;
}

const char *virt_backend(void)
{
	return virt != NULL ? virt->name : NULL;
}

u32 s2_gpa_bits_max(void)
{
	const u32 bits = feature_phys_bits();

	return bits < GPA_BITS_MAX ? bits : GPA_BITS_MAX;
}

u32 s2_tag_count(void)
{
	return virt->tags();
}

int s2_format(u32 gpa_bits, const struct pt_format **out)
{
	if (virt == NULL)
		return trace_error(BH_ENODEV);
	if (gpa_bits > s2_gpa_bits_max())
		return trace_error(BH_ERANGE);
	*out = &format;
	return 0;
}

bool s2_invalidate_is_broadcast(void)
{
	return false;
}

void s2_invalidate(u32 tag, hpa_t root, gpa_t gpa __unused, u64 size __unused)
{
	virt->invalidate(tag, root);
}

void s2_publish(const void *entry __unused, size_t bytes __unused)
{
}

static int choose(void)
{
	for (size_t i = 0; backends[i].ops != NULL; i++) {
		if (feature(backends[i].feature)) {
			virt = backends[i].ops;
			return 0;
		}
	}
	log_warn("CPU %u: %s; this build has no backend for it", this_cpu()->id, cpu_virt_name());
	return BH_ENODEV;
}

/* What its tables may hold a backend knows once it has looked at the CPU. */
int virt_cpu_init(void)
{
	const bool first = virt == NULL;
	int err;

	if (first) {
		mitigate_init();
		err = choose();
		if (err != 0)
			return err;
	}
	xstate_cpu_init();
	err = virt->cpu_init();
	if (err == 0 && first)
		err = pt_format_init(&format, virt->kind, GPA_BITS_MAX, feature_phys_bits(),
				     virt->pt_flags());
	if (err != 0 && this_cpu()->id == 0U)
		virt = NULL;
	return err;
}

#define SAVE_DR(n, v) __asm__ volatile("movq %%db" #n ", %0" : "=r"(v->dr[n]))
#define LOAD_DR(n, v) __asm__ volatile("movq %0, %%db" #n : : "r"(v->dr[n]))

void guest_spec_ctrl_load(const struct vcpu_arch *v)
{
	u64 *mine = &spec_ctrl[this_cpu()->id];

	if (*mine == v->spec_ctrl)
		return;
	*mine = v->spec_ctrl;
	wrmsr(IA32_SPEC_CTRL, *mine);
}

bool guest_has_tsc_aux(const struct vcpu_arch *v)
{
	return (feature(FEAT_RDTSCP) && guest_shows(v, GUEST_RDTSCP)) ||
	       (feature(FEAT_RDPID) && guest_shows(v, GUEST_RDPID));
}

/* A guest that it is hidden from finds its own zero, not what another has left. */
void guest_tsc_aux_load(const struct vcpu_arch *v)
{
	u64 *mine = &tsc_aux[this_cpu()->id];

	if (*mine == v->tsc_aux)
		return;
	*mine = v->tsc_aux;
	wrmsr(IA32_TSC_AUX, *mine);
}

void vcpu_load(struct vcpu_arch *v)
{
	const u32 cpu = this_cpu()->id;
	const bool flush = v->cpu != cpu || last[cpu] != v;

	if (last[cpu] != v)
		mitigate_switch();
	guest_spec_ctrl_load(v);
	guest_tsc_aux_load(v);

	xstate_load(v);
	LOAD_DR(0, v);
	LOAD_DR(1, v);
	LOAD_DR(2, v);
	LOAD_DR(3, v);
	virt->load(v, flush);
	v->cpu = cpu;
	v->loaded = true;
	last[cpu] = v;
	virq_loaded(v);
}

void vcpu_put(struct vcpu_arch *v)
{
	xstate_put(v);
	SAVE_DR(0, v);
	SAVE_DR(1, v);
	SAVE_DR(2, v);
	SAVE_DR(3, v);
	virt->put(v);
	v->loaded = false;
}

/* Error codes exist in protected mode only. */
static void inject(struct vcpu_arch *v, u8 vector, bool has_code, u32 code)
{
	v->inject = (struct x86_event){
		.valid = true,
		.type = EVENT_EXCEPTION,
		.vector = vector,
		.has_code = has_code && (vcpu_reg_get(v, REG_CR0) & CR0_PE) != 0U,
		.code = code,
	};
	if (!v->inject.has_code)
		v->inject.code = 0;
}

void vcpu_inject(struct vcpu_arch *v, const struct fault *fault)
{
	switch (fault->kind) {
	case FAULT_UNDEFINED:
		inject(v, VEC_UD, false, 0);
		break;
	case FAULT_PAGE:
		vcpu_reg_set(v, REG_CR2, fault->gva.v);
		inject(v, VEC_PF, true, fault->code);
		break;
	case FAULT_PROTECTION:
		inject(v, VEC_GP, true, fault->code);
		break;
	default:
		inject(v, VEC_GP, true, 0);
		break;
	}
}

enum trap_result guest_fault(struct vcpu_arch *v, enum fault_kind kind)
{
	const struct fault f = { .kind = kind };

	vcpu_inject(v, &f);
	return TRAP_INJECT;
}

/* Steps over the instruction. Outside 64-bit code RIP has 32 bits. */
static void step_over(struct vcpu_arch *v, u8 length)
{
	v->rip += length;
	if ((virt->get(v, REG_SEG(SEG_CS, PART_ATTRIBUTES)) & SEG_ATTR_L) == 0U)
		v->rip = (u32)v->rip;
	v->rflags &= ~RFLAGS_RF;
	virt->stepped(v);
}

/*
 * An event whose delivery was cut short is delivered again, unless another takes its place.
 * Faults and software interrupts come again by themselves: their instruction is repeated. #DB may
 * be a trap, which does not.
 */
static void redeliver(struct vcpu_arch *v)
{
	const struct x86_event *e = &v->vectoring;
	const bool again = e->type == EVENT_INTR || e->type == EVENT_NMI ||
			   (e->type == EVENT_EXCEPTION && e->vector == VEC_DB);

	if (!v->inject.valid && e->valid && again)
		v->inject = *e;
	v->vectoring.valid = false;
}

/* SDM volume 3, table 6-4: #DE, #TS, #NP, #SS, #GP. */
static bool is_contributory(u8 vector)
{
	return vector == VEC_DE || (vector >= VEC_TS && vector <= VEC_GP);
}

/*
 * A fault that is given while another is delivered is a double fault, where the CPU would make it
 * one (SDM volume 3, table 6-5). False: it is the third.
 */
static bool combine(struct vcpu_arch *v)
{
	const struct x86_event *first = &v->vectoring;
	const u8 second = v->inject.vector;
	bool both;

	if (!v->inject.valid || !first->valid || first->type != EVENT_EXCEPTION)
		return true;
	if (first->vector == VEC_DF)
		return false;
	both = (is_contributory(first->vector) && is_contributory(second)) ||
	       (first->vector == VEC_PF && (is_contributory(second) || second == VEC_PF));
	if (both)
		inject(v, VEC_DF, true, 0);
	return true;
}

static bool refused(struct vcpu_arch *v, struct exit *e)
{
	const struct legal_rule *r;
	u64 found = 0;

	if (!v->unchecked)
		return false;
	r = virt->check(v, &found);
	v->unchecked = r != NULL;
	if (r == NULL)
		return false;
	log_error("%s: guest state not entered: %s: found 0x%llx, of 0x%llx expected 0x%llx",
		  virt->name, r->what, (unsigned long long)found,
		  (unsigned long long)r->demand.mask, (unsigned long long)r->demand.want);
	*e = (struct exit){ .class = EXIT_REFUSED };
	return true;
}

/*
 * An exit that came this far is cut into pieces, so that no interrupt has to wait for all of it:
 * they are taken before it is answered, where its instruction has been decoded (vcpu_insn()), and
 * here, where the guest is between two instructions. Not so an interrupt's own.
 */
static enum trap_result end_of_exit(struct vcpu_arch *v, enum trap_result r, u64 irqs)
{
	cpu_take_irqs();
	if (this_cpu()->irqs == irqs || r == TRAP_PARK || r == TRAP_STOP)
		return r;
	return upcall_irqs_taken(v);
}

enum trap_result vcpu_run(struct vcpu_arch *v)
{
	enum trap_result r = TRAP_RETRY;
	struct exit e;
	u64 irqs;

	while (r != TRAP_PARK && r != TRAP_STOP) {
		virq_before_entry(v);
		if (!refused(v, &e)) {
			mitigate_entry();
			virt->run(v, &e);
		}
		irqs = this_cpu()->irqs;
		v->inject.valid = false;
		if (v->eoi.offered)
			kvmpv_eoi_collect(v);
		if (e.class != EXIT_IRQ && e.class != EXIT_WAIT)
			cpu_take_irqs();
		r = upcall_exit(v, &e);
		if (e.class == EXIT_WAIT && r == TRAP_RESUME && !virq_awake(v))
			r = TRAP_RETRY;
		if (!combine(v)) {
			e = (struct exit){ .class = EXIT_SHUTDOWN };
			r = upcall_exit(v, &e);
		}
		if (r == TRAP_RESUME && e.class != EXIT_IRQ)
			step_over(v, e.length);
		redeliver(v);
		if (e.class != EXIT_IRQ)
			r = end_of_exit(v, r, irqs);
	}
	return r;
}

/* HLT always exits. */
void vcpu_trap_waits(struct vcpu_arch *v __unused, bool trap __unused)
{
}
