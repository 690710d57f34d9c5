// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/firmware.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/mem/frame.h>

#include "program.h"

#define OUT_BITS 40U

u64 *arena;
hpa_t arena_base;

static int arena_build(void)
{
	const u64 size = ARENA_FRAMES * PAGE_SIZE;
	int err = frame_alloc(size, 16U * PAGE_SIZE, &arena_base);

	if (err == 0)
		arena = mmu_map(arena_base, size, MMU_RAM_RW);
	return arena == NULL ? BH_ENOMEM : err;
}
UNIT_DEFINE(bench_pt_build, 8, 50, arena_build);

bool tree_make(struct pt *pt, struct pt_format *f, struct pt_pool *pool, enum pt_kind kind,
	       u32 in_bits, u32 flags)
{
	if (pt_format_init(f, kind, in_bits, OUT_BITS, flags) != BH_OK)
		return false;
	memset(arena, 0, ARENA_FRAMES * PAGE_SIZE);
	pt_pool_init(pool, f, arena, arena_base, ARENA_FRAMES);
	pt_pool_fill(pool);
	return pt_init(pt, f, pool) == BH_OK;
}

static int bench_pt(void)
{
	bool good = changes_bench();

	good = steps_bench() && good;
	log_info("result: %s", good ? "passed" : "failed");
	firmware_sim_exit(good ? 0U : 1U);
	return 0;
}
UNIT_DEFINE(bench_pt, 9, 90, bench_pt);
