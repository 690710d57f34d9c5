// SPDX-License-Identifier: Apache-2.0
#include <asm/simd.h>
#include <asm/sysreg.h>
#include <bulkhead/arch/sha256.h>
#include <bulkhead/lib/sha256.h>

/* The CPU has Advanced SIMD with SHA256H and its like, and CPTR_EL2 does not trap it now. */
void sha256_ce_blocks(u32 state[8], const u8 *data, u64 blocks, const u32 k[64]);

const char *sha256_cpu_name(void)
{
	const u32 sha2 = id_field(read_sysreg(id_aa64isar0_el1), ID_ISAR0_SHA2_SHIFT);

	return sha2 != 0U ? "ARMv8 SHA256" : NULL;
}

/*
 * With a vcpu loaded the registers hold the guest's; SVE registers, whose upper parts would be
 * lost, no guest has.
 */
void sha256_cpu_blocks(u32 state[8], const u8 *data, u64 blocks)
{
	const u64 before = simd_begin();

	sha256_ce_blocks(state, data, blocks, sha256_k);
	simd_end(before);
}
