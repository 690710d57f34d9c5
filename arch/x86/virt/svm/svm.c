// SPDX-License-Identifier: Apache-2.0
/* Guests by SVM (APM volume 2, chapter 15). Optional features are not needed; NRIPS is used. */
#include <asm/desc.h>
#include <asm/features.h>
#include <asm/msr.h>
#include <asm/virq.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/panic.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/mem/s2.h>

#include "../backend.h"
#include "svm.h"

/* CPUID 8000000Ah. */
#define SVM_LEAF 0x8000000aU
#define SVM_EDX_NP BIT(0)
#define SVM_EDX_NRIPS BIT(3)
#define SVM_EDX_TSC_RATE BIT(4)

/* TSC_RATIO_MSR: 8 bits, a point, 32 bits; guests alone go by it (APM volume 2, 15.30.5). */
#define TSC_RATIO 0xc0000104U
#define TSC_RATIO_BITS 32U
#define TSC_RATIO_ONE BIT(TSC_RATIO_BITS)

#define MSRPM_SIZE 8192U
#define IOPM_SIZE 12288U

/*
 * What #AC and #DB could do again and again while they are delivered, no interrupt would come
 * through (CVE-2015-5307, CVE-2015-8104); a machine check is not the guest's.
 */
#define INTERCEPTED_EXCEPTIONS (BIT(VEC_DB) | BIT(VEC_AC) | BIT(VEC_MC))

/* MSRs VMLOAD and VMSAVE keep: the guest's own. Not PAT: QEMU's VMRUN leaves it alone. */
static const u32 msrs_owned[] = {
	0x174,
	0x175,
	0x176, /* IA32_SYSENTER_CS, _ESP, _EIP */
	IA32_STAR,
	IA32_LSTAR,
	IA32_CSTAR,
	IA32_FMASK,
	IA32_FS_BASE,
	IA32_GS_BASE,
	IA32_KERNEL_GS_BASE,
};

/* One bit a port and two an MSR: set means that it is intercepted. */
static u8 iopm[IOPM_SIZE] __aligned(4096);
static u8 msrpm[MSRPM_SIZE] __aligned(4096);
static hpa_t iopm_pa, msrpm_pa;

/* State of the host: the part VMRUN saves, and the part VMSAVE does. They do not overlap. */
static u8 host_state[CONFIG_MAX_CPUS][PAGE_SIZE] __aligned(4096);

/* What runs on each CPU, and whether the next entry must flush. The CPU's own. */
static struct vcpu_arch *loaded[CONFIG_MAX_CPUS];
static bool flush_due[CONFIG_MAX_CPUS];

/* TSC_RATIO of each CPU. The CPU's own. */
static u64 ratio[CONFIG_MAX_CPUS];

static bool nrips;
static bool has_ratio;
static u32 asids;

static struct vmcb *vmcb_of(const struct vcpu_arch *v)
{
	return v->block;
}

static void vmsave(u64 pa)
{
	__asm__ volatile("vmsave %%rax" : : "a"(pa) : "memory");
}

/* Two bits an MSR from each of three ranges of 2000h (APM volume 2, 15.11). */
static void msr_pass(u32 msr)
{
	const u32 range = msr < 0x2000U ? 0U : 0x800U;
	const u32 at = range + (msr & 0x1fffU) / 4U;

	msrpm[at] &= (u8) ~(3U << (msr % 4U * 2U));
}

static void maps_init(void)
{
	memset(iopm, 0xff, sizeof(iopm));
	memset(msrpm, 0xff, sizeof(msrpm));
	iopm_pa = mmu_pa(iopm);
	msrpm_pa = mmu_pa(msrpm);
	for (size_t i = 0; i < ARRAY_SIZE(msrs_owned); i++)
		msr_pass(msrs_owned[i]);
}

/* Boot CPU: what there is. */
static int probe(void)
{
	const struct cpuid_regs r = cpuid(SVM_LEAF, 0);
	u64 v;

	if (rdmsr_safe(VM_CR, &v) && (v & VM_CR_SVMDIS) != 0U) {
		log_warn("SVM: VM_CR is 0x%llx: disabled by firmware", (unsigned long long)v);
		return BH_ENOTSUP;
	}
	if ((r.edx & SVM_EDX_NP) == 0U || r.ebx < 2U) {
		log_warn("SVM: CPUID 8000000A: EDX 0x%x, %u ASIDs; bit 0 and 2 ASIDs are needed",
			 r.edx, r.ebx);
		return BH_ENOTSUP;
	}
	nrips = (r.edx & SVM_EDX_NRIPS) != 0U;
	has_ratio = (r.edx & SVM_EDX_TSC_RATE) != 0U;
	asids = r.ebx;
	maps_init();
	return 0;
}

