/* SPDX-License-Identifier: Apache-2.0 */
/* Power State Coordination Interface (Arm DEN 0022), called from EL2 by SMC. */
#ifndef ASM_PSCI_H
#define ASM_PSCI_H

#include <bulkhead/lib/types.h>

#define PSCI_CPU_ON 0xc4000003U
#define PSCI_SYSTEM_OFF 0x84000008U
#define PSCI_SYSTEM_RESET 0x84000009U
#define PSCI_FEATURES 0x8400000aU
#define PSCI_SYSTEM_RESET2 0xc4000012U

#define PSCI_RESET2_WARM 0U

/* SMC Calling Convention (Arm DEN 0028), Arm Architecture Calls. */
#define SMCCC_VERSION 0x80000000U
#define SMCCC_ARCH_FEATURES 0x80000001U

/* Calls firmware. Only where machine.power.psci is PSCI_SMC: elsewhere SMC is undefined. */
s64 psci_call(u32 function, u64 a, u64 b, u64 c);

/* The same with x0 to x6 and all four results, in place. */
void smc_call(u64 x[7]);

#endif
