/* SPDX-License-Identifier: Apache-2.0 */
/* What an extension does itself, and what it is given. */
#ifndef VIRT_BACKEND_H
#define VIRT_BACKEND_H

#include <bulkhead/arch/exit.h>
#include <bulkhead/arch/regs.h>
#include <bulkhead/lib/pt.h>
#include <bulkhead/lib/types.h>

/* The calls of the contract that differ; each as documented in arch/regs.h and arch/s2.h. */
struct virt_ops {
	const char *name;
	enum pt_kind kind;
	int (*cpu_init)(void);
	u32 (*pt_flags)(void); /* PT_F_* of the machine */
	u32 (*tags)(void);
	/* Bits behind the point of the factor for a guest's TSC; 0: the CPU has none. */
	u32 (*tsc_bits)(void);
	void (*invalidate)(u32 tag, hpa_t root);
	/*
	 * Control fields of a new vcpu. Its registers are set after, some at a time, between
	 * reset_open() and reset_close() (NULL where that is nothing to the backend); on any CPU,
	 * which does something else in between.
	 */
	void (*reset)(struct vcpu_arch *v);
	void (*reset_open)(struct vcpu_arch *v);
	void (*reset_close)(struct vcpu_arch *v);
	/* Registers 0x200 and above (asm/vcpu.h). */
	u64 (*get)(struct vcpu_arch *v, u32 reg);
	void (*set)(struct vcpu_arch *v, u32 reg, u64 value);
	void (*load)(struct vcpu_arch *v, bool flush); /* @flush: its own translations are stale */
	void (*put)(struct vcpu_arch *v);
	/* The first rule of the legality table that the vcpu breaks, or NULL; @found its value. */
	const struct legal_rule *(*check)(struct vcpu_arch *v, u64 *found);
	/*
	 * Runs the guest, answering hypercalls from the short frame, until something else stops
	 * it; decodes that.
	 */
	void (*run)(struct vcpu_arch *v, struct exit *e);
	/*
	 * Its instruction was stepped over: that ends the interrupt shadow of MOV SS and STI, and
	 * with RFLAGS.TF the single-step trap is due.
	 */
	void (*stepped)(struct vcpu_arch *v);
	/* What keeps events out of the guest now: a set of VIRQ_INTR and VIRQ_NMI. */
	u32 (*blocked)(struct vcpu_arch *v);
	/* The next exit is to come, at the latest, when none of @set (VIRQ_*) keeps one out. */
	void (*window)(struct vcpu_arch *v, u32 set);
	/* An NMI is injected: no other until the guest's IRET. */
	void (*nmi_taken)(struct vcpu_arch *v);
	/* SYSREG_CR() and SYSREG_WBINVD; NULL where they do not exit. */
	enum trap_result (*control)(struct vcpu_arch *v, const struct exit_sysreg *s);
};

extern const struct virt_ops svm_ops;
extern const struct virt_ops vmx_ops;

/* The one in charge; NULL before virt_cpu_init(). */
extern const struct virt_ops *virt;

/* The registers of the control block that a reset gives a value, in no order. */
extern const u32 vcpu_reset_count;
u32 vcpu_reset_reg(u32 i);

/* Bytes of an address in the guest's code: 8 is 64-bit code, else the width of its segment. */
u8 guest_code_width(struct vcpu_arch *v);

/*
 * Fetches up to INSN_MAX bytes at the RIP of a guest in code of @width into @code; @n could be
 * read. BH_EAGAIN: to find them took so long that the guest is to try again; the way there is
 * remembered, so that it is short then.
 */
int guest_fetch(struct vcpu_arch *v, u8 width, u8 *code, size_t *n);

/*
 * The guest's code at linear address @linear under @cr3, up to the end of the page, in a window of
 * Bulkhead's. NULL: none that it may read. Where it was found is remembered, with every table entry
 * on the way there, and looked at again each time. @found: it was not yet, and now is.
 */
const u8 *guest_code_at(struct vcpu_arch *v, u64 linear, u64 cr3, bool *found);

/*
 * Reads @size bytes (4 or 8, aligned) of the guest's memory at @at; false where it may not read.
 */
bool guest_word(struct vcpu_arch *v, gpa_t at, size_t size, u64 *out);

/* Answers of CPUID depend on what has changed: none of those kept holds. */
void vcpu_cpuid_forget(struct vcpu_arch *v);

/*
 * IA32_SPEC_CTRL of this CPU is from now on what the guest of @v has set: Bulkhead runs with it as
 * well, so that no exit writes it. 0 where there is no such MSR.
 */
void guest_spec_ctrl_load(const struct vcpu_arch *v);

/* IA32_TSC_AUX of the vcpu onto this CPU, where the CPU has one: what RDTSCP and RDPID read. */
void guest_tsc_aux_load(const struct vcpu_arch *v);

/* Does the guest have RDTSCP or RDPID, and so IA32_TSC_AUX? */
bool guest_has_tsc_aux(const struct vcpu_arch *v);

/* Gives the guest #UD or #GP(0) and answers TRAP_INJECT. */
enum trap_result guest_fault(struct vcpu_arch *v, enum fault_kind kind);

#endif
