// SPDX-License-Identifier: Apache-2.0
/* The management grant: what a partition may do with those that its manifest says it manages. */
#include <abi/ucall.h>
#include <bulkhead/arch/atomic.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/mem/guest.h>
#include <bulkhead/svc/handle.h>
#include <bulkhead/vm/partition.h>

/* Records that READ_LOG looks at in one call. */
#define RECORDS_A_CALL 8U

_Static_assert((u32)UCALL_STATE_OFF == (u32)PARTITION_OFF &&
		       (u32)UCALL_STATE_STARTING == (u32)PARTITION_STARTING &&
		       (u32)UCALL_STATE_RUNNING == (u32)PARTITION_RUNNING &&
		       (u32)UCALL_STATE_STOPPING == (u32)PARTITION_STOPPING &&
		       (u32)UCALL_STATE_FAILED == (u32)PARTITION_FAILED,
	       "guests read Bulkhead's own numbers");
_Static_assert((u32)UCALL_HEALTH_STOP == (u32)HEALTH_STOP &&
		       (u32)UCALL_HEALTH_ERROR == (u32)HEALTH_ERROR &&
		       (u32)UCALL_HEALTH_DEADLINE == (u32)HEALTH_DEADLINE &&
		       (u32)UCALL_HEALTH_WATCHDOG == (u32)HEALTH_WATCHDOG &&
		       (u32)UCALL_HEALTH_DMA == (u32)HEALTH_DMA && (u32)HEALTH_EVENTS == 5U,
	       "and its own kinds of trouble");
_Static_assert(UCALL_LOG_TEXT == LOG_TEXT_MAX, "a record fits");

/* The objects of handles: a partition's number. */
static u32 numbers[PARTITIONS_MAX];
static u32 handles[PARTITIONS_MAX][PARTITIONS_MAX]; /* [who][whom] */

/* The partition that call[1] means. NULL: call[0] is what the guest is told. */
static struct partition *target(const struct vcpu *v, u64 *call, u64 right)
{
	const u32 *n = handle_check(v, call[1], HANDLE_PARTITION, right, &call[0]);

	if (n == NULL)
		return NULL;
	call[0] = (u64)UCALL_EPIPE;
	return partitions[*n];
}

static enum trap_result wish(const struct vcpu *v, u64 *call, u64 right, enum partition_wish w)
{
	struct partition *p = target(v, call, right);

	if (p == NULL)
		return TRAP_RESUME;
	partition_ask(p, w);
	call[0] = (u64)UCALL_OK;
	return TRAP_RESUME;
}

static enum trap_result ucall_start(struct vcpu *v, u64 *call)
{
	return wish(v, call, PARTITION_START, WISH_START);
}

static enum trap_result ucall_stop(struct vcpu *v, u64 *call)
{
	return wish(v, call, PARTITION_STOP, WISH_STOP);
}

static enum trap_result ucall_restart(struct vcpu *v, u64 *call)
{
	return wish(v, call, PARTITION_RESTART, WISH_RESTART);
}

static enum trap_result ucall_mark_good(struct vcpu *v, u64 *call)
{
	struct partition *p = target(v, call, PARTITION_MARK_GOOD);

	if (p == NULL)
		return TRAP_RESUME;
	__atomic_store_n(&p->failures, 0U, __ATOMIC_RELAXED);
	call[0] = (u64)UCALL_OK;
	return TRAP_RESUME;
}

static enum trap_result ucall_state(struct vcpu *v, u64 *call)
{
	const struct partition *p = target(v, call, PARTITION_STATE);

	if (p == NULL)
		return TRAP_RESUME;
	call[1] = load_acquire(&p->state) | (u64)load_acquire(&p->starts) << 32;
	call[0] = (u64)UCALL_OK;
	return TRAP_RESUME;
}

static enum trap_result ucall_health(struct vcpu *v, u64 *call)
{
	const struct partition *p = target(v, call, PARTITION_STATE);
	const u64 kind = call[2];

