// SPDX-License-Identifier: Apache-2.0
/* Extended state, code that changes itself, and the time stamp counter. */
#include "cpu.h"

#define CR4_OSFXSR BIT(9)
#define CR4_OSXSAVE BIT(18)
#define TSC_ADJUST 0x3bU
#define ROUNDS 1000U

static u8 area[4096] __aligned(64);

static void xcr0_set(u64 arg)
{
	__asm__ volatile("xsetbv" : : "a"((u32)arg), "c"(0), "d"(0));
}

static u32 xcr0_get(void)
{
	u32 low, high;

	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return low;
}

static void xgetbv(u64 arg)
{
	(void)arg;
	(void)xcr0_get();
}

static void test_components(void)
{
	u64 value = 0x1122334455667788ULL;

	xcr0_set(3);
	__asm__ volatile("movq %0, %%xmm3" : : "r"(value));
	__asm__ volatile("xsave %0" : "+m"(area) : "a"(3), "d"(0) : "memory");
	__asm__ volatile("pxor %%xmm3, %%xmm3\n\tmovq %%xmm3, %0" : "=r"(value));
	__asm__ volatile("xrstor %0" : : "m"(area), "a"(3), "d"(0) : "memory");
	__asm__ volatile("movq %%xmm3, %0" : "=r"(value));
	CHECK("XSAVE and XRSTOR keep a register", value == 0x1122334455667788ULL);
	CHECK("XSAVE says what it has kept", (area[512] & 2U) != 0U);
}

static void test_avx(void)
{
	u32 leaf[4];
	u64 value = 0x99aabbccddeeff00ULL;

	if (!has(1, 2, 28)) {
		SKIP("AVX");
		return;
	}
	xcr0_set(7);
	cpuid(0xd, 0, leaf);
	CHECK("AVX takes 832 bytes", leaf[1] == 832U);
	__asm__ volatile("vmovq %0, %%xmm4\n\tvinsertf128 $1, %%xmm4, %%ymm4, %%ymm4"
			 :
			 : "r"(value));
	__asm__ volatile("xsave %0" : "+m"(area) : "a"(7), "d"(0) : "memory");
	__asm__ volatile("vzeroall" : : : "memory");
	__asm__ volatile("xrstor %0" : : "m"(area), "a"(7), "d"(0) : "memory");
	value = 0;
	__asm__ volatile("vextractf128 $1, %%ymm4, %%xmm4\n\tvmovq %%xmm4, %0" : "=r"(value));
	CHECK("AVX keeps the upper half", value == 0x99aabbccddeeff00ULL);
}

void test_xsave(void)
{
	u32 leaf[4];

	if (!has(1, 2, 26)) {
		SKIP("XSAVE");
		return;
	}
	cr4_write(cr4_read() & ~CR4_OSXSAVE);
	CHECK("XGETBV while CR4.OSXSAVE is clear",
	      try_call(xgetbv, 0) == VECTOR_UD && !has(1, 2, 27));
	cr4_write(cr4_read() | CR4_OSXSAVE | CR4_OSFXSR);
	CHECK("CPUID shows CR4.OSXSAVE", has(1, 2, 27));
	CHECK("XCR0 without x87", try_call(xcr0_set, 2) == VECTOR_GP);
	CHECK("XCR0 of nothing", try_call(xcr0_set, 0) == VECTOR_GP);
	CHECK("XCR0 with AVX and without SSE", try_call(xcr0_set, 5) == VECTOR_GP);
	xcr0_set(1);
	cpuid(0xd, 0, leaf);
	CHECK("XCR0 and the size of x87", xcr0_get() == 1U && leaf[1] == 576U);
	test_components();
	test_avx();
}

/* mov $n, %eax; ret */
static u8 code[8192] __aligned(4096);

static u32 run(u8 *at, u32 n)
{
	u32 (*volatile fn)(void) = (u32(*)(void))(uintptr_t)at;

	at[0] = 0xb8;
	*(u32 __aligned(1) *)(at + 1) = n;
	at[5] = 0xc3;
	return fn();
}

void test_code(void)
{
	u32 right = 0, crossing = 0, ahead = 0;

	for (u32 i = 0; i < ROUNDS; i++) {
		right += run(code, i) == i ? 1U : 0U;
		crossing += run(code + 4093, i * 3U) == i * 3U ? 1U : 0U;
	}
	CHECK("code that was changed runs as it is", right == ROUNDS);
	CHECK("code across two pages as well", crossing == ROUNDS);
	__asm__ volatile("movb $0x42, 1f+1(%%rip)\n\tjmp 1f\n1:\tmov $0, %%al\n\tmovzbl %%al, %0"
			 : "=r"(ahead)
			 :
			 : "eax", "memory");
	CHECK("code that changes what comes next", ahead == 0x42U);
}

void test_tsc(void)
{
	u64 before = guest_ticks();
	u32 backward = 0, lo, hi, aux;

	for (u32 i = 0; i < ROUNDS; i++) {
		const u64 now = guest_ticks();

		backward += now < before ? 1U : 0U;
		before = now;
	}
	CHECK("the TSC counts upward", backward == 0U);
	if (has(0x80000001U, 3, 27)) {
		msr_write(0xc0000103U, 0x1234);
		__asm__ volatile("rdtscp" : "=a"(lo), "=d"(hi), "=c"(aux));
		CHECK("RDTSCP", aux == 0x1234U);
	} else {
		SKIP("RDTSCP");
	}
	if (has(7, 1, 1)) {
		const u64 adjust = msr_read(TSC_ADJUST);

		before = guest_ticks();
		msr_write(TSC_ADJUST, adjust + (1ULL << 40));
		CHECK("TSC_ADJUST",
		      guest_ticks() - before >= 1ULL << 40 && guest_ticks() - before < 1ULL << 41);
	} else {
		SKIP("TSC_ADJUST");
	}
}