static int svm_cpu_init(void)
{
	const u32 cpu = this_cpu()->id;
	const u64 pa = mmu_pa(host_state[cpu]).v;
	const int err = cpu == 0U ? probe() : 0;

	if (err != 0)
		return err;
	wrmsr(IA32_EFER, rdmsr(IA32_EFER) | EFER_SVME);
	wrmsr(VM_HSAVE_PA, pa);
	vmsave(pa);
	flush_due[cpu] = true;
	return 0;
}

static u32 svm_pt_flags(void)
{
	return feature(FEAT_PAGE1GB) ? 0U : PT_F_NO_HUGE;
}

static u32 svm_tags(void)
{
	return asids;
}

static u32 svm_tsc_bits(void)
{
	return has_ratio ? TSC_RATIO_BITS : 0U;
}

static void ratio_load(const struct tsc_rate *r)
{
	u64 *mine = &ratio[this_cpu()->id];
	const u64 wanted = r->up != 0U ? r->up >> (TSC_POINT - TSC_RATIO_BITS) : TSC_RATIO_ONE;

	if (!has_ratio || *mine == wanted)
		return;
	*mine = wanted;
	wrmsr(TSC_RATIO, wanted);
}

/* All of it: flushing one ASID alone is a feature that not every CPU has. */
static void svm_invalidate(u32 tag __unused, hpa_t root __unused)
{
	const u32 cpu = this_cpu()->id;

	if (loaded[cpu] != NULL)
		vmcb_of(loaded[cpu])->tlb_control = TLB_CONTROL_FLUSH_ALL;
	else
		flush_due[cpu] = true;
}

static void svm_reset(struct vcpu_arch *v)
{
	struct vmcb *b = (struct vmcb *)ALIGN_UP((uintptr_t)(v + 1), PAGE_SIZE);

	/* Behind the state that is saved nothing is ever written. */
	memset(b, 0, offsetof(struct vmcb, reserved_670));
	v->block = b;
	v->block_pa = mmu_pa(b).v;
	b->intercept_cr_write = (u16)INTERCEPT_CR4;
	b->intercept_exceptions = (u32)INTERCEPTED_EXCEPTIONS;
	b->intercept_1 = INTERCEPT_INTR | INTERCEPT_NMI | INTERCEPT_SMI | INTERCEPT_INIT |
			 INTERCEPT_RDPMC | INTERCEPT_CPUID | INTERCEPT_RSM | INTERCEPT_INVD |
			 INTERCEPT_HLT | INTERCEPT_INVLPGA | INTERCEPT_IOIO_PROT |
			 INTERCEPT_MSR_PROT | INTERCEPT_FERR_FREEZE | INTERCEPT_SHUTDOWN;
	b->intercept_2 = INTERCEPT_VMRUN | INTERCEPT_VMMCALL | INTERCEPT_VMLOAD | INTERCEPT_VMSAVE |
			 INTERCEPT_STGI | INTERCEPT_CLGI | INTERCEPT_SKINIT | INTERCEPT_MONITOR |
			 INTERCEPT_MWAIT | INTERCEPT_MWAIT_ARMED | INTERCEPT_XSETBV;
	b->iopm_base_pa = iopm_pa.v;
	b->msrpm_base_pa = msrpm_pa.v;
	b->asid = v->s2->tag;
	b->v_intr = V_INTR_MASKING;
	b->np_control = NP_ENABLE;
	b->n_cr3 = v->s2->pt.root;
	b->dr6 = DR6_FIXED;
}

static struct vmcb_segment *segment_of(struct vmcb *b, u32 segment)
{
	switch (segment) {
	case SEG_LDTR:
		return &b->ldtr;
	case SEG_TR:
		return &b->tr;
	default:
		return &b->segment[segment];
	}
}

/* The bits above the type byte lie four lower here; what is not present is unusable. */
static u64 attributes_get(const struct vmcb_segment *s)
{
	return (s->attributes & 0xffU) | ((u64)s->attributes & 0xf00U) << 4 |
	       ((s->attributes & BIT(7)) == 0U ? SEG_ATTR_UNUSABLE : 0U);
}

