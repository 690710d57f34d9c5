/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What KVM offers its guests by agreement (Linux, Documentation/virt/kvm/x86: msr.rst,
 * hypercalls.rst), as far as a partition that shows KVM's CPUID leaves has it: the clock, IPIs to
 * many, yield, ends of interrupt without an exit. Steal time, asynchronous faults and all else are
 * not there.
 */
#ifndef ASM_KVMPV_H
#define ASM_KVMPV_H

#include <bulkhead/lib/types.h>

#define KVM_WALL_CLOCK_NEW 0x4b564d00U
#define KVM_SYSTEM_TIME_NEW 0x4b564d01U
#define KVM_PV_EOI_EN 0x4b564d04U
#define KVM_PV_EOI_ENABLED BIT(0)

#define KVM_HC_SEND_IPI 10U
#define KVM_HC_SCHED_YIELD 11U
#define KVM_ENOSYS 1000

/* pvclock ABI, version 1. */
struct pvclock_time {
	u32 version; /* odd while it is written */
	u32 pad;
	u64 tsc_timestamp;
	u64 system_time; /* ns at tsc_timestamp */
	u32 tsc_to_system_mul;
	s8 tsc_shift;
	u8 flags;
	u8 pad2[2];
};
#define PVCLOCK_TSC_STABLE 1U

struct pvclock_wall {
	u32 version;
	u32 seconds;
	u32 nanoseconds;
};

/*
 * ns = ((tsc << shift) * mul) >> 32 for a TSC of @hz, above 0; a negative shift goes right. Pure.
 */
void pvclock_scale(u64 hz, u32 *mul, s8 *shift);

struct vcpu_arch;

/*
 * Ends of interrupt without an exit. Where nothing else waits behind an interrupt that is
 * injected, bit 0 of a word of the guest's is set: its handler clears it instead of writing to the
 * local APIC. The next exit looks whether it has, and takes the offer back.
 */
struct kvmpv_eoi {
	u64 msr;
	u8 *at;         /* the word, writable by the guest; NULL: there is none */
	u64 generation; /* of stage 2 when it was found */
	bool offered;
};

/* Behind an exit, before anything looks at the local APIC; if `offered`. */
void kvmpv_eoi_collect(struct vcpu_arch *v);

/* @vector of the local APIC is injected now: the highest in service. */
void kvmpv_eoi_offer(struct vcpu_arch *v, u32 vector);

/* RDMSR and WRMSR of the three above. False: #GP(0); bit 0 of the second turns it on. */
bool kvmpv_read(const struct vcpu_arch *v, u32 msr, u64 *value);
bool kvmpv_write(struct vcpu_arch *v, u32 msr, u64 value);

/*
 * Hypercall of its kernel, as arch/upcall.h has it; answers in call[0], call[1] (RDX) is as it was.
 */
void kvmpv_call(struct vcpu_arch *v, u64 *call);

#endif
