// SPDX-License-Identifier: Apache-2.0
/* Whose trouble a machine check is. Pure: tested on the host. */
#include <asm/mce.h>
#include <asm/msr.h>

/* IA32_MCi_STATUS (SDM volume 3, 16.3.2.2). S and AR mean this where MCG_CAP.SER_P is set. */
#define VAL BIT(63)
#define OVER BIT(62)
#define UC BIT(61)
#define EN BIT(60)
#define PCC BIT(57)
#define S BIT(56)
#define AR BIT(55)

/* The first row that a bank fits says what it means. A bank that is not valid says nothing. */
static const struct {
	u64 mask, value;
	bool ser_p; /* counts only where the CPU tells severities */
	enum mce_verdict verdict;
	const char *what;
} rules[] = {
	{ PCC, PCC, false, MCE_MACHINE, "the processor's context is corrupt" },
	{ UC, 0, false, MCE_NOTHING, "corrected" },
	{ EN, 0, false, MCE_NOTHING, "not one that raises machine checks" },
	{ OVER, OVER, false, MCE_MACHINE, "errors came faster than they were recorded" },
	{ S, 0, true, MCE_NOTHING, "not consumed by anybody" },
	{ S | AR, S, true, MCE_NOTHING, "found by a scrubber, not consumed" },
	{ UC, UC, false, MCE_CONTEXT, "not corrected, what ran consumed it" },
};

static struct mce_finding judge_bank(u64 status, bool ser_p, u32 bank)
{
	struct mce_finding f = { MCE_NOTHING, "nothing recorded", MCE_BANKS_MAX, 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rules) && (status & VAL) != 0U; i++) {
		if ((status & rules[i].mask) != rules[i].value || (rules[i].ser_p && !ser_p))
			continue;
		f = (struct mce_finding){ rules[i].verdict, rules[i].what, bank, status };
		break;
	}
	return f;
}

struct mce_finding mce_judge(const struct mce_record *r)
{
	struct mce_finding worst = { MCE_NOTHING, "nothing recorded", MCE_BANKS_MAX, 0 };

	/* What was interrupted cannot go on, whoever's error it was. */
	if ((r->status & MCG_STATUS_RIPV) == 0U) {
		worst.verdict = MCE_CONTEXT;
		worst.what = "what ran cannot go on";
	}
	for (u32 i = 0; i < r->banks; i++) {
		const struct mce_finding f =
			judge_bank(r->bank[i], (r->cap & MCG_CAP_SER_P) != 0U, i);

		if (f.verdict > worst.verdict ||
		    (f.verdict == worst.verdict && f.bank < worst.bank))
			worst = f;
	}
	return worst;
}
