// SPDX-License-Identifier: Apache-2.0
/*
 * Who has which device. Devices that share a page or a stream id cannot be told apart by stage 2
 * or an IOMMU, so they go together.
 */
#include <bulkhead/lib/string.h>

#include "manifest_internal.h"

#define NOBODY 0xffU

/* Owners, by place in the board's list. */
struct owners {
	u8 of[MACHINE_DEVICES_MAX];
};

/* Why a device cannot go to a partition; RULES: it can. */
struct objection {
	enum manifest_rule rule;
	const char *text;
	const char *other; /* what it collides with; "" */
};

#define FITS ((struct objection){ RULES, "", "" })

static bool pages_shared(const struct machine_device *d, u64 base, u64 size)
{
	u64 first = ALIGN_DOWN(base, PAGE_SIZE);
	u64 last = size == 0U ? first : ALIGN_DOWN(base + (size - 1U), PAGE_SIZE);

	for (u32 i = 0; i < d->range_count; i++) {
		u64 mine = ALIGN_DOWN(d->range[i].base.v, PAGE_SIZE);
		u64 end = d->range[i].base.v + d->range[i].size;

		if (d->range[i].size != 0U && mine <= last && first <= end - 1U)
			return true;
	}
	return false;
}

static bool irqchip_has(const struct machine_irqchip *c, const struct machine_device *d)
{
	bool has = pages_shared(d, c->base.v, c->size);

	if (c->kind == IRQCHIP_GICV2)
		has = has || pages_shared(d, c->gicv2.cpu.v, c->gicv2.cpu_size);
	if (c->kind == IRQCHIP_GICV3) {
		for (u32 i = 0; i < c->gicv3.redist_count; i++)
			has = has ||
			      pages_shared(d, c->gicv3.redist[i].base.v, c->gicv3.redist[i].size);
	}
	return has;
}

static bool segment_has(const struct machine_segment *s, const struct machine_device *d)
{
	const struct machine_dw *dw = &s->dw;

	if (dw->dbi.size == 0U)
		return pages_shared(d, s->ecam.v, s->ecam_size);
	return pages_shared(d, dw->dbi.base.v, dw->dbi.size) ||
	       pages_shared(d, dw->config.base.v, dw->config.size) ||
	       (dw->atu.size != 0U && pages_shared(d, dw->atu.base.v, dw->atu.size));
}

bool manifest_device_is_own(const struct manifest_board *b, const struct machine_device *d)
{
	const struct machine *m = b->machine;
	bool own = b->slot.size != 0U && pages_shared(d, b->slot.base.v, b->slot.size);

	for (u32 i = 0; i < m->irqchip_count; i++)
		own = own || irqchip_has(&m->irqchip[i], d);
	for (u32 i = 0; i < m->iommu_count; i++)
		own = own || pages_shared(d, m->iommu[i].base.v, m->iommu[i].size);
	for (u32 i = 0; i < m->segment_count; i++)
		own = own || segment_has(&m->segment[i], d);
	for (u32 i = 0; i < m->uart_count; i++)
		own = own ||
		      (m->uart[i].console && pages_shared(d, m->uart[i].base.v, m->uart[i].size));
	return own;
}

static bool irq_is_own(const struct machine *m, u32 intid)
{
	for (u32 i = 0; i < m->iommu_count; i++) {
		if (m->iommu[i].irq_event == intid || m->iommu[i].irq_gerror == intid)
			return true;
	}
	for (u32 i = 0; i < m->uart_count; i++) {
		if (m->uart[i].console && m->uart[i].irq == intid)
			return true;
	}
	return false;
}

/* Is @path among the strings of the list? */
static bool listed(const struct draft_value *list, const char *path)
{
	const char *s = draft_string(list, NULL);

	while (s != NULL && strcmp(s, path) != 0)
		s = draft_string(list, s);
	return s != NULL;
}

/* Does @intid have another meaning in the guest: its console, or a doorbell? */
static bool irq_is_virtual(const struct manifest *m, const struct draft_partition *p, u32 intid)
{
	const struct vplat *v = m->board->vplat;

	return (p->console && intid == v->uart_intid) ||
	       (m->draft->channel_count != 0U && intid >= v->bell_intid &&
		intid - v->bell_intid < v->bell_count);
}

