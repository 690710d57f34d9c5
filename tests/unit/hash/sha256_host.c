// SPDX-License-Identifier: Apache-2.0
/* The contract's SHA-256 on the host: each way in turn, as the test says. */
#include <stdlib.h>

#include <bulkhead/arch/sha256.h>
#include <bulkhead/lib/sha256.h>

#include "sha256_host.h"

static enum sha256_way way;

#ifdef HOST_X86
void sha256_ni_sse(u32 state[8], const u8 *data, u64 blocks, const u32 k[64]);
void sha256_ni_avx(u32 state[8], const u8 *data, u64 blocks, const u32 k[64]);

#include <cpuid.h>

static bool cpuid_has(u32 leaf, u32 reg, u32 bit)
{
	u32 r[4] = { 0 };

	return __get_cpuid_count(leaf, 0, &r[0], &r[1], &r[2], &r[3]) != 0 && (r[reg] >> bit & 1U);
}

static bool has_sha(void)
{
	return cpuid_has(7, 1, 29) && cpuid_has(1, 2, 9);
}

/* OSXSAVE: the system lets programs use it. */
static bool has_avx(void)
{
	return cpuid_has(1, 2, 28) && cpuid_has(1, 2, 27);
}
#else
static bool has_sha(void)
{
	return false;
}

static bool has_avx(void)
{
	return false;
}

static void sha256_ni_sse(u32 state[8], const u8 *data, u64 blocks, const u32 k[64])
{
	(void)state, (void)data, (void)blocks, (void)k;
	abort();
}
#define sha256_ni_avx sha256_ni_sse
#endif

bool sha256_host_use(enum sha256_way want)
{
	way = want;
	return want == WAY_C || (has_sha() && (want == WAY_SSE || has_avx()));
}

const char *sha256_cpu_name(void)
{
	static const char *const names[] = { NULL, "SHA-NI", "SHA-NI with AVX" };

	return names[way];
}

void sha256_cpu_blocks(u32 state[8], const u8 *data, u64 blocks)
{
	if (way == WAY_SSE)
		sha256_ni_sse(state, data, blocks, sha256_k);
	else
		sha256_ni_avx(state, data, blocks, sha256_k);
}
