// SPDX-License-Identifier: Apache-2.0
#include <asm/features.h>
#include <asm/msr.h>

#include "program.h"

static u64 closed;

/* With AVX: all 256 bits of each register are somebody's. */
void vectors_open(void)
{
	closed = read_cr4();
	write_cr4(closed | CR4_OSFXSR | (feature(FEAT_AVX) ? CR4_OSXSAVE : 0U));
	if (feature(FEAT_AVX))
		__asm__ volatile("xsetbv" : : "a"(7), "d"(0), "c"(0) : "memory");
}

void vectors_close(void)
{
	if (feature(FEAT_AVX))
		__asm__ volatile("xsetbv" : : "a"(1), "d"(0), "c"(0) : "memory");
	write_cr4(closed);
}

u64 vectors_control(void)
{
	u32 lo = 0, hi = 0;

	if (feature(FEAT_AVX))
		__asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
	return read_cr0() << 32 ^ read_cr4() ^ (u64)lo << 56;
}

u32 vectors_size(void)
{
	return feature(FEAT_AVX) ? VECTORS_SIZE : VECTORS_SIZE / 2U;
}

void vectors_load_sse(const u8 *from);
void vectors_store_sse(u8 *to);
void vectors_load_avx(const u8 *from);
void vectors_store_avx(u8 *to);

void vectors_load(const u8 from[VECTORS_SIZE])
{
	(feature(FEAT_AVX) ? vectors_load_avx : vectors_load_sse)(from);
}

void vectors_store(u8 to[VECTORS_SIZE])
{
	(feature(FEAT_AVX) ? vectors_store_avx : vectors_store_sse)(to);
}