static u16 attributes_make(u64 a)
{
	return (u16)((a & 0xffU) | ((a >> 4) & 0xf00U));
}

static u64 segment_get(const struct vmcb_segment *s, u32 part)
{
	switch (part) {
	case PART_SELECTOR:
		return s->selector;
	case PART_ATTRIBUTES:
		return attributes_get(s);
	case PART_LIMIT:
		return s->limit;
	default:
		return s->base;
	}
}

static void segment_set(struct vmcb *b, struct vmcb_segment *s, u32 part, u64 value)
{
	switch (part) {
	case PART_SELECTOR:
		s->selector = (u16)value;
		break;
	case PART_ATTRIBUTES:
		s->attributes = attributes_make(value);
		break;
	case PART_LIMIT:
		s->limit = (u32)value;
		break;
	default:
		s->base = value;
		break;
	}
	b->cpl = (u8)FIELD_GET(b->segment[SEG_SS].attributes, 6, 5);
}

/* Those that are one 64-bit field, by their distance from REG_CR0. */
static const u16 field_of[] = {
	[0] = offsetof(struct vmcb, cr0),
	[REG_CR2 - REG_CR0] = offsetof(struct vmcb, cr2),
	[REG_CR3 - REG_CR0] = offsetof(struct vmcb, cr3),
	[REG_CR4 - REG_CR0] = offsetof(struct vmcb, cr4),
	[REG_EFER - REG_CR0] = offsetof(struct vmcb, efer),
	[REG_DR7 - REG_CR0] = offsetof(struct vmcb, dr7),
	[REG_PAT - REG_CR0] = offsetof(struct vmcb, g_pat),
	[REG_GDTR_BASE - REG_CR0] = offsetof(struct vmcb, gdtr.base),
	[REG_IDTR_BASE - REG_CR0] = offsetof(struct vmcb, idtr.base),
	[REG_TSC_OFFSET - REG_CR0] = offsetof(struct vmcb, tsc_offset),
};

/* NULL: it is none of them. */
static u64 *field(struct vmcb *b, u32 reg)
{
	const u32 i = reg - (u32)REG_CR0;

	if (i >= ARRAY_SIZE(field_of) || field_of[i] == 0U)
		return NULL;
	return (u64 *)(void *)((u8 *)b + field_of[i]);
}

static u64 svm_get(struct vcpu_arch *v, u32 reg)
{
	struct vmcb *b = vmcb_of(v);
	const u64 *at = field(b, reg);
	const u32 n = reg - REG_SEGMENT;

	if (at != NULL)
		return *at & (reg == REG_EFER ? ~(u64)EFER_SVME : ~0ULL);
	if (reg >= REG_SEGMENT)
		return segment_get(segment_of(b, n / PARTS), n % PARTS);
	BUG_ON(reg != REG_GDTR_LIMIT && reg != REG_IDTR_LIMIT);
	return reg == REG_GDTR_LIMIT ? b->gdtr.limit : b->idtr.limit;
}

static void svm_set(struct vcpu_arch *v, u32 reg, u64 value)
{
	struct vmcb *b = vmcb_of(v);
	u64 *at = field(b, reg);
	const u32 n = reg - REG_SEGMENT;

	if (at != NULL) {
		*at = value | (reg == REG_EFER ? (u64)EFER_SVME : 0U);
	} else if (reg >= REG_SEGMENT) {
		segment_set(b, segment_of(b, n / PARTS), n % PARTS, value);
	} else {
		BUG_ON(reg != REG_GDTR_LIMIT && reg != REG_IDTR_LIMIT);
		*(reg == REG_GDTR_LIMIT ? &b->gdtr.limit : &b->idtr.limit) = (u32)value;
	}
}

static void svm_load(struct vcpu_arch *v, bool flush)
{
	const u32 cpu = this_cpu()->id;

	v->host_pa = mmu_pa(host_state[cpu]).v;
	/* VMRUN loads it as well, but not on Bochs 2.7. */
	write_cr2(vmcb_of(v)->cr2);
	if (flush || flush_due[cpu])
		vmcb_of(v)->tlb_control = TLB_CONTROL_FLUSH_ALL;
	flush_due[cpu] = false;
	ratio_load(&v->shown.tsc);
	loaded[cpu] = v;
}

