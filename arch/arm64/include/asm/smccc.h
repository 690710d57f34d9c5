/* SPDX-License-Identifier: Apache-2.0 */
/* Firmware calls of guests (SMC Calling Convention, Arm DEN 0028): tables of who answers what. */
#ifndef ASM_SMCCC_H
#define ASM_SMCCC_H

#include <bulkhead/arch/exit.h>
#include <bulkhead/lib/types.h>

struct vcpu_arch;

/* Bit 30 of a number: arguments and results are 64 bits wide. */
#define SMCCC_64 BIT(30)

#define SMCCC_SUCCESS 0LL
#define SMCCC_NOT_SUPPORTED (-1LL)

/*
 * Answers the call at @call, x0 to x6; results in call[0..3]. A row without GUEST_CALL_FULL always
 * answers TRAP_RESUME and may run on the short frame.
 */
typedef enum trap_result (*guest_call_fn)(struct vcpu_arch *v, u64 *call);

#define GUEST_CALL_32 0x01U
#define GUEST_CALL_64 0x02U
#define GUEST_CALL_FULL 0x04U

struct guest_call {
	guest_call_fn fn;
	u32 forms; /* GUEST_CALL_* */
};

/* One service: numbers from @base on, without SMCCC_64. */
struct guest_service {
	u32 base;
	u32 count;
	const struct guest_call *call;
};

extern const struct guest_service psci_service, trng_service;

/* Is @id a workaround's call? And what ARCH_FEATURES says of it. */
bool workaround_known(u32 id);
s64 workaround_answer(u32 id);

/* The row that answers @id, or NULL. */
const struct guest_call *guest_call_find(u32 id);

/* Argument @n, as wide as the call says. */
static inline u64 guest_call_arg(const u64 *call, u32 n)
{
	return (call[0] & SMCCC_64) != 0U ? call[n] : (u32)call[n];
}

static inline enum trap_result guest_call_done(u64 *call, s64 result)
{
	call[0] = (u64)result;
	return TRAP_RESUME;
}

#endif
