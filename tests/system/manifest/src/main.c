// SPDX-License-Identifier: Apache-2.0
/*
 * Reads the manifests in the first module, one after the other, for this machine, and says what
 * becomes of each. The module: "BHMV", how many, the size of each, the trees, each at 8.
 */
#include <bulkhead/arch/firmware.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/base/handoff.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/percpu.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/svc/manifest.h>

#define VECTORS_MAX 256U

struct head {
	char magic[4];
	u32 count;
	u32 size[VECTORS_MAX];
};

static u8 tree[MANIFEST_SIZE_MAX] __aligned(8);
static struct manifest_board board;
static struct system_config config;

static void refusal_log(void *ctx, const struct manifest_refusal *r)
{
	const u32 n = *(const u32 *)ctx;

	log_info("vector %u: %s at %s%s%s", n, r->rule, r->node, r->property[0] == '\0' ? "" : ": ",
		 r->property);
	log_info("vector %u: %s", n, r->text);
}

/* What it takes to read one that keeps the rules, on a board with CPUs for all. */
static void figure(size_t size)
{
	struct manifest_refusal why;
	u64 from;
	u64 ticks;

	board.cpu_count = 64;
	from = timer_now();
	if (manifest_read(tree, size, &board, &config, &why) == 0) {
		ticks = timer_now() - from;
		log_info("bench manifest_%u_partitions instructions 1 - %llu -",
			 config.partition_count, (unsigned long long)ticks);
	}
	board.cpu_count = cpu_count;
}

static void vector_read(u32 n, const u8 *from, size_t size)
{
	struct manifest_refusal why;

	memcpy(tree, from, size);
	if (manifest_check(tree, size, &board, &config, &why, refusal_log, &n) == 0)
		log_info("vector %u: accepted", n);
	figure(size);
}

static int vectors_read(void)
{
	const struct handoff_range *module = &handoff.module[0];
	const struct head *head;
	const u8 *at;
	u64 done;

	if (handoff.module_count == 0U)
		return 0;
	head = mmu_map(module->base, module->size, MMU_RAM_RO);
	if (head != NULL && memcmp(head->magic, "BHMV", 4) != 0)
		return 0; /* a system image: the boot goes on with it */
	if (head == NULL || head->count > VECTORS_MAX)
		firmware_sim_exit(1);
	manifest_board_fill(&board);
	at = (const u8 *)head;
	done = ALIGN_UP(8U + 4ULL * head->count, 8U);
	for (u32 i = 0; i < head->count && head->size[i] <= sizeof(tree); i++) {
		vector_read(i, at + done, head->size[i]);
		done += ALIGN_UP((u64)head->size[i], 8U);
	}
	firmware_sim_exit(done <= module->size ? 0U : 1U);
	return 0;
}
UNIT_DEFINE(vectors, 9, 10, vectors_read);
