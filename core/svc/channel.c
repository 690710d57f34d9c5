// SPDX-License-Identifier: Apache-2.0
/*
 * Channels: a region that two partitions see, and a bell each way. Bulkhead rings; what is in the
 * region is theirs (include/abi/channel.h).
 */
#include <abi/ucall.h>
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/virq.h>
#include <bulkhead/arch/vplat.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/svc/handle.h>
#include <bulkhead/vm/partition.h>

/* What one end rings: the other. */
static struct bell {
	u32 partition;
	u32 intid;
	u32 id; /* what its guest calls it by */
} bells[SYSTEM_CHANNELS_MAX][2];

static enum trap_result ucall_bell(struct vcpu *v, u64 *call)
{
	const struct bell *b;
	const struct partition *peer;

	b = handle_check(v, call[1], HANDLE_CHANNEL, CHANNEL_RING, &call[0]);
	if (b == NULL)
		return TRAP_RESUME;
	peer = partitions[b->partition];
	call[0] = (u64)UCALL_EPIPE;
	if (peer == NULL || load_acquire(&peer->state) != PARTITION_RUNNING)
		return TRAP_RESUME;
	virq_pend(peer->virq, b->intid);
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
		h.object = &bells[i][end];
		err = handle_add(p->id, &h, &bells[i][end].id);
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
	return 0;
}
UNIT_DEFINE(channel, 8, 12, channel_init);
