// SPDX-License-Identifier: Apache-2.0
/*
 * RAM: where partitions see theirs, whether it fits, what is shared. Places are tried out in a
 * copy of the board's free RAM, first fit, as they will be when partitions are built.
 */
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/pt.h>
#include <bulkhead/lib/string.h>

#include "manifest_internal.h"

#define REST_STEP MIB(2)
#define OWN_RESERVE MIB(4) /* left for vcpus and their like when somebody takes the rest */
#define TABLE_SPAN 512U    /* pages that a table of the finest split maps */

/* Something that a partition sees. */
struct span {
	u64 base;
	u64 size;
	const char *what;
	int offset;
};

#define SPANS_MAX \
	(PARTITION_MEMORY_MAX + PARTITION_ATTACH_MAX + SYSTEM_DEVICES_MAX * DEVICE_RANGES_MAX + 5U)

struct spans {
	u32 count;
	struct span list[SPANS_MAX];
};

/* ---- free RAM ------------------------------------------------------------------------------- */

static void free_remove(struct manifest_board *b, u32 at)
{
	b->free_count--;
	for (u32 i = at; i < b->free_count; i++)
		b->free[i] = b->free[i + 1U];
}

int manifest_claim(struct manifest_board *b, u64 base, u64 size)
{
	for (u32 i = 0; i < b->free_count; i++) {
		struct machine_range *r = &b->free[i];
		u64 behind;

		if (!range_inside(base, size, r->base.v, r->size))
			continue;
		behind = r->base.v + r->size - base - size;
		r->size = base - r->base.v;
		if (behind != 0U && b->free_count < MANIFEST_FREE_MAX) {
			for (u32 n = b->free_count; n > i + 1U; n--)
				b->free[n] = b->free[n - 1U];
			b->free[i + 1U] = (struct machine_range){ HPA(base + size), behind };
			b->free_count++;
		}
		if (b->free[i].size == 0U)
			free_remove(b, i);
		return 0;
	}
	return BH_EBUSY;
}

int manifest_place(struct manifest_board *b, u64 size, u64 align, hpa_t *out)
{
	for (u32 i = 0; i < b->free_count; i++) {
		u64 base = ALIGN_UP(b->free[i].base.v, align);

		if (base >= b->free[i].base.v &&
		    range_inside(base, size, b->free[i].base.v, b->free[i].size)) {
			*out = HPA(base);
			return manifest_claim(b, base, size);
		}
	}
	return BH_ENOMEM;
}

static u64 free_largest(const struct manifest_board *b)
{
	u64 most = 0;

	for (u32 i = 0; i < b->free_count; i++)
		most = b->free[i].size > most ? b->free[i].size : most;
	return most;
}

/* ---- placing -------------------------------------------------------------------------------- */

/* Something that needs a place. */
struct chunk {
	u64 place;
	u64 size;
	u64 align;
	int offset;
};

static void place_fixed(struct manifest *m, struct manifest_board *left, const struct chunk *c)
{
	bool free = false;

	if (c->place == PLACE_ANY || manifest_claim(left, c->place, c->size) == 0)
		return;
	for (u32 i = 0; i < m->board->free_count; i++)
		free = free || range_inside(c->place, c->size, m->board->free[i].base.v,
					    m->board->free[i].size);
	manifest_refuse(m, RULE_PLACE, c->offset, "place", "0x%llx, 0x%llx bytes: %s",
			(unsigned long long)c->place, (unsigned long long)c->size,
			free ? "somebody else has some of it" : "the board has no free RAM there");
}

static void place_any(struct manifest *m, struct manifest_board *left, const struct chunk *c)
{
	hpa_t at;

	if (c->place == PLACE_ANY && c->size != SIZE_REST &&
	    manifest_place(left, c->size, c->align, &at) != 0)
		manifest_refuse(m, RULE_RAM_SHORT, c->offset, "size",
				"0x%llx bytes do not fit: 0x%llx are left in one piece",
				(unsigned long long)c->size,
				(unsigned long long)free_largest(left));
}

