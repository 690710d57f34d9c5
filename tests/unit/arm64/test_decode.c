// SPDX-License-Identifier: Apache-2.0
/* Why a guest stopped: syndromes as CPUs report them, and the exit each becomes. */
#include <asm/esr.h>
#include <asm/virt.h>
#include <unit.h>

#define IL BIT(25)
#define ESR(ec, iss) ((u64)(ec) << ESR_EC_SHIFT | IL | (u64)(iss))

/* A data abort: ISV with access size, register and width. */
#define ISV(sas, srt, sf) (BIT(24) | (u64)(sas) << 22 | (u64)(srt) << 16 | (u64)(sf) << 15)
#define SSE BIT(21)
#define FNV BIT(10)
#define CM BIT(8)
#define S1PTW BIT(7)
#define WNR BIT(6)
#define TRANSLATION_L3 0x07U
#define PERMISSION_L2 0x0eU

#define FAR 0xffff000012345678ULL
#define HPFAR ((0x9000000ULL >> 12) << 4)

static struct exit decode(u64 esr)
{
	struct exit e;

	memset(&e, 0xa5, sizeof(e));
	exit_decode(&e, esr, FAR, HPFAR);
	return e;
}

TEST(each_class_of_exception_becomes_one_class_of_exit)
{
	static const struct {
		u32 ec;
		enum exit_class class;
	} table[] = {
		{ EC_WFX, EXIT_WAIT },        { EC_HVC64, EXIT_HYPERCALL },
		{ EC_SMC64, EXIT_FIRMWARE },  { EC_SYSREG, EXIT_SYSREG },
		{ EC_FP, EXIT_EXCEPTION },    { 0x03, EXIT_EXCEPTION }, /* MCR of AArch32 */
		{ 0x19, EXIT_EXCEPTION },                               /* SVE */
		{ 0x1d, EXIT_EXCEPTION },                               /* SME */
		{ EC_UNKNOWN, EXIT_UNKNOWN }, { EC_ILLEGAL, EXIT_UNKNOWN },
		{ EC_SVC64, EXIT_UNKNOWN },   { EC_IABT, EXIT_UNKNOWN },
		{ EC_DABT, EXIT_UNKNOWN },    { EC_SERROR, EXIT_UNKNOWN },
		{ 0x3f, EXIT_UNKNOWN },
	};

	for (u32 i = 0; i < ARRAY_SIZE(table); i++) {
		const struct exit e = decode(ESR(table[i].ec, 0x1234));

		assert_int_equal(e.class, table[i].class);
		assert_int_equal(e.reason, table[i].ec);
		assert_int_equal(e.syndrome, 0x1234);
	}
}

TEST(no_syndrome_is_taken_for_an_interrupt_or_nothing)
{
	for (u32 ec = 0; ec < 64U; ec++) {
		const struct exit e = decode(ESR(ec, TRANSLATION_L3));

		assert_int_not_equal(e.class, EXIT_IRQ);
		assert_true(e.class < EXIT_CLASSES);
	}
}

TEST(the_length_of_the_instruction_is_what_il_says)
{
	assert_int_equal(decode(ESR(EC_SMC64, 0)).length, 4);
	assert_int_equal(decode((u64)EC_SMC64 << ESR_EC_SHIFT).length, 2);
}

TEST(a_device_write_is_decoded_by_hardware)
{
	const struct exit e = decode(ESR(EC_DABT_LOWER, ISV(2, 5, 0) | WNR | TRANSLATION_L3));
	const struct exit_memory *m = &e.memory;

	assert_int_equal(e.class, EXIT_MEMORY);
	assert_true(m->write && !m->read && !m->exec);
	assert_true(m->gpa_exact && m->gva_valid && !m->permission && !m->table_walk);
	assert_int_equal(m->gpa.v, 0x9000678);
	assert_int_equal(m->gva.v, FAR);
	assert_true(m->decoded && !m->sign);
	assert_int_equal(m->size, 4);
	assert_int_equal(m->reg, 5);
	assert_int_equal(m->reg_size, 4);
}

TEST(a_load_has_its_size_sign_and_width)
{
	for (u32 sas = 0; sas < 4U; sas++) {
		const struct exit e =
			decode(ESR(EC_DABT_LOWER, ISV(sas, 30, 1) | SSE | TRANSLATION_L3));

		assert_true(e.memory.read && !e.memory.write && e.memory.sign);
		assert_int_equal(e.memory.size, 1U << sas);
		assert_int_equal(e.memory.reg, 30);
		assert_int_equal(e.memory.reg_size, 8);
	}
}

TEST(register_31_of_an_access_is_zero_not_sp)
{
	assert_int_equal(decode(ESR(EC_DABT_LOWER, ISV(3, 31, 1) | TRANSLATION_L3)).memory.reg,
			 REG_ZERO);
	assert_int_equal(decode(ESR(EC_SYSREG, 31U << 5)).sysreg.reg, REG_ZERO);
}

TEST(an_access_hardware_did_not_decode_says_so)
{
	const struct exit e = decode(ESR(EC_DABT_LOWER, WNR | TRANSLATION_L3));

	assert_int_equal(e.class, EXIT_MEMORY);
	assert_false(e.memory.decoded);
	assert_true(e.memory.gpa_exact && e.memory.write);
}