/* What can be said of @d alone. */
static struct objection device_alone(const struct manifest *m, u32 id,
				     const struct machine_device *d)
{
	const struct draft_partition *p = &m->draft->partition[id];

	if (manifest_device_is_own(m->board, d))
		return (struct objection){ RULE_DEVICE_OWN, "Bulkhead drives it itself", "" };
	if (d->obstacle != NULL)
		return (struct objection){ RULE_DEVICE_WHOLE, d->obstacle, "" };
	for (u32 i = 0; i < d->irq_count; i++) {
		if (irq_is_own(m->board->machine, d->irq[i].intid))
			return (struct objection){ RULE_DEVICE_IRQ,
						   "Bulkhead takes its interrupt itself", "" };
		if (irq_is_virtual(m, p, d->irq[i].intid))
			return (struct objection){
				RULE_DEVICE_IRQ,
				"its interrupt is that of the console or of a doorbell", ""
			};
	}
	if (d->stream_count == 0U && !d->registers_only && !p->unprotected_dma &&
	    !listed(&p->registers_only, d->path))
		return (struct objection){ RULE_DEVICE_DMA, "it may do DMA, and no IOMMU covers it",
					   "" };
	return FITS;
}

static bool in_one_group(const struct machine_device *a, const struct machine_device *b)
{
	if (a->group != 0U && a->group == b->group)
		return true;
	for (u32 i = 0; i < b->range_count; i++) {
		if (pages_shared(a, b->range[i].base.v, b->range[i].size))
			return true;
	}
	for (u32 i = 0; i < a->stream_count; i++) {
		for (u32 n = 0; n < b->stream_count; n++) {
			if (a->stream[i].id == b->stream[n].id &&
			    a->stream[i].iommu.v == b->stream[n].iommu.v)
				return true;
		}
	}
	return false;
}

static bool irq_shared(const struct machine_device *a, const struct machine_device *b)
{
	for (u32 i = 0; i < a->irq_count; i++) {
		for (u32 n = 0; n < b->irq_count; n++) {
			if (a->irq[i].intid == b->irq[n].intid)
				return true;
		}
	}
	return false;
}

/* What others have to do with device @k of partition @id. */
static struct objection device_beside(const struct manifest *m, const struct owners *owners, u32 id,
				      u32 k, bool rest)
{
	const struct machine_devices *list = m->board->devices;
	const struct machine_device *d = &list->device[k];

	for (u32 i = 0; i < list->count; i++) {
		const struct machine_device *o = &list->device[i];
		bool theirs = owners->of[i] != NOBODY && owners->of[i] != id;
		/* Who takes the rest takes the whole group, if all of it can be taken. */
		bool apart = theirs || (owners->of[i] == NOBODY &&
					(!rest || device_alone(m, id, o).rule != RULES));

		if (i != k && apart && in_one_group(d, o))
			return (struct objection){ RULE_DEVICE_GROUP,
						   d->group != 0U && d->group == o->group
							   ? "is of one PCI group with "
							   : "shares a page or a stream id with ",
						   o->path };
		if (i != k && theirs && irq_shared(d, o))
			return (struct objection){ RULE_DEVICE_IRQ, "shares an interrupt with ",
						   o->path };
	}
	return FITS;
}

static void object(struct manifest *m, u32 id, const char *path, struct objection o)
{
	if (o.rule != RULES)
		manifest_refuse(m, o.rule, m->draft->partition[id].n.offset, "devices",
				"%.60s: %s%.60s", path, o.text, o.other);
}

static void device_named(struct manifest *m, struct owners *owners, u32 id, const char *path)
{
	const struct machine_devices *list = m->board->devices;
	const struct machine_device *d = machine_device_find(list, path);
	pci_sbdf_t f;
	u32 owner;

	/* The board will know. */
	if (d == NULL && m->board->functions_unknown && machine_device_pci_path(path, &f))
		return;
	if (d == NULL) {
		object(m, id, path,
		       (struct objection){ RULE_DEVICE_ABSENT,
					   list->dropped == 0U
						   ? "the board has no such device"
						   : "the board has no such device among the first "
						     "that fit Bulkhead's list",
					   "" });
		return;
	}
	owner = owners->of[d - list->device];
	if (owner == id) {
		object(m, id, path, (struct objection){ RULE_DEVICE_SHARED, "is there twice", "" });
	} else if (owner != NOBODY) {
		object(m, id, path,
		       (struct objection){ RULE_DEVICE_SHARED, "belongs to partition ",
					   m->draft->partition[owner].n.name });
	} else {
		struct objection o = device_alone(m, id, d);

		object(m, id, path, o);
		if (o.rule == RULES)
			owners->of[d - list->device] = (u8)id;
	}
}

static u32 strings(const struct draft_value *list)
{
	u32 n = 0;

	for (u32 i = 0; i < list->size; i++)
		n += list->data[i] == '\0' ? 1U : 0U;
	return n;
}

