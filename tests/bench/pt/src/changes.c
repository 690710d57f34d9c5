// SPDX-License-Identifier: Apache-2.0
/*
 * One change at a time on a stage 2 as this machine would have it, from pt_start() to pt_finish(),
 * every step and the flush hook included, the invalidation itself not.
 */
#include "bench.h"
#include "program.h"

#define AT MIB(1024) /* where the changes are made */
#define TO HPA(MIB(2048))
#define PAGES 512U
#define LEAVES 16U

static struct pt_format format;
static struct pt_pool pool;
static struct pt pt;

static void no_flush(void *ctx __unused, u64 va __unused, u64 size __unused)
{
}

/* @n times @want, each @want.size behind the last. */
static bool measure(const char *metric, struct pt_change want, u32 n)
{
	struct bench b = bench_begin();

	for (u32 i = 0; i < n; i++) {
		const u64 t = timer_now();
		const int err = pt_run(&pt, &want, no_flush, NULL);
		const u64 end = timer_now();

		if (err != 0) {
			log_error("%s at 0x%llx: %d", metric, (unsigned long long)want.va, err);
			return false;
		}
		bench_add(&b, t, end);
		want.va += want.size;
		want.pa.v += want.size;
	}
	bench_say(&b, metric);
	return true;
}

/* Does every page of what was split mean what it meant before? */
static bool split_is_right(void)
{
	for (u64 at = 0; at < LEAVES * MIB(2); at += PAGE_SIZE) {
		struct pt_leaf leaf;
		const int err = pt_query(&pt, AT + at, &leaf);

		if (err != 0 || leaf.size != PAGE_SIZE || leaf.pa.v != TO.v + at ||
		    leaf.attr != (PT_R | PT_W)) {
			log_error("split: 0x%llx maps to 0x%llx", (unsigned long long)(AT + at),
				  (unsigned long long)leaf.pa.v);
			return false;
		}
	}
	return true;
}

bool changes_bench(void)
{
	const struct pt_change map = { .op = PT_MAP, .va = AT, .pa = TO, .attr = PT_R | PT_W };
	struct pt_change want = map;
	bool good = tree_make(&pt, &format, &pool, stage2_kind, stage2_bits, 0U);

	/* What is there first makes the tables that the measured changes find. */
	good = good && pt_map(&pt, AT - PAGE_SIZE, HPA(0), PAGE_SIZE, PT_R) == BH_OK;
	good = good && pt_map(&pt, AT + MIB(1024) - PAGE_SIZE, HPA(0), PAGE_SIZE, PT_R) == BH_OK;
	want.size = MIB(2);
	good = good && measure("map_2m", want, LEAVES);
	want = (struct pt_change){ .op = PT_SPLIT, .va = AT, .size = MIB(2) };
	good = good && measure("split_2m", want, LEAVES) && split_is_right();
	want = (struct pt_change){ .op = PT_PROTECT, .va = AT, .size = PAGE_SIZE, .attr = PT_R };
	good = good && measure("protect_4k", want, PAGES);
	want = (struct pt_change){ .op = PT_MERGE, .va = AT, .size = MIB(2) };
	good = good && measure("merge_2m", want, LEAVES);
	good = good && pt_unmap(&pt, AT, MIB(2), no_flush, NULL) == BH_OK;
	good = good && pt_map(&pt, AT, TO, PAGE_SIZE, PT_R) == BH_OK;
	want = map;
	want.va += PAGE_SIZE;
	want.pa.v += PAGE_SIZE;
	want.size = PAGE_SIZE;
	good = good && measure("map_4k", want, PAGES - 1U);
	want = (struct pt_change){ .op = PT_UNMAP, .va = AT, .size = PAGE_SIZE };
	return good && measure("unmap_4k", want, PAGES - 1U);
}
