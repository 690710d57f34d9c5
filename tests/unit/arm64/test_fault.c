// SPDX-License-Identifier: Apache-2.0
/* Faults as EL1 sees them: where it goes on, in which state, and what its registers say. */
#include <asm/esr.h>
#include <asm/virt.h>
#include <unit.h>

#define PC 0x401234ULL
#define VBAR 0xffff800010000000ULL
#define GVA 0xffff00000badcafeULL
#define SCTLR 0x30d00800ULL

#define NZCV BITS(31, 28)
#define PAN BIT(22)
#define SS BIT(21)
#define IL_STATE BIT(20)

static struct el1_entry take(enum fault_kind kind, u64 pstate, u64 sctlr)
{
	const struct fault f = { .kind = kind, .gva = { GVA } };
	struct el1_entry e;
	const struct el1_origin from = { .pc = PC, .pstate = pstate, .sctlr = sctlr, .vbar = VBAR };

	fault_to_el1(&e, &f, &from);
	return e;
}

TEST(the_vector_is_that_of_where_the_guest_was)
{
	static const struct {
		u64 pstate, offset;
	} table[] = {
		{ 0x4, 0x000 },  /* EL1t */
		{ 0x5, 0x200 },  /* EL1h */
		{ 0x0, 0x400 },  /* EL0t */
		{ 0x10, 0x600 }, /* AArch32 User */
		{ 0x30, 0x600 }, /* the same in Thumb code */
	};

	for (u32 i = 0; i < ARRAY_SIZE(table); i++) {
		const struct el1_entry e = take(FAULT_EXTERNAL_DATA, table[i].pstate, SCTLR);

		assert_int_equal(e.pc, VBAR + table[i].offset);
		assert_int_equal(e.elr, PC);
		assert_int_equal(e.spsr, table[i].pstate);
		assert_int_equal(e.pstate & BITS(9, 0), 0x3c5); /* EL1h, DAIF */
	}
}

TEST(the_class_tells_whether_the_level_changed)
{
	assert_int_equal(take(FAULT_EXTERNAL_DATA, 0x5, SCTLR).esr, 0x96000010);
	assert_int_equal(take(FAULT_EXTERNAL_DATA, 0x4, SCTLR).esr, 0x96000010);
	assert_int_equal(take(FAULT_EXTERNAL_DATA, 0x0, SCTLR).esr, 0x92000010);
	assert_int_equal(take(FAULT_EXTERNAL_DATA, 0x10, SCTLR).esr, 0x92000010);
	assert_int_equal(take(FAULT_EXTERNAL_FETCH, 0x5, SCTLR).esr, 0x86000010);
	assert_int_equal(take(FAULT_EXTERNAL_FETCH, 0x0, SCTLR).esr, 0x82000010);
	assert_int_equal(take(FAULT_PAGE, 0x5, SCTLR).esr, 0x9600000f);
	assert_int_equal(take(FAULT_PAGE, 0x0, SCTLR).esr, 0x9200000f);
}