/* What is left of the largest range: without Bulkhead's own needs, the tables of all above all. */
static void place_rest(struct manifest *m, const struct manifest_board *left,
		       struct memory_config *c, int offset, u64 placed)
{
	u64 own = OWN_RESERVE + placed / TABLE_SPAN + REST_STEP;
	u64 most = free_largest(left);

	most = most > own ? most - own : 0U;
	c->size = ALIGN_DOWN(most - most / TABLE_SPAN, REST_STEP);
	if (c->size == 0U)
		manifest_refuse(m, RULE_RAM_REST, offset, "size",
				"nothing is left: 0x%llx bytes in one piece, less what Bulkhead "
				"needs itself",
				(unsigned long long)free_largest(left));
}

typedef void (*place_fn)(struct manifest *m, struct manifest_board *left, const struct chunk *c);

/* Every chunk in the order in which partitions are built: what is shared first. */
static void place_all(struct manifest *m, struct manifest_board *left, place_fn fn)
{
	const struct draft *d = m->draft;

	for (u32 i = 0; i < d->region_count; i++)
		fn(m, left,
		   &(struct chunk){ d->region[i].place, d->region[i].size, PAGE_SIZE,
				    d->region[i].n.offset });
	for (u32 i = 0; i < d->channel_count; i++)
		fn(m, left,
		   &(struct chunk){ PLACE_ANY, d->channel[i].size, PAGE_SIZE,
				    d->channel[i].n.offset });
	for (u32 i = 0; i < d->partition_count; i++) {
		const struct draft_partition *p = &d->partition[i];

		for (u32 n = 0; n < p->memory_count; n++)
			fn(m, left,
			   &(struct chunk){ p->memory[n].place, p->memory[n].size,
					    manifest_align(p->memory[n].size),
					    p->memory[n].n.offset });
	}
}

static u64 placed_bytes(const struct manifest_board *before, const struct manifest_board *left)
{
	u64 sum = 0;

	for (u32 i = 0; i < before->free_count; i++)
		sum += before->free[i].size;
	for (u32 i = 0; i < left->free_count; i++)
		sum -= left->free[i].size;
	return sum;
}

static void ram_share_out(struct manifest *m)
{
	static struct manifest_board left;
	bool rest = false;

	left = *m->board;
	place_all(m, &left, place_fixed);
	place_all(m, &left, place_any);
	for (u32 i = 0; i < m->draft->partition_count; i++) {
		const struct draft_partition *p = &m->draft->partition[i];

		for (u32 n = 0; n < p->memory_count; n++) {
			const struct draft_memory *d = &p->memory[n];

			if (d->size != SIZE_REST)
				continue;
			if (rest || d->place != PLACE_ANY)
				manifest_refuse(m, RULE_RAM_REST, d->n.offset, "size",
						rest ? "another memory takes the rest"
						     : "the rest has no place of its own");
			else
				place_rest(m, &left, &m->out->partition[i].memory[n], d->n.offset,
					   placed_bytes(m->board, &left));
			rest = true;
		}
	}
}

/* ---- regions and channels ------------------------------------------------------------------- */

static const u32 rights_words[] = { PT_R, PT_R | PT_W, PT_R | PT_X, PT_R | PT_W | PT_X };

static void shared_take(struct manifest *m, u32 id, const struct draft_shared *s)
{
	struct partition_config *p = &m->out->partition[id];
	u32 region = 0;

	while (region < m->draft->region_count && m->draft->region[region].n.phandle != s->region)
		region++;
	if (s->region == 0U || region == m->draft->region_count) {
		manifest_refuse(m, RULE_REFERENCE, s->n.offset, "region",
				"the reference leads to no node of /regions");
		return;
	}
	if (s->n.unit == PLACE_ANY) {
		manifest_refuse(m, RULE_UNIT, s->n.offset, NULL,
				"a unit address is needed: where the partition sees it");
		return;
	}
	for (u32 i = 0; i < p->attach_count; i++) {
		if (p->attach[i].region == region)
			manifest_refuse(m, RULE_REGION_TWICE, s->n.offset, "region",
					"%s is there twice", m->draft->region[region].n.name);
	}
	p->attach[p->attach_count++] = (struct attach_config){
		.region = region,
		.gpa = GPA(s->n.unit),
		.rights = rights_words[s->rights],
	};
}

