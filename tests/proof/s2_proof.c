// SPDX-License-Identifier: Apache-2.0
/*
 * Proof about the quota of tables by CBMC: whatever is mapped into a stage 2, its account never
 * exceeds the tables it has, is charged with the finest split of what was mapped, and with nothing
 * for what was refused. FILE_UNDER_PROOF is core/mem/s2.c.
 */
#include "stubs.h"
#include FILE_UNDER_PROOF

#define FINEST_MAX BIT(40) /* tables of the largest range there can be */

u64 nondet_u64(void);
u32 nondet_u32(void);
int nondet_int(void);

static struct pt_format fmt;
static struct s2 s2;
static u64 finest;
static int mapped;
static u32 maps;

u64 pt_tables_max(const struct pt_format *f, u64 va, u64 size)
{
	(void)f;
	(void)va;
	(void)size;
	return finest;
}

u64 pt_format_root_size(const struct pt_format *f)
{
	return 1ULL << f->shift[0];
}

int pt_run(struct pt *pt, const struct pt_change *want, pt_flush_fn flush, void *ctx)
{
	(void)pt;
	(void)want;
	(void)flush;
	(void)ctx;
	maps++;
	return mapped;
}

int main(void)
{
	u64 before;
	int err;

	fmt.shift[0] = 12U;
	s2.pt.fmt = &fmt;
	s2.pool.frames = nondet_u32();
	s2.charged = nondet_u64();
	finest = nondet_u64();
	mapped = nondet_int();
	__CPROVER_assume(s2.pool.frames != 0U && finest < FINEST_MAX && mapped <= 0);
	__CPROVER_assume(s2.charged <= s2.pool.frames - 1U);
	before = s2.charged;
	err = s2_map(&s2, GPA(nondet_u64()), HPA(nondet_u64()), nondet_u64(), nondet_u32());
	__CPROVER_assert(s2.charged <= s2.pool.frames - 1U, "quota: never more than there is");
	__CPROVER_assert(err != 0 || (maps == 1U && s2.charged == before + finest),
			 "quota: what is mapped is charged");
	__CPROVER_assert(err == 0 || s2.charged == before, "quota: what is refused is not");
	return 0;
}
