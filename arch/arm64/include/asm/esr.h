/* SPDX-License-Identifier: Apache-2.0 */
/* Exception syndromes in words. Pure: no state, no registers, so that the host tests it. */
#ifndef ASM_ESR_H
#define ASM_ESR_H

#include <bulkhead/lib/types.h>

#define ESR_EC_SHIFT 26U
#define ESR_ISS_MASK 0x1ffffffU

/* ESR_ELx.EC (Arm ARM D24.2.40), the classes Bulkhead tells apart. */
#define EC_UNKNOWN 0x00U
#define EC_WFX 0x01U
#define EC_FP 0x07U
#define EC_BTI 0x0dU
#define EC_ILLEGAL 0x0eU
#define EC_SVC64 0x15U
#define EC_HVC64 0x16U
#define EC_SMC64 0x17U
#define EC_SYSREG 0x18U
#define EC_FPAC 0x1cU
#define EC_IABT_LOWER 0x20U
#define EC_IABT 0x21U
#define EC_PC_ALIGN 0x22U
#define EC_DABT_LOWER 0x24U
#define EC_DABT 0x25U
#define EC_SP_ALIGN 0x26U
#define EC_SERROR 0x2fU
#define EC_BRK64 0x3cU

static inline u32 esr_ec(u64 esr)
{
	return (u32)(esr >> ESR_EC_SHIFT) & 0x3fU;
}

/* The class in words ("data abort from this level"); "reserved class" for one nobody defined. */
const char *esr_class_name(u64 esr);

/* A fault status code in words (DFSC/IFSC without its level; 6 bits). */
const char *esr_fault_name(u32 fsc);

/* Level a translation, access flag or permission fault was met at; -1 where the code has none. */
s32 esr_fault_level(u32 fsc);

/* Is FAR_EL2 meaningful for this syndrome? */
bool esr_far_valid(u64 esr);

/*
 * What the fields of the syndrome say that matter for its class ("translation fault, level 3,
 * write of 8 bytes"), NUL-terminated, at most @size bytes. Empty where there is nothing to say.
 */
void esr_describe(u64 esr, char *buf, size_t size);

#endif