/* The number beside @path in the partition's two lists; 0: none. */
static u32 line_of(const struct draft_partition *p, const char *path)
{
	const char *s = draft_string(&p->devices, NULL);
	u32 i = 0;

	while (s != NULL && strcmp(s, path) != 0) {
		s = draft_string(&p->devices, s);
		i++;
	}
	return s != NULL && i < p->lines.size / 4U ? draft_cell(&p->lines, i) : 0U;
}

static bool wants_rest(const struct draft_value *v)
{
	return v->size == 5U && memcmp(v->data, "rest", 5) == 0;
}

static void devices_named(struct manifest *m, struct owners *owners, u32 id)
{
	const struct draft_value *v = &m->draft->partition[id].devices;

	if (wants_rest(v))
		return;
	for (const char *path = draft_string(v, NULL); path != NULL; path = draft_string(v, path))
		device_named(m, owners, id, path);
}

static void devices_rest(struct manifest *m, struct owners *owners, u32 id)
{
	const struct machine_devices *list = m->board->devices;

	for (u32 k = 0; k < list->count; k++) {
		/* A guest finds no function that it was not given by name. */
		if (owners->of[k] == NOBODY && !list->device[k].pci &&
		    device_alone(m, id, &list->device[k]).rule == RULES &&
		    device_beside(m, owners, id, k, true).rule == RULES)
			owners->of[k] = (u8)id;
	}
}

static void device_copy(const struct manifest *m, u32 id, const struct machine_device *d,
			struct device_config *out)
{
	out->path = d->path;
	out->pci = d->pci;
	out->function = d->function;
	out->range_count = d->range_count;
	for (u32 i = 0; i < d->range_count; i++) {
		u64 base = ALIGN_DOWN(d->range[i].base.v, PAGE_SIZE);

		out->range[i].base = HPA(base);
		out->range[i].gpa = GPA(base);
		out->range[i].size =
			ALIGN_UP(d->range[i].base.v - base + d->range[i].size, PAGE_SIZE);
	}
	out->irq_count = d->irq_count;
	for (u32 i = 0; i < d->irq_count; i++) {
		out->irq[i].intid = d->irq[i].intid;
		out->irq[i].level = d->irq[i].level;
	}
	out->stream_count = d->stream_count;
	for (u32 i = 0; i < d->stream_count; i++) {
		out->stream[i].iommu = d->stream[i].iommu;
		out->stream[i].id = d->stream[i].id;
	}
	out->unprotected_dma = d->stream_count == 0U && !d->registers_only &&
			       !listed(&m->draft->partition[id].registers_only, d->path);
	out->no_reset = listed(&m->draft->partition[id].no_reset, d->path);
	out->line = line_of(&m->draft->partition[id], d->path);
}

static void devices_copy(struct manifest *m, const struct owners *owners, u32 id)
{
	struct partition_config *p = &m->out->partition[id];

	p->device = &m->out->device[m->out->device_count];
	for (u32 k = 0; k < m->board->devices->count; k++) {
		if (owners->of[k] == id) {
			device_copy(m, id, &m->board->devices->device[k],
				    &m->out->device[m->out->device_count]);
			m->out->device_count++;
			p->device_count++;
		}
	}
}

#define FITS_CONFIG(board, config) _Static_assert((board) <= (config), "all of it is handed over")
FITS_CONFIG(MACHINE_DEVICES_MAX, SYSTEM_DEVICES_MAX);
FITS_CONFIG(MACHINE_DEVICE_RANGES_MAX, DEVICE_RANGES_MAX);
FITS_CONFIG(MACHINE_DEVICE_IRQS_MAX, DEVICE_IRQS_MAX);
FITS_CONFIG(MACHINE_DEVICE_STREAMS_MAX, DEVICE_STREAMS_MAX);

/* Who takes the rest does so after all others, and is the only one. */
static void rest_take(struct manifest *m, struct owners *owners)
{
	u32 taker = PARTITIONS_MAX;

	for (u32 i = 0; i < m->draft->partition_count; i++) {
		if (!wants_rest(&m->draft->partition[i].devices))
			continue;
		if (taker != PARTITIONS_MAX)
			object(m, i, "rest",
			       (struct objection){ RULE_DEVICE_SHARED, "it is taken by partition ",
						   m->draft->partition[taker].n.name });
		else
			taker = i;
	}
	if (taker != PARTITIONS_MAX)
		devices_rest(m, owners, taker);
}

/* ---- lines of pins ---- */

static bool line_is_taken(const struct manifest *m, u32 id, u32 line)
{
	for (u32 i = 0; i < id; i++) {
		const struct draft_value *v = &m->draft->partition[i].lines;

		for (u32 k = 0; k < v->size / 4U; k++) {
			if (draft_cell(v, k) == line)
				return true;
		}
	}
	return false;
}