TEST(an_abort_tells_a_write_as_the_exit_did)
{
	static const struct {
		enum fault_kind kind;
		u64 esr, told;
	} table[] = {
		{ FAULT_EXTERNAL_DATA, 0x92000006, 0x96000010 },  /* a read, nothing decoded */
		{ FAULT_EXTERNAL_DATA, 0x93820046, 0x96000050 },  /* a decoded write */
		{ FAULT_EXTERNAL_DATA, 0x92000146, 0x96000150 },  /* cache maintenance */
		{ FAULT_EXTERNAL_DATA, 0x82000046, 0x96000010 },  /* of another class */
		{ FAULT_EXTERNAL_FETCH, 0x92000046, 0x86000010 }, /* of another kind */
		{ FAULT_UNDEFINED, 0x92000046, 0x02000000 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(table); i++) {
		const struct fault f = { .kind = table[i].kind, .gva = { GVA } };
		const struct el1_origin from = { .esr = table[i].esr, .pc = PC, .pstate = 0x5 };
		struct el1_entry e;

		fault_to_el1(&e, &f, &from);
		assert_int_equal(e.esr, table[i].told);
	}
}

TEST(an_abort_of_a_walk_says_at_which_level)
{
	static const struct {
		enum fault_kind kind;
		u64 esr;
		s32 level;
		u64 told;
	} table[] = {
		{ FAULT_EXTERNAL_DATA, 0x92000086, 2, 0x96000016 },
		{ FAULT_EXTERNAL_DATA, 0x920000c6, 0, 0x96000054 },
		{ FAULT_EXTERNAL_FETCH, 0x82000086, 3, 0x86000017 },
		{ FAULT_EXTERNAL_FETCH, 0x82000086, -1, 0x86000013 },
		{ FAULT_UNDEFINED, 0x82000086, 3, 0x02000000 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(table); i++) {
		const struct fault f = { .kind = table[i].kind, .gva = { GVA } };
		const struct el1_origin from = {
			.esr = table[i].esr, .pc = PC, .pstate = 0x5, .walk_level = table[i].level
		};
		struct el1_entry e;

		assert_int_equal(fault_is_of_walk(&f, table[i].esr), f.kind != FAULT_UNDEFINED);
		fault_to_el1(&e, &f, &from);
		assert_int_equal(e.esr, table[i].told);
	}
}

TEST(an_undefined_instruction_says_nothing_more)
{
	for (u32 k = FAULT_UNDEFINED; k <= FAULT_PROTECTION; k++) {
		const struct el1_entry e = take((enum fault_kind)k, 0x0, SCTLR);

		assert_int_equal(e.esr, 0x02000000);
		assert_false(e.far_valid);
		assert_int_equal(e.pc, VBAR + 0x400U);
	}
}

TEST(an_abort_names_its_address)
{
	const struct el1_entry e = take(FAULT_EXTERNAL_FETCH, 0x5, SCTLR);

	assert_true(e.far_valid);
	assert_int_equal(e.far, GVA);
}

TEST(flags_stay_and_step_and_illegal_state_end)
{
	const struct el1_entry e = take(FAULT_UNDEFINED, NZCV | SS | IL_STATE | 0x5U, SCTLR);

	assert_int_equal(e.pstate, NZCV | 0x3c5U);
	assert_int_equal(e.spsr, NZCV | SS | IL_STATE | 0x5U);
}

TEST(pan_and_ssbs_follow_sctlr)
{
	assert_int_equal(take(FAULT_UNDEFINED, 0x5, SCTLR).pstate & PAN, 0);
	assert_int_equal(take(FAULT_UNDEFINED, 0x5U | PAN, SCTLR).pstate & PAN, PAN);
	assert_int_equal(take(FAULT_UNDEFINED, 0x5, SCTLR & ~BIT(23)).pstate & PAN, PAN);
	assert_int_equal(take(FAULT_UNDEFINED, 0x5, SCTLR).pstate & BIT(12), 0);
	assert_int_equal(take(FAULT_UNDEFINED, 0x5, SCTLR | BIT(44)).pstate & BIT(12), BIT(12));
	/* In AArch32 bit 22 is PAN too, but 24 is the J bit. */
	assert_int_equal(take(FAULT_UNDEFINED, BIT(24) | 0x10U, SCTLR).pstate, 0x3c5);
}

UNIT_TESTS(UNIT(the_vector_is_that_of_where_the_guest_was),
	   UNIT(the_class_tells_whether_the_level_changed),
	   UNIT(an_abort_tells_a_write_as_the_exit_did),
	   UNIT(an_abort_of_a_walk_says_at_which_level),
	   UNIT(an_undefined_instruction_says_nothing_more), UNIT(an_abort_names_its_address),
	   UNIT(flags_stay_and_step_and_illegal_state_end), UNIT(pan_and_ssbs_follow_sctlr));