/* A flush that was asked for and not done yet stays due to this CPU. */
static void svm_put(struct vcpu_arch *v)
{
	const u32 cpu = this_cpu()->id;

	flush_due[cpu] = vmcb_of(v)->tlb_control != TLB_CONTROL_NOTHING;
	vmcb_of(v)->tlb_control = TLB_CONTROL_NOTHING;
	loaded[cpu] = NULL;
}

static const struct legal_rule *check(struct vcpu_arch *v, u64 *found)
{
	return svm_check(vmcb_of(v), feature_phys_bits(), found);
}

/* ---- when events may come ---- */

/* Which one instruction the guest executes by itself before an NMI may come. */
enum svm_step { STEP_NONE, STEP_SHADOW, STEP_IRET };

/* A guest that steps itself sees its own trap; the NMI is held back by that one only. */
static void step(struct vcpu_arch *v, enum svm_step why)
{
	if ((v->rflags & RFLAGS_TF) == 0U)
		v->step = why;
	v->rflags |= RFLAGS_TF;
}

/* IRET has loaded RFLAGS itself; other instructions leave TF as it was set. */
static void step_end(struct vcpu_arch *v, struct exit *e)
{
	struct vmcb *b = vmcb_of(v);
	const bool trap = e->class == EXIT_EXCEPTION && e->vector == VEC_DB;
	const bool iret = v->step == STEP_IRET;

	v->step = STEP_NONE;
	if (!trap || !iret)
		v->rflags &= ~RFLAGS_TF;
	if (trap) {
		b->dr6 &= ~(u64)DR6_BS;
		e->class = EXIT_IRQ;
	} else if (iret) {
		b->intercept_1 |= INTERCEPT_IRET;
	}
}

static u32 svm_blocked(struct vcpu_arch *v)
{
	const struct vmcb *b = vmcb_of(v);
	const bool shadow = (b->interrupt_shadow & INTERRUPT_SHADOW) != 0U;
	u32 set = shadow || (v->rflags & RFLAGS_IF) == 0U ? VIRQ_INTR : 0U;

	if (shadow || (b->intercept_1 & INTERCEPT_IRET) != 0U || v->step != STEP_NONE)
		set |= VIRQ_NMI;
	return set;
}

/*
 * A virtual interrupt that is always more urgent and exits instead of being delivered; for the TPR
 * its own exit. NMIs wait for IRET, or for the end of the shadow.
 */
static void svm_window(struct vcpu_arch *v, u32 set)
{
	struct vmcb *b = vmcb_of(v);

	if ((set & VIRQ_NMI) != 0U && v->step == STEP_NONE &&
	    (b->intercept_1 & INTERCEPT_IRET) == 0U)
		step(v, STEP_SHADOW);
	if (set == v->windows)
		return;
	v->windows = set;
	b->v_intr &= ~(V_IRQ | V_IGN_TPR | V_INTR_PRIO);
	b->intercept_1 &= ~INTERCEPT_VINTR;
	b->intercept_cr_write &= (u16)~INTERCEPT_CR8;
	if ((set & VIRQ_INTR) != 0U) {
		b->v_intr |= V_IRQ | V_IGN_TPR | V_INTR_PRIO;
		b->intercept_1 |= INTERCEPT_VINTR;
	}
	if ((set & VIRQ_TPR) != 0U)
		b->intercept_cr_write |= (u16)INTERCEPT_CR8;
}

static void svm_nmi_taken(struct vcpu_arch *v)
{
	vmcb_of(v)->intercept_1 |= INTERCEPT_IRET;
}

/* By an instruction that its exit is instead of. Ports tell their length. */
static bool steps_over(const struct exit *e)
{
	return e->class == EXIT_CPUID || e->class == EXIT_SYSREG || e->class == EXIT_HYPERCALL ||
	       e->class == EXIT_WAIT;
}

/* Without NRIPS, and for the operand of a MOV to CRn, the instruction is looked at. */
static void look_at_code(struct vcpu_arch *v, struct exit *e)
{
	const bool cr = e->reason == EXITCODE_CR4_WRITE || e->reason == EXITCODE_CR8_WRITE;
	u8 code[INSN_MAX];
	size_t n = 0;

	if (!cr && (e->length != 0U || !steps_over(e)))
		return;
	/* The guest executes it again. */
	if (guest_fetch(v, guest_code_width(v), code, &n) != 0) {
		e->class = EXIT_IRQ;
		return;
	}
	if (e->length == 0U)
		e->length = svm_exit_length(e->reason, code, n);
	/* Not there any more: whoever changed it executes what is there now. */
	if (cr && !svm_cr_operand(code, n, &e->sysreg.reg))
		e->class = EXIT_IRQ;
}

