// SPDX-License-Identifier: Apache-2.0
/*
 * The decoder against capstone: words of the load and store classes, and random words. Both
 * accept, with the same direction, registers, sizes, sign, address and writeback; or both do not.
 *
 * Instructions: INSN_OPS, or 10^7 with SCOPE=full, or 10^5. Seed: INSN_SEED, printed.
 */
#include <stdlib.h>

#include <unit.h>

#include <capstone/capstone.h>

#include "guest.h"

static csh handle;
static cs_insn *theirs;
static struct guest guest;

struct reg {
	u32 index, size; /* size 0: none */
	bool simd;
};

static struct reg reg_of(arm64_reg name)
{
	static const char letters[] = "wxbhsdq";
	static const u8 sizes[] = { 4, 8, 1, 2, 4, 8, 16 };
	const char *text = name == ARM64_REG_INVALID ? "" : cs_reg_name(handle, name);
	const char *letter = strchr(letters, text[0]);

	if (text[0] == '\0')
		return (struct reg){ 0, 0, false };
	if (strcmp(text, "sp") == 0)
		return (struct reg){ 31, 8, false };
	if (strcmp(text, "fp") == 0 || strcmp(text, "lr") == 0)
		return (struct reg){ text[0] == 'f' ? 29U : 30U, 8, false };
	if (letter == NULL)
		return (struct reg){ 0, 0, false };
	return (struct reg){ .index = strcmp(text + 1, "zr") == 0 ? REG_ZERO : (u32)atoi(text + 1),
			     .size = sizes[letter - letters],
			     .simd = letter - letters >= 2 };
}

static u64 value_of(arm64_reg name)
{
	const struct reg r = reg_of(name);

	if (r.size == 0U || r.index == REG_ZERO)
		return 0;
	return r.size == 4U ? (u32)guest.x[r.index] : guest.x[r.index];
}

/* What a mnemonic says of the access; size 0: that of the register. */
static const struct kind {
	const char *mnemonic;
	enum insn_kind kind;
	u8 count, size;
	bool sign;
} kinds[] = {
	{ "ldr", INSN_LOAD, 1, 0, false },    { "str", INSN_STORE, 1, 0, false },
	{ "ldur", INSN_LOAD, 1, 0, false },   { "stur", INSN_STORE, 1, 0, false },
	{ "ldrb", INSN_LOAD, 1, 1, false },   { "strb", INSN_STORE, 1, 1, false },
	{ "ldurb", INSN_LOAD, 1, 1, false },  { "sturb", INSN_STORE, 1, 1, false },
	{ "ldrh", INSN_LOAD, 1, 2, false },   { "strh", INSN_STORE, 1, 2, false },
	{ "ldurh", INSN_LOAD, 1, 2, false },  { "sturh", INSN_STORE, 1, 2, false },
	{ "ldrsb", INSN_LOAD, 1, 1, true },   { "ldursb", INSN_LOAD, 1, 1, true },
	{ "ldrsh", INSN_LOAD, 1, 2, true },   { "ldursh", INSN_LOAD, 1, 2, true },
	{ "ldrsw", INSN_LOAD, 1, 4, true },   { "ldursw", INSN_LOAD, 1, 4, true },
	{ "ldp", INSN_LOAD, 2, 0, false },    { "stp", INSN_STORE, 2, 0, false },
	{ "ldnp", INSN_LOAD, 2, 0, false },   { "stnp", INSN_STORE, 2, 0, false },
	{ "ldpsw", INSN_LOAD, 2, 4, true },   { "ldar", INSN_LOAD, 1, 0, false },
	{ "stlr", INSN_STORE, 1, 0, false },  { "ldarb", INSN_LOAD, 1, 1, false },
	{ "stlrb", INSN_STORE, 1, 1, false }, { "ldarh", INSN_LOAD, 1, 2, false },
	{ "stlrh", INSN_STORE, 1, 2, false },
};

/*
 * NULL: not of the class. Arm ARM C4.1: loads and stores have 1 in bit 27 and 0 in bit 25; SVE's,
 * which newer disassemblers know and call the same, have not. A literal has no memory operand.
 */
