/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual interrupt controllers as the rest of this folder meets them. */
#ifndef ASM_VIRQ_H
#define ASM_VIRQ_H

#include <bulkhead/arch/exit.h>
#include <bulkhead/arch/virq.h>

struct vcpu_arch;

/* Is @msr the local APIC's (1Bh, 6E0h, 800h to 8FFh)? */
bool vlapic_is_msr(u32 msr);

/*
 * RDMSR and WRMSR of those by the guest, carried out whole: the result is that of the exit.
 * TRAP_INJECT: #GP(0) was given. A vcpu without controllers has none of them.
 */
enum trap_result vlapic_msr_read(struct vcpu_arch *v, u32 msr, u64 *value);
enum trap_result vlapic_msr_write(struct vcpu_arch *v, u32 msr, u64 value);

/* IA32_APIC_BASE.EN, for CPUID leaf 1. */
bool vlapic_present(const struct vcpu_arch *v);

/* TPR as CR8 has it: bits 7:4. */
u64 vlapic_cr8(const struct vcpu_arch *v);
void vlapic_cr8_set(struct vcpu_arch *v, u64 value);

/*
 * On the vcpu's own CPU, before each entry: takes in what others left and chooses what is injected
 * or which window is opened.
 */
void virq_before_entry(struct vcpu_arch *v);

/* The vcpu is loaded on this CPU: its timer is this CPU's. */
void virq_loaded(struct vcpu_arch *v);

/* Behind a HLT: goes the guest on? */
bool virq_awake(struct vcpu_arch *v);

/*
 * The short way, on the vcpu's own CPU; @v has controllers. False: nothing was done, the exit goes
 * the long way; not for commands. virq_is_page(): is @gpa in its xAPIC page?
 */
bool virq_fast_wrmsr(struct vcpu_arch *v, u32 msr, u64 value);
bool virq_is_page(const struct vcpu_arch *v, u64 gpa);
bool virq_fast_page(struct vcpu_arch *v, u64 offset, bool write, u64 *value);

/* Commands of @v's guest: without a lock and a scan, and all others. */
void virq_sent(const struct vcpu_arch *v, u64 *fast, u64 *slow);

/* What keeps the next event out, and what a backend is told about that. */
#define VIRQ_INTR 1U /* interrupts: RFLAGS.IF, shadow */
#define VIRQ_NMI 2U  /* NMIs: shadow of MOV SS, blocking by NMI */
#define VIRQ_TPR 4U  /* the guest's TPR is too high for the most urgent one */

#endif
