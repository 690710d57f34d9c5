// SPDX-License-Identifier: Apache-2.0
/* Words for exceptions and APIC registers. */
#include <asm/apic.h>
#include <asm/decode.h>
#include <asm/desc.h>
#include <unit.h>

static const char *describe(u64 vector, u64 error)
{
	static char text[96];

	exc_error_decode(vector, error, text, sizeof(text));
	return text;
}

TEST(every_vector_has_a_name)
{
	for (u64 v = 0; v < 256U; v++)
		assert_non_null(exc_name(v));
	assert_string_equal(exc_name(VEC_PF), "#PF page fault");
	assert_string_equal(exc_name(15), "reserved exception");
	assert_string_equal(exc_name(~0ULL), "reserved exception");
}

TEST(page_faults_name_access_and_reason)
{
	assert_string_equal(describe(VEC_PF, 0), "read of a page that is not present");
	assert_string_equal(describe(VEC_PF, 2), "write to a page that is not present");
	assert_string_equal(describe(VEC_PF, 3), "write to a page that does not allow it");
	assert_string_equal(describe(VEC_PF, 0x11), "fetch from a page that does not allow it");
	assert_string_equal(describe(VEC_PF, 0x9),
			    "read of a page whose entry has reserved bits set");
	assert_string_equal(describe(VEC_PF, 0x25),
			    "read of a page whose protection key forbids it (user mode)");
	assert_string_equal(
		describe(VEC_PF, 0x43),
		"write to a shadow stack page, or a shadow stack access to another page");
}

TEST(selectors_name_their_table)
{
	assert_string_equal(describe(VEC_GP, 0), "no descriptor involved");
	assert_string_equal(describe(VEC_GP, 0x10), "GDT entry 2");
	assert_string_equal(describe(VEC_TS, 0x14), "LDT entry 2");
	assert_string_equal(describe(VEC_NP, 0x103), "IDT entry 32, external event");
}

TEST(control_protection_names_the_instruction)
{
	assert_string_equal(describe(VEC_CP, 3), "indirect branch to something else than ENDBR");
	assert_string_equal(
		describe(VEC_CP, 0x8001),
		"near return to another address than the shadow stack's (in an enclave)");
	assert_string_equal(describe(VEC_CP, 0x7fff), "unknown reason");
}

TEST(exceptions_without_error_code_say_nothing)
{
	char none[1] = { 'x' };

	assert_string_equal(describe(VEC_UD, 5), "");
	exc_error_decode(VEC_PF, 0, none, sizeof(none));
	assert_int_equal(none[0], '\0');
	exc_error_decode(VEC_PF, 0, none, 0);
}

TEST(bits_are_listed_while_they_fit)
{
	const struct bit_name names[] = { { 0, "AA" }, { 63, "BB" }, { 5, "CC" } };
	char text[6];

	bits_decode(~0ULL, names, 3, text, sizeof(text));
	assert_string_equal(text, "AA BB");
	bits_decode(BIT(5), names, 3, text, sizeof(text));
	assert_string_equal(text, "CC");
	bits_decode(0, names, 3, text, sizeof(text));
	assert_string_equal(text, "");
	bits_decode(1, names, 3, text, 0);
}

/* SDM volume 3, figures 11-12 and 11-28. */
TEST(interrupt_commands_are_encoded_for_both_apics)
{
	assert_int_equal(apic_icr_encode(false, 3, APIC_FIXED, 0xed), 0x03000000000040edULL);
	assert_int_equal(apic_icr_encode(true, 0x12345678, APIC_FIXED, 0xed),
			 0x12345678000040edULL);
	assert_int_equal(apic_icr_encode(false, 1, APIC_INIT, 0), 0x0100000000004500ULL);
	assert_int_equal(apic_icr_encode(false, 1, APIC_STARTUP, 0x9e), 0x010000000000469eULL);
	assert_int_equal(apic_icr_encode(true, 1, APIC_NMI, 0), 0x0000000100004400ULL);
}

TEST(apic_errors_are_named)
{
	char text[100];

	apic_esr_decode(0, text, sizeof(text));
	assert_string_equal(text, "none");
	apic_esr_decode(0x60, text, sizeof(text));
	assert_string_equal(text, "sent-illegal-vector received-illegal-vector");
}

UNIT_TESTS(UNIT(every_vector_has_a_name), UNIT(page_faults_name_access_and_reason),
	   UNIT(selectors_name_their_table), UNIT(control_protection_names_the_instruction),
	   UNIT(exceptions_without_error_code_say_nothing), UNIT(bits_are_listed_while_they_fit),
	   UNIT(interrupt_commands_are_encoded_for_both_apics), UNIT(apic_errors_are_named));
