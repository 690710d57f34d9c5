// SPDX-License-Identifier: Apache-2.0
/* For builds without CONFIG_SHA256_CPU. */
#include <bulkhead/arch/sha256.h>
#include <bulkhead/base/panic.h>

const char *sha256_cpu_name(void)
{
	return NULL;
}

void sha256_cpu_blocks(u32 state[8], const u8 *data, u64 blocks)
{
	(void)state;
	(void)data;
	(void)blocks;
	BUG_ON(true);
}