static const char *lines_objection(const struct manifest *m, u32 id)
{
	const struct draft_partition *d = &m->draft->partition[id];

	if (!m->board->vplat->lines_named)
		return "the board's description says where pins lead";
	if (d->lines.size / 4U != strings(&d->devices))
		return "not as many as devices";
	for (u32 i = 0; i < d->lines.size / 4U; i++) {
		const u32 line = draft_cell(&d->lines, i);

		if (line != 0U && irq_is_own(m->board->machine, line))
			return "Bulkhead takes one of them itself";
		if (line != 0U && line_is_taken(m, id, line))
			return "one of them is another partition's";
	}
	return NULL;
}

static void lines_check(struct manifest *m, u32 id)
{
	const struct draft_partition *d = &m->draft->partition[id];
	const char *why = d->lines.size == 0U ? NULL : lines_objection(m, id);

	if (why != NULL)
		manifest_refuse(m, RULE_LINES, d->n.offset, "bulkhead,lines", "%s", why);
}

#define PORT_LAST 0xffffU

static bool port_meets(u32 first, u32 last, u64 base, u32 size)
{
	return base != 0U && first <= base + (size - 1U) && base <= last;
}

/* Does Bulkhead, or every guest's own PC, have any of these ports? */
static bool ports_are_own(const struct manifest *m, u32 first, u32 last)
{
	const struct vplat *v = m->board->vplat;
	const struct machine *b = m->board->machine;
	const struct machine_power *p = &b->power;
	bool own = port_meets(first, last, p->pm_timer_port, 4) ||
		   port_meets(first, last, p->pm1a_cnt, 2) ||
		   port_meets(first, last, p->pm1b_cnt, 2) ||
		   (p->reset_known && p->reset_space == 1U &&
		    port_meets(first, last, p->reset_reg.v, 1));

	for (u32 i = 0; i < v->port_own_count; i++)
		own = own || (first <= v->port_own[i].last && v->port_own[i].first <= last);
	for (u32 i = 0; i < b->uart_count; i++)
		own = own || (b->uart[i].kind == UART_16550_PORT && b->uart[i].console &&
			      port_meets(first, last, b->uart[i].base.v, 8));
	return own;
}

/* Who has some of these ports already; NULL: nobody. */
static const char *ports_taken(const struct manifest *m, u32 first, u32 last)
{
	for (u32 i = 0; i < m->draft->partition_count; i++) {
		const struct partition_config *p = &m->out->partition[i];

		for (u32 k = 0; k < p->port_count; k++) {
			if (first <= p->port[k].last && p->port[k].first <= last)
				return p->name;
		}
	}
	return NULL;
}

static const char *ports_objection(const struct manifest *m, u32 first, u32 last)
{
	if (m->board->vplat->port_own_count == 0U)
		return "the board has no ports";
	if (first > last || last > PORT_LAST)
		return "no range of ports";
	if (ports_are_own(m, first, last))
		return "some are Bulkhead's, or every guest has them";
	return ports_taken(m, first, last) != NULL ? "some are taken" : NULL;
}

static void ports_take(struct manifest *m, u32 id)
{
	const struct draft_partition *d = &m->draft->partition[id];
	struct partition_config *p = &m->out->partition[id];

	if (d->ports.size % 8U != 0U) {
		manifest_refuse(m, RULE_PORTS, d->n.offset, "ports", "%u numbers, expected pairs",
				d->ports.size / 4U);
		return;
	}
	for (u32 i = 0; i < d->ports.size / 8U; i++) {
		const u32 first = draft_cell(&d->ports, 2U * i);
		const u32 last = draft_cell(&d->ports, 2U * i + 1U);
		const char *why = ports_objection(m, first, last);

		if (why != NULL) {
			manifest_refuse(m, RULE_PORTS, d->n.offset, "ports", "0x%x to 0x%x: %s",
					first, last, why);
			return;
		}
		p->port[p->port_count].first = (u16)first;
		p->port[p->port_count].last = (u16)last;
		p->port_count++;
	}
}

void manifest_devices(struct manifest *m)
{
	const struct machine_devices *list = m->board->devices;
	struct owners owners;

	memset(&owners, NOBODY, sizeof(owners));
	for (u32 i = 0; i < m->draft->partition_count; i++)
		devices_named(m, &owners, i);
	for (u32 k = 0; k < list->count; k++) {
		u32 id = owners.of[k];

		if (id != NOBODY)
			object(m, id, list->device[k].path,
			       device_beside(m, &owners, id, k, false));
	}
	rest_take(m, &owners);
	for (u32 i = 0; i < m->draft->partition_count; i++) {
		devices_copy(m, &owners, i);
		ports_take(m, i);
		lines_check(m, i);
	}
}
