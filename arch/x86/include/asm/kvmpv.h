/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What KVM offers its guests by agreement (Linux, Documentation/virt/kvm/x86: msr.rst,
 * hypercalls.rst), as far as a partition that shows KVM's CPUID leaves has it: the clock, IPIs to
 * many, yield. Steal time, asynchronous faults and all else are not there.
 */
#ifndef ASM_KVMPV_H
#define ASM_KVMPV_H

#include <bulkhead/lib/types.h>

#define KVM_WALL_CLOCK_NEW 0x4b564d00U
#define KVM_SYSTEM_TIME_NEW 0x4b564d01U

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

/* RDMSR and WRMSR of the two above. False: #GP(0); bit 0 of the second turns it on. */
bool kvmpv_read(const struct vcpu_arch *v, u32 msr, u64 *value);
bool kvmpv_write(struct vcpu_arch *v, u32 msr, u64 value);

/*
 * Hypercall of its kernel, as arch/upcall.h has it; answers in call[0], call[1] (RDX) is as it was.
 */
void kvmpv_call(struct vcpu_arch *v, u64 *call);

#endif
