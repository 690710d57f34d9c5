// SPDX-License-Identifier: Apache-2.0
/*
 * Every encoding of MRS and MSR with op0 2 and 3, and of SYS that EL1 may have, is written into a
 * page and run: what it does is told where it does anything but be undefined.
 */
#include <bulkhead/lib/types.h>

#include "attack.h"

#define SPACE 0x4000U /* op1, CRn, CRm, op2 */
#define SNIPPETS 512U

#define SYSTEM 0xd5000000U
#define READS (1U << 21)
#define RT 2U /* x2 */
#define RET 0xd65f03c0U

#define RESULT_READ 1U
#define RESULT_WRITTEN 2U

static u32 code[2U * SNIPPETS] __attribute__((aligned(4096)));
static u8 scratch[4096] __attribute__((aligned(4096)));
static u8 results[SPACE];
static u64 values[SPACE];

static void code_flush(void)
{
	for (uintptr_t at = (uintptr_t)code; at < (uintptr_t)(code + ARRAY_SIZE(code)); at += 16U)
		__asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0" ::"r"(at) : "memory");
	__asm__ volatile("dsb ish\n\tisb" ::: "memory");
}

static void code_write(u32 op0, bool reads, u32 first)
{
	for (u32 i = 0; i < SNIPPETS; i++) {
		code[2U * i] = SYSTEM | (reads ? READS : 0U) | op0 << 19 | (first + i) << 5 | RT;
		code[2U * i + 1U] = RET;
	}
	code_flush();
}

/* Another fault than "undefined" is said. */
static bool run(u32 op0, u32 n, u32 i, u64 *value)
{
	struct snippet s = { .x = { 0, *value, 0, 0 } };

	taken.count = 0;
	snippet_run(&code[2U * i], &s);
	*value = s.x[1];
	if (taken.count == 0U)
		return true;
	if (EC(taken.esr) != EC_UNKNOWN)
		guest_printf("trap %u,%u,c%u,c%u,%u | esr 0x%llx\n", op0, n >> 11, n >> 7 & 15U,
			     n >> 3 & 15U, n & 7U, (unsigned long long)taken.esr);
	return false;
}

static void reads(u32 op0, u32 first)
{
	code_write(op0, true, first);
	for (u32 i = 0; i < SNIPPETS; i++) {
		values[first + i] = 0;
		results[first + i] = run(op0, first + i, i, &values[first + i]) ? RESULT_READ : 0U;
	}
}

/* What was read, or 0. */
static void writes(u32 op0, u32 first)
{
	code_write(op0, false, first);
	for (u32 i = 0; i < SNIPPETS; i++) {
		u64 value = values[first + i];

		if (run(op0, first + i, i, &value))
			results[first + i] |= RESULT_WRITTEN;
	}
}

static void tell(u32 op0)
{
	u32 undefined = 0;

	for (u32 n = 0; n < SPACE; n++) {
		if (results[n] == 0U) {
			undefined++;
			continue;
		}
		guest_printf("reg %u,%u,c%u,c%u,%u | %c%c 0x%llx\n", op0, n >> 11, n >> 7 & 15U,
			     n >> 3 & 15U, n & 7U, (results[n] & RESULT_READ) != 0U ? 'r' : '-',
			     (results[n] & RESULT_WRITTEN) != 0U ? 'w' : '-',
			     (unsigned long long)values[n]);
	}
	guest_printf("sweep %u | %u undefined\n", op0, undefined);
}

static void sweep(u32 op0)
{
	for (u32 first = 0; first < SPACE; first += SNIPPETS) {
		reads(op0, first);
		writes(op0, first);
	}
	tell(op0);
}

/* SYS: maintenance (CRn 7, 8) and what is implementation defined, on memory of our own. */
static void sweep_sys(void)
{
	for (u32 first = 0; first < SPACE; first += SNIPPETS) {
		code_write(1, false, first);
		for (u32 i = 0; i < SNIPPETS; i++) {
			const u32 crn = (first + i) >> 7 & 15U;
			u64 value = (uintptr_t)scratch;

			values[first + i] = 0;
			results[first + i] = 0;
			if ((crn == 7U || crn == 8U || crn == 11U || crn == 15U) &&
			    run(1, first + i, i, &value))
				results[first + i] = RESULT_WRITTEN;
		}
	}
	tell(1);
}

void sysreg_sweep(void)
{
	sweep(3);
	sweep(2);
	sweep_sys();
}
