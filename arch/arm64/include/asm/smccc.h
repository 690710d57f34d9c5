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

/* Answers the call at @call, x0 to x6; results in call[0..3]. */
typedef enum trap_result (*guest_call_fn)(struct vcpu_arch *v, u64 *call);

/*
 * Who answers a number in its form of 32 bits and of 64; NULL: there is no such form. What is in
 * `fast` always answers TRAP_RESUME and may run on the short frame.
 */
struct guest_call {
	guest_call_fn fast[2];
	guest_call_fn full[2];
};

#define GUEST_CALL_FAST32(fn)         \
	{                             \
		.fast = {(fn), NULL } \
	}
#define GUEST_CALL_FAST(fn)           \
	{                             \
		.fast = {(fn), (fn) } \
	}
#define GUEST_CALL_FULL32(fn)         \
	{                             \
		.full = {(fn), NULL } \
	}
#define GUEST_CALL_FULL(fn)           \
	{                             \
		.full = {(fn), (fn) } \
	}

/* Standard Secure Services: rows by number from the base on, without SMCCC_64. */
#define PSCI_BASE 0x84000000U
#define PSCI_CALLS 0x13U
extern const struct guest_call psci_calls[PSCI_CALLS];

#define TRNG_BASE 0x84000050U
#define TRNG_CALLS 4U
extern const struct guest_call trng_calls[TRNG_CALLS];

/* Bit 30 of a number: which of the two forms. */
static inline u32 guest_call_form(u32 id)
{
	return id >> 30 & 1U;
}

/* Does the row answer @id? */
static inline bool guest_call_answers(const struct guest_call *c, u32 id)
{
	return c->fast[guest_call_form(id)] != NULL || c->full[guest_call_form(id)] != NULL;
}

/* Is @id a workaround's call? And what ARCH_FEATURES says of it. */
bool workaround_known(u32 id);
s64 workaround_answer(u32 id);

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
