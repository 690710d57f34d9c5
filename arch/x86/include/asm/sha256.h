/* SPDX-License-Identifier: Apache-2.0 */
/* The two ways of SHA-NI; the unit tests run them on the host. */
#ifndef ASM_SHA256_H
#define ASM_SHA256_H

#include <bulkhead/lib/types.h>

/*
 * @blocks of 64 bytes, at least one, at @data into @state; @k: sha256_k. The CPU has SHA and SSSE3
 * (and AVX), and CR0, CR4 (and XCR0) allow them now. Vector registers are as before.
 */
void sha256_ni_sse(u32 state[8], const u8 *data, u64 blocks, const u32 k[64]);
void sha256_ni_avx(u32 state[8], const u8 *data, u64 blocks, const u32 k[64]);

#endif