static void nmi_look(struct vcpu_arch *v, struct exit *e)
{
	struct vmcb *b = vmcb_of(v);

	if (e->reason == EXITCODE_IRET) {
		b->intercept_1 &= ~INTERCEPT_IRET;
		step(v, STEP_IRET);
	} else if (v->step != STEP_NONE) {
		step_end(v, e);
	}
}

/* The next one there is as long, for world.S: it does not look at the instruction. */
static void cpuid_place(struct vcpu_arch *v, u8 length)
{
	v->cpuid_rip = v->rip;
	v->cpuid_cr3 = vmcb_of(v)->cr3;
	v->cpuid_length = length;
}

static void svm_run(struct vcpu_arch *v, struct exit *e)
{
	struct vmcb *b = vmcb_of(v);

	if (v->apic != NULL)
		svm_tpr_in(v->apic, b);
	b->rax = v->gpr[REG_RAX];
	b->rsp = v->gpr[REG_RSP];
	b->rip = v->rip;
	b->rflags = v->rflags;
	b->eventinj = svm_event_encode(&v->inject);
	svm_enter(v);
	v->gpr[REG_RAX] = b->rax;
	v->gpr[REG_RSP] = b->rsp;
	v->rip = b->rip;
	v->rflags = b->rflags;
	v->vectoring = svm_event_decode(b->exitintinfo);
	if (v->apic != NULL)
		svm_tpr_out(v->apic, b);
	svm_exit_decode(b, nrips, v->gpr[REG_RCX], e);
	nmi_look(v, e);
	look_at_code(v, e);
	if (e->class == EXIT_CPUID)
		cpuid_place(v, e->length);
	else if (e->reason == EXITCODE_MSR && e->sysreg.write && e->length != 0U)
		svm_wrmsr_noted(v, b, e->length);
}

/* Which bits there are is not the CPU's answer; whatever has changed, nothing stale is left. */
static bool cr4_write(struct vcpu_arch *v, u64 value)
{
	struct vmcb *b = vmcb_of(v);

	if (!cr4_legal(value, v->shown.cr4, (b->efer & EFER_LMA) != 0U))
		return false;
	b->cr4 = value;
	vcpu_cpuid_forget(v);
	b->tlb_control = TLB_CONTROL_FLUSH_ALL;
	return true;
}

/* MOV to CR4; and to CR8 while an interrupt waits for a lower TPR. */
static enum trap_result svm_control(struct vcpu_arch *v, const struct exit_sysreg *s)
{
	const bool wide = (vcpu_reg_get(v, REG_SEG(SEG_CS, PART_ATTRIBUTES)) & SEG_ATTR_L) != 0U;
	u64 value = vcpu_reg_get(v, s->reg);

	if (!wide)
		value = (u32)value;
	if (s->id == SYSREG_CR(4))
		return cr4_write(v, value) ? TRAP_RESUME : guest_fault(v, FAULT_PROTECTION);
	if (s->id != SYSREG_CR(8) || v->virq == NULL || value > V_TPR)
		return guest_fault(v, FAULT_PROTECTION);
	vlapic_cr8_set(v, value);
	return TRAP_RESUME;
}

static void svm_stepped(struct vcpu_arch *v)
{
	vmcb_of(v)->interrupt_shadow = 0;
	if ((v->rflags & RFLAGS_TF) == 0U)
		return;
	vmcb_of(v)->dr6 |= DR6_BS;
	v->inject = (struct x86_event){ .valid = true, .type = EVENT_EXCEPTION, .vector = VEC_DB };
}

const struct virt_ops svm_ops = {
	.name = "SVM",
	.kind = PT_NPT,
	.cpu_init = svm_cpu_init,
	.pt_flags = svm_pt_flags,
	.tags = svm_tags,
	.tsc_bits = svm_tsc_bits,
	.invalidate = svm_invalidate,
	.reset = svm_reset,
	.get = svm_get,
	.set = svm_set,
	.load = svm_load,
	.put = svm_put,
	.check = check,
	.run = svm_run,
	.stepped = svm_stepped,
	.blocked = svm_blocked,
	.window = svm_window,
	.nmi_taken = svm_nmi_taken,
	.control = svm_control,
};
