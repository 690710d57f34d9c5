// SPDX-License-Identifier: Apache-2.0
/*
 * A guest puts anything where an instruction should be. Whatever is accepted is a load or a store,
 * well formed, and the same when decoded again; branches, exclusives and system instructions are
 * never accepted.
 */
#include <stdlib.h>
#include <string.h>

#include <bulkhead/arch/insn.h>
#include <bulkhead/arch/regs.h>
#include <bulkhead/lib/error.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static u64 read_reg(void *ctx __unused, u32 reg)
{
	if (reg >= 31U && reg != REG_SP)
		abort();
	return 0x9e3779b97f4a7c15ULL * (reg + 1U);
}

/* Bit 27 set and bit 25 clear: "Loads and Stores"; not a literal; an exclusive has bit 23 clear. */
static void check_group(const u8 *code)
{
	const u8 top = code[3];

	if ((top & 0x0aU) != 0x08U || (top & 0x3bU) == 0x18U)
		abort();
	if ((top & 0x3fU) == 0x08U && (code[2] & 0x80U) == 0U)
		abort();
}

static void check_reg(const struct insn *i, u16 reg)
{
	if (reg >= 32U && (reg != REG_ZERO || i->simd))
		abort();
	if (reg == 31U && !i->simd)
		abort();
	if (i->writeback && !i->simd && reg == i->base)
		abort();
}

static void check(const struct insn *i)
{
	const u32 max = i->simd ? 16U : 8U;

	if (i->length != 4U || i->count == 0U || i->count > INSN_REGS_MAX || i->high ||
	    i->kind == INSN_STORE_IMM)
		abort();
	if (i->size == 0U || i->size > max || (i->size & (i->size - 1U)) != 0U)
		abort();
	if (i->simd ? i->reg_size != 16U
		    : (i->reg_size != 4U && i->reg_size != 8U) || i->reg_size < i->size)
		abort();
	if (i->writeback && i->base >= 31U && i->base != REG_SP)
		abort();
	for (u32 n = 0; n < i->count; n++)
		check_reg(i, i->reg[n]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct insn_mode mode = { .width = 8, .reg = read_reg };
	struct insn first, again;
	int err;

	memset(&first, 0, sizeof(first));
	memset(&again, 0, sizeof(again));
	err = insn_decode(&mode, data, size, &first);
	if ((err == BH_ERANGE) != (size < 4U))
		abort();
	if (err != 0 && err != BH_ENOTSUP && err != BH_EINVAL && err != BH_ERANGE)
		abort();
	if (err != 0)
		return 0;
	check(&first);
	check_group(data);
	if (insn_decode(&mode, data, 4, &again) != 0 || first.address.v != again.address.v ||
	    first.reg[0] != again.reg[0] || first.base_value != again.base_value)
		abort();
	return 0;
}
