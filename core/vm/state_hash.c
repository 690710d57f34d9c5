// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/regs.h>
#include <bulkhead/arch/virq.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/panic.h>
#include <bulkhead/lib/crc32.h>
#include <bulkhead/vm/partition.h>
#include <bulkhead/vm/state_hash.h>

/* Of a partition: a console, its UART, a watchdog, the ends of channels, a PCI host's functions. */
#define UNITS_MAX 160U

/* What is hashed without being added: the partition, a vcpu and its registers, the controller. */
#define FIXED (2U + 2U * CONFIG_MAX_CPUS)

/* Written at boot, then by the lead CPU of the partition. */
static struct states {
	u32 count;
	struct state_unit unit[UNITS_MAX];
	u32 first[FIXED + UNITS_MAX]; /* checksums of the first start */
	bool bad;
} states[PARTITIONS_MAX];

void state_hash_add(u32 partition, const struct state_unit *u)
{
	struct states *s = &states[partition];

	BUG_ON(s->count == UNITS_MAX);
	s->unit[s->count++] = *u;
}

static u32 fields_hash(u32 crc, const void *unit, const struct state_field *f, u32 count)
{
	for (u32 i = 0; i < count; i++) {
		if (f[i].kind != STATE_KEPT)
			crc = crc32(crc, (const u8 *)unit + f[i].offset, f[i].size);
	}
	return crc;
}

static u32 unit_hash(const struct state_unit *u)
{
	u32 crc = 0;

	for (u32 i = 0; i < u->n; i++)
		crc = fields_hash(crc, (const u8 *)u->unit + (size_t)i * u->size, u->field,
				  u->field_count);
	return crc;
}

/* One more checksum, @crc, of what @name calls; all of them so far are @all. */
static void add(const struct partition *p, u32 *all, u32 slot, const char *name, u32 crc)
{
	u32 *first = &states[p->id].first[slot];

	if (p->starts == 0U)
		*first = crc;
	if (crc != *first) {
		states[p->id].bad = true;
		log_error("partition %s: %s is not as at the first start: %08x, was %08x",
			  p->config->name, name, crc, *first);
	}
	*all = crc32(*all, &crc, sizeof(crc));
}

void state_hash_show(const struct partition *p)
{
	const struct states *s = &states[p->id];
	u32 slot = 0, all = 0;

	add(p, &all, slot++, "partition",
	    fields_hash(0, p, partition_fields, partition_field_count));
	add(p, &all, slot++, "interrupt controller", virq_hash(p->virq));
	for (u32 i = 0; i < p->vcpu_count; i++) {
		const struct vcpu *v = &p->vcpu[i];

		add(p, &all, slot++, "vcpu", fields_hash(0, v, vcpu_fields, vcpu_field_count));
		add(p, &all, slot++, "registers", vcpu_hash(v->arch));
	}
	for (u32 i = 0; i < s->count; i++)
		add(p, &all, slot++, s->unit[i].name, unit_hash(&s->unit[i]));
	log_info("partition %s: start %u: state %08x of %u units%s", p->config->name,
		 p->starts + 1U, all, slot, s->bad ? ", not all as at first" : "");
}
