// SPDX-License-Identifier: Apache-2.0
/*
 * Channels: a region that two partitions see, and a bell each way. Bulkhead rings; what is in the
 * region is theirs (include/abi/channel.h).
 */
#include <abi/ucall.h>
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/arch/vplat.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/svc/handle.h>
#include <bulkhead/vm/alarm.h>
#include <bulkhead/vm/partition.h>
#include <bulkhead/vm/state_hash.h>

/* Bells that are heard at once after a pause. */
#define BURST 16U

/* What one end rings: the other. */
static struct bell {
	u32 partition;
	u32 intid;
	u32 id;    /* what its guest calls it by */
	u32 index; /* in `late` */
	u64 apart; /* ticks between two, in the long run */
	u64 due;   /* when the next would come if they came evenly; atomic */
} bells[SYSTEM_CHANNELS_MAX][2];

/* What its hearer has agreed to hear is counted whoever of the ringer's lives rings. */
static const struct state_field bell_fields[] = {
	STATE_FIELD(struct bell, partition, BOOT), STATE_FIELD(struct bell, intid, BOOT),
	STATE_FIELD(struct bell, id, BOOT),        STATE_FIELD(struct bell, index, BOOT),
	STATE_FIELD(struct bell, apart, BOOT),     STATE_FIELD(struct bell, due, KEPT),
};

_Static_assert(SYSTEM_CHANNELS_MAX * 2U <= 64U, "a bit a bell");

/* By ringing CPU, which alone looks at its entry: bells that are heard when their time has come. */
static u64 late[CONFIG_MAX_CPUS];

/*
 * May it be heard now? The hearer pays for each; so many as it has agreed to (the virtual
 * scheduling algorithm of ITU-T I.371). Of several vcpus that ring it at once one wins.
 */
static bool may_ring(struct bell *b, u64 now)
{
	u64 due = __atomic_load_n(&b->due, __ATOMIC_RELAXED);

	if (due > now + BURST * b->apart)
		return false;
	return __atomic_compare_exchange_n(&b->due, &due, (due > now ? due : now) + b->apart, false,
					   __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

static struct bell *bell_at(u32 index)
{
	return &bells[index / 2U][index % 2U];
}

/* Time that the ringer pays for: its own CPU's alarm, in its own window. */
static void ring_late(void)
{
	u64 *mine = &late[this_cpu()->id];

	for (u64 set = *mine; set != 0U; set &= set - 1U) {
		struct bell *b = bell_at((u32)__builtin_ctzll(set));

		(void)__atomic_fetch_add(&b->due, b->apart, __ATOMIC_RELAXED);
		partition_hear(partitions[b->partition]);
	}
	*mine = 0;
}

static void ring(struct bell *b, struct partition *peer)
{
	u64 *mine = &late[this_cpu()->id];
	const u64 now = timer_now();

	if (!partition_ring(peer, b->intid))
		return;
	if (may_ring(b, now)) {
		partition_hear(peer);
		return;
	}
	/* Those that are late already wait no longer than this one: they go together. */
	if (*mine == 0U)
		alarm_set(ALARM_BELL, now + b->apart);
	*mine |= BIT(b->index);
}

static enum trap_result ucall_bell(struct vcpu *v, u64 *call)
{
	const u32 *index = handle_check(v, call[1], HANDLE_CHANNEL, CHANNEL_RING, &call[0]);
	struct partition *peer;
	struct bell *b;

	if (index == NULL)
		return TRAP_RESUME;
	b = bell_at(*index);
	peer = partitions[b->partition];
	call[0] = (u64)UCALL_EPIPE;
	if (peer == NULL || load_acquire(&peer->state) != PARTITION_RUNNING)
		return TRAP_RESUME;
	ring(b, peer);
	call[0] = (u64)UCALL_OK;
	return TRAP_RESUME;
}

/* Which end of @c partition @id is; 2: none. */
static u32 end_of(const struct channel_config *c, u32 id)
{
	u32 end = 0;

	while (end < 2U && c->partition[end] != id)
		end++;
	return end;
}

static int build(struct partition *p)
{
	int err = 0;

	for (u32 i = 0; i < p->system->channel_count && err == 0; i++) {
		const struct channel_config *c = &p->system->channel[i];
		const u32 end = end_of(c, p->id);
		struct handle h = { .type = HANDLE_CHANNEL, .rights = (u16)CHANNEL_RING };

		if (end == 2U)
			continue;
		bells[i][end].partition = c->partition[1U - end];
		bells[i][end].intid = c->intid[1U - end];
		bells[i][end].index = i * 2U + end;
		bells[i][end].apart =
			timer_hz() / (c->bells != 0U ? c->bells : CHANNEL_BELLS_DEFAULT);
		h.object = &bells[i][end].index;
		err = handle_add(p->id, &h, &bells[i][end].id);
		state_hash_add(p->id, STATE_UNIT(c->name, &bells[i][end], bell_fields,
						 ARRAY_SIZE(bell_fields)));
	}
	return err;
}

static int put_channel(void *to, const struct partition *p, u32 i, u32 end)
{
	const struct channel_config *c = &p->system->channel[i];
	const struct attach_config *a = attach_find(p->config, c->region);
	struct vplat_node n = {
		.kind = "channel",
		.label = c->name,
		.size = p->system->region[c->region].size,
		.intid = c->intid[end],
		.number = { { "bell", bells[i][end].id }, { "end", end } },
		.peer = p->system->partition[c->partition[1U - end]].name,
	};

	if (a == NULL)
		return 0;
	n.base = a->gpa.v;
	return describe_node(to, &n);
}

static int describe(struct partition *p, void *to)
{
	int err = 0;

	for (u32 i = 0; i < p->system->channel_count && err == 0; i++) {
		const u32 end = end_of(&p->system->channel[i], p->id);

		if (end < 2U)
			err = put_channel(to, p, i, end);
	}
	return err;
}

static struct partition_part part = { .name = "channels", .build = build, .describe = describe };

static int channel_init(void)
{
	partition_part_add(&part);
	hypercall_add(UCALL_OP_BELL, ucall_bell);
	alarm_handler_set(ALARM_BELL, ring_late);
	return 0;
}
UNIT_DEFINE(channel, 8, 12, channel_init);
