// SPDX-License-Identifier: Apache-2.0
/*
 * The longest step the engine can be made to take: changes of every kind, drawn at random over
 * ranges that meet and cut each other, on every format, each call of pt_step() measured.
 */
#include "bench.h"
#include "program.h"

#define STEP_MAX 1000U
#define CHANGES 400U /* of each format; thrown away before the tree is full of crumbs */
#define TREES 3U

struct shape {
	const char *name;
	enum pt_kind kind;
	u32 in_bits, flags;
};

static const struct shape shapes[] = {
	{ "long, 4 levels", PT_LONG, 48U, 0U },
	{ "long, 5 levels", PT_LONG, 57U, 0U },
	{ "VMSA EL2", PT_VMSA_EL2, 48U, 0U },
	{ "EPT, 4 levels", PT_EPT, 48U, PT_F_SPLIT_X | PT_F_X_ONLY },
	{ "EPT, 5 levels", PT_EPT, 57U, 0U },
	{ "NPT, breaking", PT_NPT, 48U, PT_F_BREAK },
	{ "VMSA stage 2, 40 bits", PT_VMSA_S2, 40U, 0U },
	{ "VMSA stage 2, 48 bits", PT_VMSA_S2, 48U, PT_F_SPLIT_X | PT_F_NO_BREAK },
	{ "VT-d, 3 levels", PT_VTD, 39U, PT_F_SNOOP },
	{ "VT-d, pages only", PT_VTD, 48U, PT_F_PAGES_ONLY },
	{ "AMD-Vi, 5 levels", PT_AMDVI, 57U, PT_F_SNOOP },
};

static const char *const ops[] = {
	[PT_MAP] = "map",     [PT_UNMAP] = "unmap", [PT_PROTECT] = "protect",
	[PT_SPLIT] = "split", [PT_MERGE] = "merge",
};

/* The longest step so far, and which it was. */
struct worst {
	u64 took;
	u32 shape, op, step;
	u64 va, size;
};

static struct pt_format format;
static struct pt_pool pool;
static struct pt pt;
static u64 seed;

/* xorshift64 (Marsaglia): the same numbers on every run. */
static u64 rnd(u64 below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

/* Around the borders of large leaves, from one page to two leaves long. */
static struct pt_change any_change(void)
{
	static const u64 sizes[] = { 1U, 1U, 2U, 7U, 64U, 511U, 512U, 512U, 513U, 1024U };
	struct pt_change want = { .op = (enum pt_op)rnd(PT_MERGE + 1U) };

	want.size = sizes[rnd(ARRAY_SIZE(sizes))] * PAGE_SIZE;
	want.va = MIB(1024) - MIB(2) + rnd(4U) * MIB(1);
	if (rnd(2U) != 0U)
		want.va += rnd(8U) * PAGE_SIZE;
	if (want.op == PT_MAP) {
		want.pa = HPA(MIB(4096) + want.va + (rnd(3U) == 0U ? PAGE_SIZE : 0U));
		want.attr = rnd(2U) != 0U ? PT_R | PT_W : PT_R;
	} else if (want.op == PT_PROTECT) {
		want.attr = rnd(2U) != 0U ? PT_R | PT_W : PT_R;
	}
	return want;
}

static void measure(struct worst *w, struct bench *b, u32 shape)
{
	const struct pt_change want = any_change();
	struct pt_job job;
	u32 step = 0U;
	int r = pt_start(&job, &pt, &want);

	if (r != BH_OK)
		return;
	do {
		const u64 t = timer_now();
		u64 took;

		r = pt_step(&job);
		took = timer_now() - t - b->null;
		bench_add(b, t, t + took + b->null);
		if (took > w->took)
			*w = (struct worst){ took, shape, want.op, step, want.va, want.size };
		step++;
	} while (r > PT_DONE);
	if (r == PT_DONE)
		pt_finish(&job);
}

bool steps_bench(void)
{
	struct bench b = bench_begin();
	struct worst w = { 0 };

	seed = 0x9e3779b97f4a7c15ULL;
	for (u32 i = 0; i < ARRAY_SIZE(shapes) * TREES; i++) {
		const u32 s = i % (u32)ARRAY_SIZE(shapes);

		if (!tree_make(&pt, &format, &pool, shapes[s].kind, shapes[s].in_bits,
			       shapes[s].flags)) {
			log_error("%s: no tree", shapes[s].name);
			return false;
		}
		for (u32 k = 0; k < CHANGES; k++)
			measure(&w, &b, s);
	}
	bench_say(&b, "pt_step");
	log_info("longest step: %llu instructions, step %u of a %s of 0x%llx at 0x%llx, %s",
		 (unsigned long long)w.took, w.step, ops[w.op], (unsigned long long)w.size,
		 (unsigned long long)w.va, shapes[w.shape].name);
	return w.took <= STEP_MAX;
}