	if (p == NULL)
		return TRAP_RESUME;
	if (kind >= HEALTH_EVENTS) {
		call[0] = (u64)UCALL_EINVAL;
		return TRAP_RESUME;
	}
	call[1] = __atomic_load_n(&p->health[kind], __ATOMIC_RELAXED);
	call[0] = (u64)UCALL_OK;
	return TRAP_RESUME;
}

/* The first record of @owner from @seq on among a few. BH_EAGAIN: none; @seq moves on. */
static int record_next(u32 owner, u64 *seq, struct log_record *r)
{
	for (u32 i = 0; i < RECORDS_A_CALL; i++) {
		u64 oldest;
		const int err = log_ring_find(*seq, r, &oldest);

		if (err == BH_ENOENT || err == BH_EBUSY)
			return BH_EAGAIN;
		if (err == BH_ERANGE) {
			*seq = oldest;
			continue;
		}
		(*seq)++;
		if (r->owner == owner)
			return 0;
	}
	return BH_EAGAIN;
}

static s64 record_give(struct vcpu *v, const struct log_record *r, gpa_t to)
{
	struct ucall_log_record out = {
		.seq = r->seq,
		.stamp = r->stamp,
		.level = r->level,
		.length = r->len,
	};

	memcpy(out.text, r->text, sizeof(out.text));
	return guest_write(v->s2, to, &out, sizeof(out)) == 0 ? UCALL_OK : UCALL_EFAULT;
}

static enum trap_result ucall_read_log(struct vcpu *v, u64 *call)
{
	const struct partition *p = target(v, call, PARTITION_READ_LOG);
	struct log_record r;
	u64 seq = call[2];

	if (p == NULL)
		return TRAP_RESUME;
	if (record_next(p->id, &seq, &r) != 0)
		call[0] = (u64)UCALL_EAGAIN;
	else
		call[0] = (u64)record_give(v, &r, GPA(call[3]));
	if (call[0] != (u64)UCALL_EFAULT)
		call[1] = seq;
	return TRAP_RESUME;
}

static int build(struct partition *p)
{
	int err = 0;

	for (u32 i = 0; i < p->system->partition_count && err == 0; i++) {
		const struct handle h = {
			.type = HANDLE_PARTITION,
			.rights = (u16)PARTITION_MANAGE,
			.object = &numbers[i],
		};

		numbers[i] = i;
		if ((p->config->manages & BIT(i)) != 0U)
			err = handle_add(p->id, &h, &handles[p->id][i]);
	}
	return err;
}

static int describe(struct partition *p, void *to)
{
	int err = 0;

	for (u32 i = 0; i < p->system->partition_count && err == 0; i++) {
		const struct vplat_node n = {
			.kind = "partition",
			.index = i,
			.label = p->system->partition[i].name,
			.number = { { "handle", handles[p->id][i] } },
		};

		if ((p->config->manages & BIT(i)) != 0U)
			err = describe_node(to, &n);
	}
	return err;
}

static struct partition_part part = { .name = "management", .build = build, .describe = describe };

static int manage_init(void)
{
	static const struct {
		u32 op;
		hypercall_fn fn;
	} calls[] = {
		{ UCALL_OP_START, ucall_start },     { UCALL_OP_STOP, ucall_stop },
		{ UCALL_OP_RESTART, ucall_restart }, { UCALL_OP_MARK_GOOD, ucall_mark_good },
		{ UCALL_OP_STATE, ucall_state },     { UCALL_OP_READ_LOG, ucall_read_log },
		{ UCALL_OP_HEALTH, ucall_health },
	};

	partition_part_add(&part);
	for (u32 i = 0; i < ARRAY_SIZE(calls); i++)
		hypercall_add(calls[i].op, calls[i].fn);
	return 0;
}
UNIT_DEFINE(manage, 8, 13, manage_init);
