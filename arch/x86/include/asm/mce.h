/* SPDX-License-Identifier: Apache-2.0 */
/* Machine checks: whose trouble each is (SDM volume 3, chapter 16; APM volume 2, chapter 9). */
#ifndef ASM_MCE_H
#define ASM_MCE_H

#include <bulkhead/lib/types.h>

/* What a machine check means, from harmless to the worst. */
enum mce_verdict {
	MCE_NOTHING, /* corrected, or another CPU's: what was interrupted goes on */
	MCE_CONTEXT, /* what was interrupted has lost something, and nobody else has */
	MCE_MACHINE, /* nobody knows what was lost */
};

#define MCE_BANKS_MAX 32U

/* What the CPU recorded. */
struct mce_record {
	u64 cap, status; /* IA32_MCG_CAP, IA32_MCG_STATUS */
	u32 banks;
	u64 bank[MCE_BANKS_MAX]; /* IA32_MCi_STATUS */
};

struct mce_finding {
	enum mce_verdict verdict;
	const char *what; /* in words */
	u32 bank;         /* the bank that says so; MCE_BANKS_MAX: none does */
	u64 status;       /* its IA32_MCi_STATUS */
};

/* The worst of what @r says, by the table of rules. Pure. */
struct mce_finding mce_judge(const struct mce_record *r);

/*
 * This CPU took #MC: judges what it recorded, and makes it ready for the next. More banks than
 * MCE_BANKS_MAX: MCE_MACHINE. Takes no lock.
 */
struct mce_finding mce_take(void);

#endif