TEST(the_guests_own_walk_is_no_access_of_its_instruction)
{
	const struct exit d =
		decode(ESR(EC_DABT_LOWER, ISV(2, 5, 0) | S1PTW | WNR | TRANSLATION_L3));
	const struct exit i = decode(ESR(EC_IABT_LOWER, S1PTW | TRANSLATION_L3));
	const struct exit p = decode(ESR(EC_DABT_LOWER, S1PTW | WNR | PERMISSION_L2));

	assert_true(d.memory.table_walk && !d.memory.decoded && !d.memory.gpa_exact);
	assert_int_equal(d.memory.gpa.v, 0x9000000);
	assert_true(d.memory.read && !d.memory.write);
	assert_true(p.memory.table_walk && p.memory.write);
	assert_true(i.memory.table_walk && i.memory.exec && !i.memory.read);
}

TEST(a_fetch_is_neither_read_nor_write)
{
	const struct exit e = decode(ESR(EC_IABT_LOWER, TRANSLATION_L3));

	assert_int_equal(e.class, EXIT_MEMORY);
	assert_true(e.memory.exec && !e.memory.read && !e.memory.write && !e.memory.decoded);
	assert_int_equal(e.memory.gpa.v, 0x9000678);
}

TEST(a_permission_fault_leaves_the_guest_physical_address_open)
{
	const struct exit e = decode(ESR(EC_DABT_LOWER, WNR | PERMISSION_L2));

	assert_true(e.memory.permission && e.memory.write && e.memory.gva_valid);
	assert_false(e.memory.gpa_exact);
}

TEST(without_a_valid_far_only_the_page_is_known)
{
	const struct exit e = decode(ESR(EC_DABT_LOWER, FNV | TRANSLATION_L3));

	assert_false(e.memory.gva_valid || e.memory.gpa_exact);
	assert_int_equal(e.memory.gpa.v, 0x9000000);
	assert_int_equal(e.memory.gva.v, 0);
}

TEST(cache_maintenance_is_no_write)
{
	const struct exit e = decode(ESR(EC_DABT_LOWER, CM | WNR | TRANSLATION_L3));

	assert_true(e.memory.read && !e.memory.write);
}

TEST(a_refusal_of_the_memory_itself_is_not_one_of_stage_2)
{
	/* External abort, alignment, unsupported exclusive or atomic access. */
	static const u32 fsc[] = { 0x10, 0x21, 0x35 };

	for (u32 i = 0; i < ARRAY_SIZE(fsc); i++) {
		assert_int_equal(decode(ESR(EC_DABT_LOWER, fsc[i])).class, EXIT_EXCEPTION);
		assert_int_equal(decode(ESR(EC_DABT_LOWER, fsc[i])).vector, EC_DABT_LOWER);
		assert_int_equal(decode(ESR(EC_IABT_LOWER, fsc[i])).vector, EC_IABT_LOWER);
	}
	/* TLB conflict, external abort on a walk of stage 2: nothing a guest can have meant. */
	assert_int_equal(decode(ESR(EC_DABT_LOWER, 0x30)).class, EXIT_UNKNOWN);
	assert_int_equal(decode(ESR(EC_DABT_LOWER, 0x17)).class, EXIT_UNKNOWN);
}

TEST(a_system_register_is_known_by_its_encoding_alone)
{
	/* MRS x7, OSLSR_EL1; MSR PMCR_EL0, x9. */
	const struct exit r = decode(ESR(EC_SYSREG, SYSREG_ID(2, 0, 1, 1, 4) | 7U << 5 | 1U));
	const struct exit w = decode(ESR(EC_SYSREG, SYSREG_ID(3, 3, 9, 12, 0) | 9U << 5));

	assert_int_equal(r.sysreg.id, SYSREG_ID(2, 0, 1, 1, 4));
	assert_int_equal(r.sysreg.reg, 7);
	assert_false(r.sysreg.write);
	assert_int_equal(w.sysreg.id, SYSREG_ID(3, 3, 9, 12, 0));
	assert_int_equal(w.sysreg.reg, 9);
	assert_true(w.sysreg.write);
}

UNIT_TESTS(UNIT(each_class_of_exception_becomes_one_class_of_exit),
	   UNIT(no_syndrome_is_taken_for_an_interrupt_or_nothing),
	   UNIT(the_length_of_the_instruction_is_what_il_says),
	   UNIT(a_device_write_is_decoded_by_hardware), UNIT(a_load_has_its_size_sign_and_width),
	   UNIT(register_31_of_an_access_is_zero_not_sp),
	   UNIT(an_access_hardware_did_not_decode_says_so),
	   UNIT(the_guests_own_walk_is_no_access_of_its_instruction),
	   UNIT(a_fetch_is_neither_read_nor_write),
	   UNIT(a_permission_fault_leaves_the_guest_physical_address_open),
	   UNIT(without_a_valid_far_only_the_page_is_known), UNIT(cache_maintenance_is_no_write),
	   UNIT(a_refusal_of_the_memory_itself_is_not_one_of_stage_2),
	   UNIT(a_system_register_is_known_by_its_encoding_alone));
