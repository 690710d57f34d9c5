/* SPDX-License-Identifier: Apache-2.0 */
/* A guest's registers, made up; and random loads and stores. */
#ifndef TESTS_UNIT_INSN_ARM64_GUEST_H
#define TESTS_UNIT_INSN_ARM64_GUEST_H

#include <rnd.h>

#include <bulkhead/arch/insn.h>
#include <bulkhead/arch/regs.h>

struct guest {
	u64 x[32]; /* 31: SP */
};

int guest_decode(struct guest *g, u32 word, struct insn *out);

/* A word that is of the decoded classes, or nearly. */
u32 word_random(void);

#endif
