// SPDX-License-Identifier: Apache-2.0
#include <asm/features.h>
#include <asm/msr.h>
#include <asm/sha256.h>
#include <bulkhead/arch/sha256.h>
#include <bulkhead/lib/sha256.h>

/* XCR0 (SDM volume 1, 13.3): x87, SSE and AVX state; opmask and the two of AVX-512. */
#define XCR0_AVX 0x7U
#define XCR0_AVX512 0xe0U

static u64 xgetbv0(void)
{
	u32 lo, hi;

	__asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
	return (u64)hi << 32 | lo;
}

static void xsetbv0(u64 v)
{
	__asm__ volatile("xsetbv" : : "a"((u32)v), "d"((u32)(v >> 32)), "c"(0) : "memory");
}

static bool has_avx(void)
{
	return feature(FEAT_XSAVE) && feature(FEAT_AVX);
}

const char *sha256_cpu_name(void)
{
	if (!feature(FEAT_SHA) || !feature(FEAT_SSSE3))
		return NULL;
	return has_avx() ? "SHA-NI with AVX" : "SHA-NI";
}

/*
 * AVX clears what is above 256 bits of a register it writes: where somebody may use that, SSE,
 * which leaves alone what is above 128, does the work.
 */
static void blocks_avx(u32 state[8], const u8 *data, u64 blocks)
{
	const u64 xcr0 = xgetbv0();

	if ((xcr0 & XCR0_AVX512) != 0U) {
		sha256_ni_sse(state, data, blocks, sha256_k);
		return;
	}
	xsetbv0(xcr0 | XCR0_AVX);
	sha256_ni_avx(state, data, blocks, sha256_k);
	xsetbv0(xcr0);
}

/* With a vcpu loaded the registers hold the guest's; nothing here leaves CR0 or CR4 changed. */
void sha256_cpu_blocks(u32 state[8], const u8 *data, u64 blocks)
{
	const u64 cr0 = read_cr0();
	const u64 cr4 = read_cr4();

	write_cr0(cr0 & ~(u64)(CR0_EM | CR0_TS));
	if (has_avx()) {
		write_cr4(cr4 | CR4_OSFXSR | CR4_OSXSAVE);
		blocks_avx(state, data, blocks);
	} else {
		write_cr4(cr4 | CR4_OSFXSR);
		sha256_ni_sse(state, data, blocks, sha256_k);
	}
	write_cr4(cr4);
	write_cr0(cr0);
}
