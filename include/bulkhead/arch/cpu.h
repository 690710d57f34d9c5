/* SPDX-License-Identifier: Apache-2.0 */
/* Contract: the CPU we run on. */
#ifndef BULKHEAD_ARCH_CPU_H
#define BULKHEAD_ARCH_CPU_H

#include <bulkhead/lib/types.h>

/* Inside every spin loop: PAUSE or YIELD (also what lets a simulator switch CPUs). */
static inline void cpu_relax(void);
/* Sleeps until an interrupt is pending, masked or not. */
static inline void cpu_wait(void);
/* Lets pending interrupts be taken here, then masks again. The only place they are taken. */
static inline void cpu_take_irqs(void);
/* Stops this CPU for ever, in the deepest state that needs no help. */
void cpu_halt(void) __noreturn;

/* Hardware id of this CPU: MPIDR_EL1 affinity bits (Aff3..Aff0 at 39:32, 23:0), or APIC id. */
u64 cpu_hwid(void);

/* One line about model and revision ("Cortex-A57 r1p0", "AMD EPYC ..."); static storage. */
const char *cpu_name(void);

/*
 * Which protections of Bulkhead itself are in force, as a space-separated list
 * ("wxn stack-guard stack-protector pac bti"); static storage. What the CPU lacks is not named.
 */
const char *cpu_protections(void);

/* Name of the virtualization extension ("EL2 nVHE", "VMX", "SVM", "none"); static storage. */
const char *cpu_virt_name(void);

#include <asm/cpu.h>

#endif
