// SPDX-License-Identifier: Apache-2.0
/*
 * Any hypercalls of two partitions, one of which may ring and manage the other: what one is not
 * given it does not reach, and every answer is one that guests are told of.
 */
#include <stdlib.h>
#include <string.h>

#include <abi/ucall.h>
#include <bulkhead/arch/upcall.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/mem/guest.h>
#include <bulkhead/svc/handle.h>
#include <bulkhead/vm/partition.h>

#define GPA_GOOD 0x1000U
#define STEP 6U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BOSS, WORKER, COUNT };

struct partition *partitions[PARTITIONS_MAX];

static struct system_config two = { .name = "two", .partition_count = COUNT, .channel_count = 1 };
static struct partition each[COUNT];
static struct vcpu vcpu[COUNT];
static struct vcpu_arch arch[COUNT];
static struct partition_part *parts[4];
static u32 part_count;
static u64 virqs[COUNT][16];
static u32 caller;

static void check(bool holds)
{
	if (!holds)
		abort();
}

void partition_part_add(struct partition_part *part)
{
	check(part_count < ARRAY_SIZE(parts));
	parts[part_count] = part;
	part_count++;
}

void partition_ask(struct partition *p, enum partition_wish wish)
{
	check(caller == BOSS && p == &each[WORKER] && wish <= WISH_RESTART);
}

int guest_write(struct s2 *s2, gpa_t gpa, const void *from, u32 n)
{
	const struct ucall_log_record *r = from;

	check(s2 == NULL && caller == BOSS && n == sizeof(*r) && r->length <= UCALL_LOG_TEXT);
	return gpa.v == GPA_GOOD ? 0 : BH_EFAULT;
}

static void build(void)
{
	static const char *const names[COUNT] = { "boss", "worker" };

	two.channel[0] = (struct channel_config){ "c", 0, { BOSS, WORKER }, { 64, 64 }, 0 };
	two.partition[BOSS].manages = BIT(WORKER);
	for (u32 id = 0; id < COUNT; id++) {
		two.partition[id].name = names[id];
		each[id] = (struct partition){ .system = &two,
					       .config = &two.partition[id],
					       .id = id,
					       .state = PARTITION_RUNNING,
					       .vcpu_count = 1,
					       .vcpu = &vcpu[id],
					       .virq = (struct virq *)(void *)virqs[id] };
		vcpu[id] = (struct vcpu){ .arch = &arch[id], .partition = id, .cpu = ~0U };
		arch[id].vcpu = &vcpu[id];
		partitions[id] = &each[id];
	}
	check(units_run(STAGE_PARTITIONS) == 0);
	for (u32 id = 0; id < COUNT; id++) {
		for (u32 i = 0; i < part_count; i++)
			check(parts[i]->build == NULL || parts[i]->build(&each[id]) == 0);
	}
}

static bool answer_known(u64 r)
{
	const s64 v = (s64)r;

	return v == UCALL_OK || (v <= UCALL_ENOSYS && v >= UCALL_ETIMEDOUT);
}

/* Who, what, and three arguments; some become what is worth trying. */
static void step(const uint8_t *d)
{
	static const u64 special[] = { 0, 1, GPA_GOOD, ~0ULL, BIT(32), 0x10000 };
	u64 call[7] = { UCALL_BASE + (d[0] & 0x1fU) };
	u64 before[7];

	caller = d[0] >> 7;
	if ((d[0] & 0x40U) != 0U)
		each[d[1] & 1U].state = d[1] >> 1 & 7U;
	for (u32 i = 1; i < 4U; i++)
		call[i] = d[1U + i] < 0xe0U ? d[1U + i] : special[d[1U + i] % ARRAY_SIZE(special)];
	if ((d[0] & 0x20U) != 0U)
		log_guest(LOG_INFO, d[5] & 1U, "a line");
	memcpy(before, call, sizeof(call));
	check(upcall_hypercall(&arch[caller], call) == TRAP_RESUME);
	check(answer_known(call[0]));
	check(memcmp(&before[2], &call[2], 5U * sizeof(call[0])) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (part_count == 0U)
		build();
	for (u32 id = 0; id < COUNT; id++)
		each[id].state = PARTITION_RUNNING;
	for (size_t i = 0; i + STEP <= size; i += STEP)
		step(data + i);
	return 0;
}
