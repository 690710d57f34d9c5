/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the backend know of each other. */
#ifndef VMX_VMX_H
#define VMX_VMX_H

#include <bulkhead/arch/regs.h>
#include <bulkhead/base/panic.h>

#include "vmcs.h"

/* The current VMCS of this CPU. A field that does not exist is a bug. */
static inline u64 vmread(u32 field)
{
	u64 value;

	__asm__ volatile("vmread %1, %0" : "=r"(value) : "r"((u64)field) : "cc");
	return value;
}

static inline void vmwrite(u32 field, u64 value)
{
	bool failed;

	__asm__ volatile("vmwrite %2, %1\n\tsetna %0"
			 : "=q"(failed)
			 : "r"((u64)field), "rm"(value)
			 : "cc", "memory");
	BUG_ON(failed);
}

/* cpu.c: what this CPU has and how it is switched on. */
int vmx_cpu_init(void);
u32 vmx_pt_flags(void);
u32 vmx_tags(void);
u32 vmx_tsc_bits(void);
void vmx_invalidate(u32 tag, hpa_t root);
/* Forgets the translations of the guest's own tables under @tag. */
void vmx_forget_linear(u32 tag);
const struct vmx_caps *vmx_caps(void);
/* The controls Bulkhead runs guests with, in the form the CPU wants them. */
u32 vmx_control(enum vmx_control control);
/* Revision a VMCS region begins with. */
u32 vmx_revision(void);
u64 vmx_eptp(hpa_t root);
hpa_t vmx_msr_bitmap(void);

/* vmcs.c: the state of a vcpu. */
void vmx_reset(struct vcpu_arch *v);
void vmx_reset_open(struct vcpu_arch *v);
void vmx_reset_close(struct vcpu_arch *v);
u64 vmx_get(struct vcpu_arch *v, u32 reg);
void vmx_set(struct vcpu_arch *v, u32 reg, u64 value);
void vmx_load(struct vcpu_arch *v, bool flush);
void vmx_put(struct vcpu_arch *v);

/* vmx.c: the next entry delivers @e, if it is valid. */
void vmx_event_in(const struct x86_event *e);

/*
 * fast.c, called by world.S with what C clobbers in memory, but for RSP; the second for violations
 * of EPT, with all but that. True: enter again.
 */
bool vmx_fast(struct vcpu_arch *v, u32 reason);
bool vmx_fast_page(struct vcpu_arch *v);

/* control.c: MOV to control registers and WBINVD of the guest; as vcpu_emulate(). */
enum trap_result vmx_emulate(struct vcpu_arch *v, const struct exit_sysreg *s);
/* CR0 and CR4 bits a guest changes without Bulkhead. */
u64 vmx_cr0_guest(void);
u64 vmx_cr4_guest(const struct vcpu_arch *v);

#endif
