/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the images share: verdicts, one a line, in the words that kvm-unit-tests have for them, and
 * faults that are expected. Everything is as on a PC: nothing here knows of Bulkhead.
 */
#ifndef TESTS_IMAGES_IMAGE_H
#define TESTS_IMAGES_IMAGE_H

#include "../../guest/guest.h"

#define VECTOR_DE 0U
#define VECTOR_DB 1U
#define VECTOR_NMI 2U
#define VECTOR_BP 3U
#define VECTOR_OF 4U
#define VECTOR_UD 6U
#define VECTOR_SS 12U
#define VECTOR_GP 13U
#define VECTOR_PF 14U
#define NO_FAULT 256U

/* Each image has one of these; image_end() judges by it. */
extern u32 image_failures;

#define PASS(what) guest_printf("PASS: %s\n", what)
#define SKIP(what) guest_printf("SKIP: %s\n", what)
#define CHECK(what, cond)                                            \
	do {                                                         \
		if (cond) {                                          \
			PASS(what);                                  \
		} else {                                             \
			guest_printf("FAIL: %s: %s\n", what, #cond); \
			image_failures++;                            \
		}                                                    \
	} while (0)

static inline void __noreturn image_end(void)
{
	guest_exit(image_failures == 0U ? 0U : 1U);
}

static inline void cpuid(u32 leaf, u32 subleaf, u32 out[4])
{
	__asm__ volatile("cpuid"
			 : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3])
			 : "a"(leaf), "c"(subleaf));
}

/* Is bit @bit of register @reg (0: EAX to 3: EDX) of that leaf set? */
static inline bool has(u32 leaf, u32 reg, u32 bit)
{
	u32 most[4], out[4];

	cpuid(leaf & 0xffff0000U, 0, most);
	if (most[0] < leaf)
		return false;
	cpuid(leaf, 0, out);
	return (out[reg] >> bit & 1U) != 0U;
}

static inline u64 msr_read(u32 msr)
{
	u32 lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return (u64)hi << 32 | lo;
}

static inline void msr_write(u32 msr, u64 value)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"((u32)value), "d"((u32)(value >> 32)) : "memory");
}

static inline u64 cr4_read(void)
{
	u64 v;

	__asm__ volatile("mov %%cr4, %0" : "=r"(v));
	return v;
}

static inline void cr4_write(u64 v)
{
	__asm__ volatile("mov %0, %%cr4" : : "r"(v) : "memory");
}

#endif