static void regions_take(struct manifest *m)
{
	const struct draft *d = m->draft;

	m->out->region_count = d->region_count;
	for (u32 i = 0; i < d->region_count; i++)
		m->out->region[i] = (struct region_config){
			.name = d->region[i].n.name,
			.size = d->region[i].size,
			.place = d->region[i].place,
		};
	for (u32 i = 0; i < d->partition_count; i++) {
		for (u32 n = 0; n < d->partition[i].shared_count; n++)
			shared_take(m, i, &d->partition[i].shared[n]);
	}
}

/* Gives an end of a channel its view of the region and its doorbell. */
static void channel_end(struct manifest *m, const struct draft_channel *d, u32 region, u32 id,
			u32 *intid)
{
	struct partition_config *p = &m->out->partition[id];
	u32 bells = 0;

	for (u32 i = 0; i < m->out->channel_count; i++)
		bells += (m->out->channel[i].partition[0] == id ? 1U : 0U) +
			 (m->out->channel[i].partition[1] == id ? 1U : 0U);
	if (bells >= m->board->vplat->bell_count) {
		manifest_refuse(m, RULE_ENDS, d->n.offset, "ends",
				"partition %s has %u doorbells, and all are in use", p->name,
				m->board->vplat->bell_count);
		return;
	}
	*intid = m->board->vplat->bell_intid + bells;
	if (p->attach_count == PARTITION_ATTACH_MAX) {
		manifest_refuse(m, RULE_MANY, d->n.offset, "ends",
				"partition %s sees %u regions and channels, and no more fit",
				p->name, PARTITION_ATTACH_MAX);
		return;
	}
	p->attach[p->attach_count++] = (struct attach_config){
		.region = region,
		.gpa = GPA(d->address),
		.rights = PT_R | PT_W,
	};
}

static void channel_take(struct manifest *m, const struct draft_channel *d)
{
	u32 region = m->out->region_count;
	struct channel_config c = { .name = d->n.name, .region = region, .bells = d->bells };

	for (u32 i = 0; i < 2U; i++)
		c.partition[i] = draft_partition_find(m->draft, draft_cell(&d->ends, i));
	if (c.partition[0] == PARTITIONS_MAX || c.partition[1] == PARTITIONS_MAX) {
		manifest_refuse(m, RULE_REFERENCE, d->n.offset, "ends",
				"reference %u leads to no partition",
				c.partition[0] == PARTITIONS_MAX ? 1U : 2U);
		return;
	}
	if (c.partition[0] == c.partition[1]) {
		manifest_refuse(m, RULE_ENDS, d->n.offset, "ends", "both ends are partition %s",
				m->out->partition[c.partition[0]].name);
		return;
	}
	if (region == SYSTEM_REGIONS_MAX) {
		manifest_refuse(m, RULE_MANY, d->n.offset, NULL,
				"%u regions and channels together, and no more fit",
				SYSTEM_REGIONS_MAX);
		return;
	}
	m->out->region[region] = (struct region_config){ d->n.name, d->size, PLACE_ANY };
	m->out->region_count++;
	for (u32 i = 0; i < 2U; i++)
		channel_end(m, d, region, c.partition[i], &c.intid[i]);
	m->out->channel[m->out->channel_count++] = c;
}

/* ---- what a partition sees ------------------------------------------------------------------ */

static void span_add(struct manifest *m, struct spans *s, struct span add)
{
	u64 limit = BIT(m->board->vplat->gpa_bits);

	if (!range_inside(add.base, add.size, 0, limit)) {
		manifest_refuse(m, RULE_GPA, add.offset, NULL,
				"%s: 0x%llx, 0x%llx bytes; the partition's addresses end at 0x%llx",
				add.what, (unsigned long long)add.base,
				(unsigned long long)add.size, (unsigned long long)limit);
		return;
	}
	for (u32 i = 0; i < s->count; i++) {
		const struct span *o = &s->list[i];

		if (range_overlaps(add.base, add.size, o->base, o->size)) {
			manifest_refuse(m, RULE_GPA_OVERLAP, add.offset, NULL,
					"%.40s: 0x%llx to 0x%llx overlaps %.40s: 0x%llx to 0x%llx",
					add.what, (unsigned long long)add.base,
					(unsigned long long)(add.base + add.size - 1U), o->what,
					(unsigned long long)o->base,
					(unsigned long long)(o->base + o->size - 1U));
			return;
		}
	}
	if (s->count < SPANS_MAX)
		s->list[s->count++] = add;
}

