// SPDX-License-Identifier: Apache-2.0
/* Whose trouble a machine check is: records as CPUs of both makers leave them. */
#include <asm/mce.h>
#include <asm/msr.h>
#include <unit.h>

#define VAL BIT(63)
#define OVER BIT(62)
#define UC BIT(61)
#define EN BIT(60)
#define PCC BIT(57)
#define S BIT(56)
#define AR BIT(55)
#define GOES_ON (MCG_STATUS_RIPV | MCG_STATUS_MCIP)

static const struct {
	const char *name;
	u64 status;
	bool ser_p;
	u64 bank[3];
	enum mce_verdict verdict;
	u32 told; /* the bank that is named */
} records[] = {
	{ "told of another CPU's", GOES_ON, false, { 0 }, MCE_NOTHING, MCE_BANKS_MAX },
	{ "cannot go on", MCG_STATUS_MCIP, false, { 0 }, MCE_CONTEXT, MCE_BANKS_MAX },
	{ "corrected", GOES_ON, false, { 0, VAL | EN | OVER }, MCE_NOTHING, 1 },
	{ "not valid", GOES_ON, false, { 0, UC | EN | PCC }, MCE_NOTHING, MCE_BANKS_MAX },
	{ "consumed", GOES_ON, false, { 0, 0, VAL | UC | EN }, MCE_CONTEXT, 2 },
	{ "not enabled", GOES_ON, false, { VAL | UC }, MCE_NOTHING, 0 },
	{ "lost in the rush", GOES_ON, false, { VAL | UC | EN | OVER }, MCE_MACHINE, 0 },
	{ "context corrupt", GOES_ON, false, { VAL | PCC }, MCE_MACHINE, 0 },
	{ "context corrupt, whatever else",
	  GOES_ON,
	  true,
	  { VAL | PCC | UC | EN },
	  MCE_MACHINE,
	  0 },
	{ "no action", GOES_ON, true, { VAL | UC | EN }, MCE_NOTHING, 0 },
	{ "action optional", GOES_ON, true, { VAL | UC | EN | S }, MCE_NOTHING, 0 },
	{ "action required", GOES_ON, true, { VAL | UC | EN | S | AR }, MCE_CONTEXT, 0 },
	{ "the worst counts",
	  GOES_ON,
	  false,
	  { VAL | EN, VAL | UC | EN, VAL | UC | EN | PCC },
	  MCE_MACHINE,
	  2 },
	{ "the first of equals",
	  GOES_ON,
	  false,
	  { 0, VAL | UC | EN, VAL | UC | EN },
	  MCE_CONTEXT,
	  1 },
};

TEST(each_record_means_what_the_manuals_say)
{
	for (size_t i = 0; i < ARRAY_SIZE(records); i++) {
		struct mce_record r = {
			.cap = 3U | (records[i].ser_p ? MCG_CAP_SER_P : 0U),
			.status = records[i].status,
			.banks = 3,
		};
		struct mce_finding f;

		memcpy(r.bank, records[i].bank, sizeof(records[i].bank));
		f = mce_judge(&r);
		if (f.verdict != records[i].verdict || f.bank != records[i].told)
			print_error("%s: %s, bank %u\n", records[i].name, f.what, f.bank);
		assert_int_equal(f.verdict, records[i].verdict);
		assert_int_equal(f.bank, records[i].told);
		assert_true(f.status == (f.bank < 3U ? r.bank[f.bank] : 0U));
	}
}

UNIT_TESTS(cmocka_unit_test(each_record_means_what_the_manuals_say));
