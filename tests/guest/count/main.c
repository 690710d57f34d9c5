// SPDX-License-Identifier: Apache-2.0
/*
 * Runs a known number of instructions between two labels, for tests of tools that count them:
 * 4 + 2 x LOOPS, three times. One branch is never taken.
 */
#include "../guest.h"

#define LOOPS 1000U

void never(void);

__noinline void never(void)
{
	guest_printf("count: never\n");
}

#ifdef __aarch64__
#define BODY                   \
	".globl count_from\n"  \
	".globl count_to\n"    \
	"count_from: nop\n"    \
	"mov x9, %0\n"         \
	"nop\n"                \
	"nop\n"                \
	"1: subs x9, x9, #1\n" \
	"b.ne 1b\n"            \
	"count_to: nop\n"
#define CLOBBERS "x9", "cc"
#else
#define BODY                  \
	".globl count_from\n" \
	".globl count_to\n"   \
	"count_from: nop\n"   \
	"mov %0, %%rcx\n"     \
	"nop\n"               \
	"nop\n"               \
	"1: dec %%rcx\n"      \
	"jnz 1b\n"            \
	"count_to: nop\n"
#define CLOBBERS "rcx", "cc"
#endif

static __noinline void counted(void)
{
	__asm__ volatile(BODY ::"r"((u64)LOOPS) : CLOBBERS);
}

void guest_main(uintptr_t info)
{
	if (info == 1U)
		never();
	for (u32 i = 0; i < 3U; i++)
		counted();
	guest_exit(0);
}