static const struct kind *kind_of(u32 word)
{
	const cs_arm64 *a = &theirs->detail->arm64;

	if ((word & (BIT(27) | BIT(25))) != BIT(27))
		return NULL;
	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(theirs->mnemonic, kinds[i].mnemonic) == 0 &&
		    a->op_count > kinds[i].count &&
		    a->operands[kinds[i].count].type == ARM64_OP_MEM)
			return &kinds[i];
	}
	return NULL;
}

static u64 offset_of(const cs_arm64_op *op)
{
	u64 value = value_of(op->mem.index);

	if (op->ext == ARM64_EXT_SXTW)
		value = (u64)(s32)value;
	return (value << op->shift.value) + (u64)op->mem.disp;
}

static const char *address_differs(const struct kind *k, const struct insn *i)
{
	const cs_arm64 *a = &theirs->detail->arm64;
	const cs_arm64_op *memory = &a->operands[k->count];
	const u64 base = value_of(memory->mem.base), at = base + offset_of(memory);
	const struct reg r = reg_of(memory->mem.base);
	u64 after = at;

	if (a->op_count > k->count + 1U)
		after = base + (u64)a->operands[k->count + 1U].imm;
	if (i->address.v != at)
		return "address";
	if (i->writeback != a->writeback)
		return "writeback";
	if (i->writeback &&
	    (i->base_value != after || i->base != (r.index == 31U ? REG_SP : r.index)))
		return "writeback of another value";
	return NULL;
}

static const char *differs(const struct kind *k, const struct insn *i)
{
	const cs_arm64 *a = &theirs->detail->arm64;

	if (k->kind != i->kind || k->count != i->count || k->sign != i->sign || i->length != 4U)
		return "operation";
	for (u32 n = 0; n < k->count; n++) {
		const struct reg r = reg_of(a->operands[n].reg);

		if (r.index != i->reg[n] || r.simd != i->simd)
			return "register";
		if (i->size != (k->size == 0U ? r.size : k->size))
			return "size";
		if (!r.simd && k->kind == INSN_LOAD && r.size != i->reg_size)
			return "register size";
	}
	return address_differs(k, i);
}

/* Legal for a disassembler, CONSTRAINED UNPREDICTABLE for a CPU. */
static bool unpredictable(const struct kind *k, u32 word)
{
	const u32 t = word & 31U, n = (word >> 5) & 31U, t2 = (word >> 10) & 31U;
	const bool simd = (word & BIT(26)) != 0U;

	if ((word & 0x3f000000U) == 0x08000000U)
		return (word & 0x1f7c00U) != 0x1f7c00U;
	if (k->count == 2U && k->kind == INSN_LOAD && t == t2)
		return true;
	return theirs->detail->arm64.writeback && !simd && n != 31U &&
	       (t == n || (k->count == 2U && t2 == n));
}

static void check(u32 word)
{
	const u8 code[] = { (u8)word, (u8)(word >> 8), (u8)(word >> 16), (u8)(word >> 24) };
	const u8 *at = code;
	size_t left = sizeof(code);
	uint64_t pc = 0;
	struct insn i;
	const int err = guest_decode(&guest, word, &i);
	const bool decoded = cs_disasm_iter(handle, &at, &left, &pc, theirs);
	const struct kind *k = decoded ? kind_of(word) : NULL;
	const char *why = NULL;

	if (err == 0)
		why = k != NULL ? differs(k, &i) : "accepted";
	else if (k != NULL && !unpredictable(k, word))
		why = "refused";
	if (why != NULL)
		fail_msg("%s: %08x: %d; capstone: %s %s", why, word, err,
			 decoded ? theirs->mnemonic : "-", decoded ? theirs->op_str : "");
}

TEST(a_disassembler_reads_the_same)
{
	const u64 count = wanted_count();

	rnd_start();
	assert_int_equal(cs_open(CS_ARCH_ARM64, CS_MODE_ARM, &handle), CS_ERR_OK);
	assert_int_equal(cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON), CS_ERR_OK);
	theirs = cs_malloc(handle);
	for (u64 n = 0; n < count; n++) {
		for (u32 r = 0; r < 32U; r++)
			guest.x[r] = rnd();
		check(rnd_below(8) == 0U ? (u32)(rnd() >> 8) : word_random());
	}
	cs_free(theirs, 1);
	cs_close(&handle);
}

UNIT_TESTS(UNIT(a_disassembler_reads_the_same));
