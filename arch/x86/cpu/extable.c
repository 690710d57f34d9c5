// SPDX-License-Identifier: Apache-2.0
/*
 * Instructions that may fault: each leaves a pair of addresses in .extable, the instruction and
 * where to go on. The fixup code itself answers "it faulted".
 */
#include <asm/msr.h>
#include <asm/x86.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/lib/error.h>

struct extable_entry {
	uintptr_t pc;
	uintptr_t fixup;
};

extern const struct extable_entry extable_start[], extable_end[];

uintptr_t extable_fixup(uintptr_t pc)
{
	for (const struct extable_entry *e = extable_start; e < extable_end; e++) {
		if (e->pc == pc)
			return e->fixup;
	}
	return 0;
}

/* @insn at label 1 goes on behind itself; on a fault the output named `bad` is set to 1. */
#define MAY_FAULT(insn)                      \
	"xorl %[bad], %[bad]\n"              \
	"1:\t" insn "\n"                     \
	"2:\n"                               \
	".pushsection .text.fixup, \"ax\"\n" \
	"3:\tmovl $1, %[bad]\n"              \
	"\tjmp 2b\n"                         \
	".popsection\n"                      \
	".pushsection .extable, \"a\"\n"     \
	"\t.quad 1b, 3b\n"                   \
	".popsection\n"

int mmio_probe32(const volatile void *p, u32 *out)
{
	u32 v = 0;
	u32 bad;

	__asm__ volatile(MAY_FAULT("movl (%[p]), %[v]")
			 : [v] "+&r"(v), [bad] "=&r"(bad)
			 : [p] "r"(p)
			 : "memory", "cc");
	if (bad != 0U)
		return BH_EFAULT;
	*out = v;
	return 0;
}

bool rdmsr_safe(u32 msr, u64 *out)
{
	u32 lo = 0;
	u32 hi = 0;
	u32 bad;

	__asm__ volatile(MAY_FAULT("rdmsr")
			 : "+a"(lo), "+d"(hi), [bad] "=&r"(bad)
			 : "c"(msr)
			 : "memory", "cc");
	*out = ((u64)hi << 32) | lo;
	return bad == 0U;
}