/* Not those of PCI functions: they are in the windows of the PCI host, or seen nowhere. */
static void spans_devices(struct manifest *m, struct spans *s, const struct partition_config *p,
			  int offset)
{
	for (u32 i = 0; i < p->device_count; i++) {
		if (p->device[i].pci)
			continue;
		for (u32 n = 0; n < p->device[i].range_count; n++) {
			struct span add = { p->device[i].range[n].gpa.v, p->device[i].range[n].size,
					    p->device[i].path, offset };
			bool same = false;

			/* Devices of one group share pages, and may. */
			for (u32 k = 0; k < s->count; k++)
				same = same || (s->list[k].what[0] == '/' &&
						range_overlaps(add.base, add.size, s->list[k].base,
							       s->list[k].size));
			if (!same)
				span_add(m, s, add);
		}
	}
}

/* Functions are named by their addresses; whether they are there the board knows. */
static bool names_function(const struct draft_value *v)
{
	const char *path = draft_string(v, NULL);
	pci_sbdf_t f;

	while (path != NULL && !machine_device_pci_path(path, &f))
		path = draft_string(v, path);
	return path != NULL;
}

/* A PCI host, which a partition with PCI functions has. */
static void spans_pci(struct manifest *m, struct spans *s, const struct draft_partition *d)
{
	const struct vplat *v = m->board->vplat;
	const int offset = d->n.offset;

	if (!names_function(&d->devices))
		return;
	span_add(m, s,
		 (struct span){ v->pci.config.v, v->pci.config_size, "PCI configuration space",
				offset });
	span_add(m, s, (struct span){ v->pci.window.v, v->pci.window_size, "PCI window", offset });
	span_add(m, s,
		 (struct span){ v->pci.window64.v, v->pci.window64_size, "PCI window above 4 GiB",
				offset });
}

/* Everything that partition @id sees, none of it in the same place. */
static void spans_check(struct manifest *m, u32 id)
{
	static struct spans spans;
	const struct draft_partition *d = &m->draft->partition[id];
	const struct partition_config *p = &m->out->partition[id];

	spans.count = 0;
	for (u32 i = 0; i < p->memory_count; i++)
		span_add(m, &spans,
			 (struct span){ p->memory[i].gpa.v, p->memory[i].size, "memory",
					d->memory[i].n.offset });
	for (u32 i = 0; i < p->attach_count; i++) {
		const struct region_config *r = &m->out->region[p->attach[i].region];
		int offset = i < d->shared_count ? d->shared[i].n.offset : d->n.offset;

		span_add(m, &spans, (struct span){ p->attach[i].gpa.v, r->size, r->name, offset });
	}
	span_add(m, &spans,
		 (struct span){ m->board->vplat->intc.v, m->board->vplat->intc_size,
				"interrupt controller", d->n.offset });
	if (p->console && m->board->vplat->uart.v != 0U)
		span_add(m, &spans,
			 (struct span){ m->board->vplat->uart.v, VPLAT_UART_SIZE, "console",
					d->n.offset });
	spans_pci(m, &spans, d);
	spans_devices(m, &spans, p, d->n.offset);
}

static bool in_memory(const struct partition_config *p, u64 gpa)
{
	for (u32 i = 0; i < p->memory_count; i++) {
		if (range_inside(gpa, 1, p->memory[i].gpa.v, p->memory[i].size))
			return true;
	}
	return false;
}

/* The loader finds out whether all of a payload fits. */
static void payload_address(struct manifest *m, u32 id, const struct draft_kernel *d,
			    const char *property, u64 gpa)
{
	if (d->n.there && gpa != PLACE_ANY && !in_memory(&m->out->partition[id], gpa))
		manifest_refuse(m, RULE_PAYLOAD_ADDRESS, d->n.offset, property,
				"0x%llx is not in the partition's memory", (unsigned long long)gpa);
}

