/* SPDX-License-Identifier: Apache-2.0 */
/* Contract: SHA-256 by the CPU's own instructions. Without CONFIG_SHA256_CPU no CPU has any. */
#ifndef BULKHEAD_ARCH_SHA256_H
#define BULKHEAD_ARCH_SHA256_H

#include <bulkhead/lib/types.h>

/* What sha256_cpu_blocks() uses on this CPU ("SHA-NI"), or NULL if it must not be called here. */
const char *sha256_cpu_name(void);

/*
 * Takes @blocks blocks of 64 bytes at @data, any alignment, into @state (FIPS 180-4, 6.2.2). Any
 * time after the own address space: the vector registers, whoever they belong to, and what says
 * who may use them are the same after as before.
 */
void sha256_cpu_blocks(u32 state[8], const u8 *data, u64 blocks);

#endif
