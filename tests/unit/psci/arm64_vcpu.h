/* SPDX-License-Identifier: Apache-2.0 */
/* Takes the place of the fake architecture's vcpu, which regs.h would include. */
#ifndef ARM64_VCPU_H
#define ARM64_VCPU_H

/* More than a cluster of vcpus. */
#undef CONFIG_MAX_CPUS
#define CONFIG_MAX_CPUS 20

#define FAKE_ASM_VCPU_H
#include "../../../arch/arm64/include/asm/vcpu.h"

#endif