static u64 payload_size(const struct manifest *m, const struct draft_kernel *k)
{
	for (u32 i = 0; k->n.there && i < m->board->payload_count; i++) {
		if (strcmp(m->board->payload[i].name, k->payload) == 0)
			return m->board->payload[i].size;
	}
	return 0;
}

/* The memory that @gpa is in, or the first one where nothing is said. */
static const struct memory_config *memory_of(const struct partition_config *p, u64 gpa)
{
	for (u32 i = 0; i < p->memory_count; i++) {
		if (range_inside(gpa, 1, p->memory[i].gpa.v, p->memory[i].size))
			return &p->memory[i];
	}
	return &p->memory[0];
}

/* Where in it they go is the loader's business, and how much a kernel needs beyond its file. */
static void payloads_fit(struct manifest *m, u32 id)
{
	const struct draft_partition *d = &m->draft->partition[id];
	const struct memory_config *first = memory_of(&m->out->partition[id], d->kernel.load);
	const struct memory_config *second = memory_of(&m->out->partition[id], d->ramdisk.load);
	const u64 kernel = payload_size(m, &d->kernel);
	const u64 ramdisk = payload_size(m, &d->ramdisk);
	const bool alone = kernel > first->size || first != second || ramdisk == 0U;

	if (kernel > first->size || (first == second && ramdisk > first->size - kernel))
		manifest_refuse(m, RULE_PAYLOAD_SIZE, d->kernel.n.offset, "payload",
				"%.47s%s: 0x%llx bytes for a memory of 0x%llx", d->kernel.payload,
				alone ? "" : " and the ramdisk",
				(unsigned long long)(alone ? kernel : kernel + ramdisk),
				(unsigned long long)first->size);
	else if (ramdisk > second->size)
		manifest_refuse(m, RULE_PAYLOAD_SIZE, d->ramdisk.n.offset, "payload",
				"%.47s: 0x%llx bytes for a memory of 0x%llx", d->ramdisk.payload,
				(unsigned long long)ramdisk, (unsigned long long)second->size);
}

/* Without an IOMMU a device uses the addresses that its driver writes as they are. */
static void dma_place_check(struct manifest *m, u32 id)
{
	const struct draft_partition *d = &m->draft->partition[id];
	const struct partition_config *p = &m->out->partition[id];

	for (u32 i = 0; i < p->memory_count && d->unprotected_dma; i++) {
		if (p->memory[i].place != p->memory[i].gpa.v)
			manifest_refuse(m, RULE_DMA_PLACE, d->memory[i].n.offset, "place",
					"seen at 0x%llx: expected to lie there too",
					(unsigned long long)p->memory[i].gpa.v);
	}
}

void manifest_memory(struct manifest *m)
{
	const struct draft *d = m->draft;

	for (u32 i = 0; i < d->partition_count; i++) {
		struct partition_config *p = &m->out->partition[i];

		p->memory_count = d->partition[i].memory_count;
		for (u32 n = 0; n < p->memory_count; n++) {
			const struct draft_memory *from = &d->partition[i].memory[n];

			p->memory[n] = (struct memory_config){
				.gpa = from->n.unit == PLACE_ANY ? m->board->vplat->ram
								 : GPA(from->n.unit),
				.size = from->size,
				.place = from->place,
			};
		}
	}
	ram_share_out(m);
	regions_take(m);
	for (u32 i = 0; i < d->channel_count; i++)
		channel_take(m, &d->channel[i]);
	for (u32 i = 0; i < d->partition_count; i++) {
		spans_check(m, i);
		payload_address(m, i, &d->partition[i].kernel, "load", d->partition[i].kernel.load);
		payload_address(m, i, &d->partition[i].kernel, "entry",
				d->partition[i].kernel.entry);
		payload_address(m, i, &d->partition[i].ramdisk, "load",
				d->partition[i].ramdisk.load);
		payloads_fit(m, i);
		dma_place_check(m, i);
	}
}
