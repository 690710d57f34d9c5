// SPDX-License-Identifier: Apache-2.0
/* True random number firmware interface 1.0 (Arm DEN 0098), from the machine's one source. */
#include <asm/smccc.h>
#include <bulkhead/arch/firmware.h>
#include <bulkhead/lib/error.h>

#define TRNG_1_0 0x10000LL

#define TRNG_SUCCESS 0LL
#define TRNG_NOT_SUPPORTED (-1LL)
#define TRNG_INVALID_PARAMETERS (-2LL)
#define TRNG_NO_ENTROPY (-3LL)

/* A call gives at most three words. */
#define WORDS 3U

/*
 * A kernel that finds the interface asks it for each number of its own before its pool is filled:
 * Linux 12,000 times a boot. Where there is nothing to be had it is not to be found.
 */
static enum trap_result trng_version(struct vcpu_arch *v __unused, u64 *call)
{
	const bool source = firmware_entropy(NULL, 0) == BH_OK;

	return guest_call_done(call, source ? TRNG_1_0 : TRNG_NOT_SUPPORTED);
}

static enum trap_result trng_features(struct vcpu_arch *v __unused, u64 *call)
{
	const u32 id = (u32)call[1];
	const u32 n = (id & ~(u32)SMCCC_64) - TRNG_BASE;
	const bool known = n < TRNG_CALLS && guest_call_answers(&trng_calls[n], id);

	return guest_call_done(call, known ? TRNG_SUCCESS : TRNG_NOT_SUPPORTED);
}

/* 1f6c0d94-83b7-4e5a-9d20-c7f4518ea36b */
static enum trap_result trng_uuid(struct vcpu_arch *v __unused, u64 *call)
{
	call[0] = 0x940d6c1fU;
	call[1] = 0x5a4eb783U;
	call[2] = 0xf4c7209dU;
	call[3] = 0x6ba38e51U;
	return TRAP_RESUME;
}

/* The last register holds the lowest bits; those that were not asked for are zero. */
static enum trap_result trng_rnd(struct vcpu_arch *v __unused, u64 *call)
{
	const u32 width = (call[0] & SMCCC_64) != 0U ? 64U : 32U;
	const u64 mask = width == 64U ? ~0ULL : 0xffffffffULL;
	const u64 asked = guest_call_arg(call, 1);
	u64 word[WORDS];
	u32 left;

	if (asked == 0U || asked > WORDS * (u64)width)
		return guest_call_done(call, TRNG_INVALID_PARAMETERS);
	if (firmware_entropy(word, sizeof(word)) != BH_OK)
		return guest_call_done(call, TRNG_NO_ENTROPY);
	left = (u32)asked;
	for (u32 i = 0; i < WORDS; i++) {
		const u32 take = left < width ? left : width;

		call[WORDS - i] = take == 0U ? 0U : word[i] & mask & (~0ULL >> (64U - take));
		left -= take;
	}
	return guest_call_done(call, TRNG_SUCCESS);
}

const struct guest_call trng_calls[TRNG_CALLS] = {
	GUEST_CALL_FAST32(trng_version),
	GUEST_CALL_FAST32(trng_features),
	GUEST_CALL_FAST32(trng_uuid),
	GUEST_CALL_FAST(trng_rnd),
};
