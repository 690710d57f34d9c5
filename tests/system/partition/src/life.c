// SPDX-License-Identifier: Apache-2.0
/*
 * The life that partition "tried" is put through: restarted again and again, sometimes while it
 * soils its memory, stopped, started, then failing until its budget is used up. Partition "other"
 * must see nothing of it: it is asked at each of its counts.
 */
#include <bulkhead/arch/firmware.h>
#include <bulkhead/base/handoff.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

#include "program.h"

#define FAILURES 3U /* the first, and two of the budget */

static bool bad;
static u32 restarts = 2; /* or what the command line says */
static u32 last_count;   /* of the other */
static bool failing;
static u32 failures;

void check(bool good, const char *what, u32 found)
{
	if (good)
		return;
	bad = true;
	log_error("test: %s: found 0x%x", what, found);
}

/* Where no loader passes a command line, the test writes it here in the disk image. */
#define IN_IMAGE_MAX 32U
static volatile char in_image[IN_IMAGE_MAX] = "@partition-argument@";

static int command_line(void)
{
	static char argument[IN_IMAGE_MAX];
	const char *c = handoff.cmdline[0] != '\0' ? handoff.cmdline : argument;

	for (u32 i = 0; i < IN_IMAGE_MAX - 1U; i++)
		argument[i] = in_image[i];
	if (strncmp(c, "restarts=", 9) != 0)
		return BH_ENODEV;
	restarts = 0;
	for (c += 9; *c >= '0' && *c <= '9'; c++)
		restarts = restarts * 10U + (u32)(*c - '0');
	return 0;
}
UNIT_DEFINE(partition_test_command, 8, 40, command_line);

static enum trap_result tried(u32 reg)
{
	struct partition *p = partitions[TRIED];
	const struct told *t = &told[TRIED];

	if (reg == REG_HELLO) {
		check(t->found == 0U, "RAM is not clean", t->found);
		check(t->tree == TOLD_MAGIC, "description", t->tree);
	}
	/* Every other time in the middle of its work. */
	if (!failing && reg == (t->hellos % 2U == 0U ? REG_HELLO : REG_SOILED)) {
		partition_ask(p, t->hellos < restarts ? WISH_RESTART : WISH_STOP);
		return TRAP_PARK;
	}
	if (failing && reg == REG_SOILED) {
		failures++;
		return TRAP_STOP;
	}
	return TRAP_RESUME;
}

static void judge(void)
{
	check(partitions[TRIED]->starts == restarts + 1U + 2U, "starts", partitions[TRIED]->starts);
	check(failures == FAILURES, "failures", failures);
	check(partitions[OTHER]->starts == 1U, "starts of the other", partitions[OTHER]->starts);
	check(told[OTHER].hellos == 1U, "hellos of the other", told[OTHER].hellos);
	log_info("%u starts of the one, %u counts of the other", partitions[TRIED]->starts,
		 told[OTHER].count);
	log_info("result: %s", bad ? "failed" : "passed");
	log_drain();
	firmware_sim_exit(bad ? 1U : 0U);
}

static enum trap_result other(void)
{
	const u32 state = __atomic_load_n(&partitions[TRIED]->state, __ATOMIC_SEQ_CST);
	const u32 count = told[OTHER].count;

	check(count == 0U || count == last_count + 1U, "the other lost count", count);
	last_count = count;
	if (!failing && state == PARTITION_OFF && partitions[TRIED]->starts != 0U) {
		check(partitions[TRIED]->starts == restarts, "starts until it was stopped",
		      partitions[TRIED]->starts);
		failing = true;
		partition_ask(partitions[TRIED], WISH_START);
	}
	if (failing && state == PARTITION_FAILED)
		judge();
	return TRAP_RESUME;
}

enum trap_result life_next(u32 partition, u32 reg)
{
	return partition == TRIED ? tried(reg) : other();
}
