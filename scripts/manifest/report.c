// SPDX-License-Identifier: Apache-2.0
/* What becomes of a board: who has what, and where it lies. */
#include <string.h>

#include <bulkhead/lib/pt.h>

#include "manifest_check.h"

#define OUTPUT_BITS 48U

struct report {
	FILE *out;
	const struct manifest_board *board;
	const struct system_config *config;
	struct manifest_board left;
	struct pt_format format;
	bool first; /* of the list that is being written */
};

static unsigned long long wide(u64 v)
{
	return (unsigned long long)v;
}

static void list_begin(struct report *r, const char *key)
{
	(void)fprintf(r->out, "\"%s\": [", key);
	r->first = true;
}

static void item(struct report *r)
{
	(void)fputs(r->first ? "\n  " : ",\n  ", r->out);
	r->first = false;
}

static void name_write(struct report *r, const char *key, const char *text)
{
	(void)fprintf(r->out, "\"%s\": ", key);
	json_string(r->out, text);
}

/* What is placed by the manifest is taken first, as when partitions are built. */
static void claim_fixed(struct report *r)
{
	for (u32 i = 0; i < r->config->region_count; i++)
		if (r->config->region[i].place != PLACE_ANY)
			(void)manifest_claim(&r->left, r->config->region[i].place,
					     r->config->region[i].size);
	for (u32 i = 0; i < r->config->partition_count; i++) {
		const struct partition_config *p = &r->config->partition[i];

		for (u32 n = 0; n < p->memory_count; n++)
			if (p->memory[n].place != PLACE_ANY)
				(void)manifest_claim(&r->left, p->memory[n].place,
						     p->memory[n].size);
	}
}

static u64 place_of(struct report *r, u64 place, u64 size, u64 align)
{
	hpa_t at = HPA(place);

	if (place == PLACE_ANY && manifest_place(&r->left, size, align, &at) != 0)
		return 0;
	return at.v;
}

static void region_write(struct report *r, const struct region_config *c)
{
	item(r);
	(void)fputc('{', r->out);
	name_write(r, "name", c->name);
	(void)fprintf(r->out, ", \"size\": %llu, \"hpa\": %llu, \"fixed\": %s}", wide(c->size),
		      wide(place_of(r, c->place, c->size, PAGE_SIZE)),
		      c->place == PLACE_ANY ? "false" : "true");
}

static void rights_write(struct report *r, u32 rights)
{
	(void)fprintf(r->out, "\"rights\": \"%s%s%s\"", (rights & PT_R) != 0U ? "r" : "",
		      (rights & PT_W) != 0U ? "w" : "", (rights & PT_X) != 0U ? "x" : "");
}

static u64 memory_write(struct report *r, const struct partition_config *p)
{
	u64 tables = 0;

	list_begin(r, "memory");
	for (u32 i = 0; i < p->memory_count; i++) {
		const struct memory_config *m = &p->memory[i];

		item(r);
		(void)fprintf(r->out,
			      "{\"gpa\": %llu, \"size\": %llu, \"hpa\": %llu, \"fixed\": %s}",
			      wide(m->gpa.v), wide(m->size),
			      wide(place_of(r, m->place, m->size, manifest_align(m->size))),
			      m->place == PLACE_ANY ? "false" : "true");
		tables += pt_tables_max(&r->format, m->gpa.v, m->size);
	}
	(void)fputs("],\n ", r->out);
	return tables;
}

static u64 shared_write(struct report *r, const struct partition_config *p)
{
	u64 tables = 0;

	list_begin(r, "shared");
	for (u32 i = 0; i < p->attach_count; i++) {
		const struct attach_config *a = &p->attach[i];
		const struct region_config *c = &r->config->region[a->region];

		item(r);
		(void)fputc('{', r->out);
		name_write(r, "region", c->name);
		(void)fprintf(r->out, ", \"gpa\": %llu, \"size\": %llu, ", wide(a->gpa.v),
			      wide(c->size));
		rights_write(r, a->rights);
		(void)fputc('}', r->out);
		tables += pt_tables_max(&r->format, a->gpa.v, c->size);
	}
	(void)fputs("],\n ", r->out);
	return tables;
}

static void device_write(struct report *r, const struct device_config *d)
{
	item(r);
	(void)fputc('{', r->out);
	name_write(r, "path", d->path);
	(void)fprintf(r->out, ", \"dma\": \"%s\", \"ranges\": [",
		      d->unprotected_dma      ? "unprotected"
		      : d->stream_count == 0U ? "none"
					      : "IOMMU");
	for (u32 i = 0; i < d->range_count; i++)
		(void)fprintf(r->out, "%s[%llu, %llu]", i == 0U ? "" : ", ",
			      wide(d->range[i].base.v), wide(d->range[i].size));
	(void)fputs("], \"interrupts\": [", r->out);
	for (u32 i = 0; i < d->irq_count; i++)
		(void)fprintf(r->out, "%s%u", i == 0U ? "" : ", ", d->irq[i].intid);
	(void)fputs("]}", r->out);
}

static u64 devices_write(struct report *r, const struct partition_config *p)
{
	u64 tables = 0;

	list_begin(r, "devices");
	for (u32 i = 0; i < p->device_count; i++) {
		const struct device_config *d = &p->device[i];

		device_write(r, d);
		for (u32 n = 0; n < d->range_count; n++)
			tables += pt_tables_max(&r->format, d->range[n].gpa.v, d->range[n].size);
	}
	(void)fputs("],\n ", r->out);
	return tables;
}

static void ports_write(struct report *r, const struct partition_config *p)
{
	list_begin(r, "ports");
	for (u32 i = 0; i < p->port_count; i++) {
		item(r);
		(void)fprintf(r->out, "[%u, %u]", p->port[i].first, p->port[i].last);
	}
	(void)fputs("],\n ", r->out);
}

static void partition_write(struct report *r, const struct partition_config *p)
{
	static const char *const types[PAYLOAD_TYPES] = { "raw", "elf",       "linux",
							  "pvh", "multiboot", "real" };
	u64 tables;

	(void)fputs("\n{", r->out);
	name_write(r, "name", p->name);
	(void)fputs(", ", r->out);
	name_write(r, "kernel", p->kernel.name);
	(void)fprintf(r->out, ", \"type\": \"%s\", \"console\": %s, \"cpus\": [",
		      types[p->kernel.type], p->console ? "true" : "false");
	for (u32 i = 0, n = 0; i < 64U; i++)
		if ((p->cpus & BIT(i)) != 0U)
			(void)fprintf(r->out, "%s%u", n++ == 0U ? "" : ", ", i);
	(void)fprintf(r->out, "], \"after\": %llu, \"manages\": %llu,\n ", wide(p->after),
		      wide(p->manages));
	tables = memory_write(r, p);
	tables += shared_write(r, p);
	tables += devices_write(r, p);
	ports_write(r, p);
	(void)fprintf(r->out, "\"tables\": %llu}", wide(tables));
}

static void partitions_write(struct report *r)
{
	(void)fputs("\"partitions\": [", r->out);
	for (u32 i = 0; i < r->config->partition_count; i++) {
		if (i != 0U)
			(void)fputc(',', r->out);
		partition_write(r, &r->config->partition[i]);
	}
	(void)fputs("],\n", r->out);
}

static void channels_write(struct report *r)
{
	list_begin(r, "channels");
	for (u32 i = 0; i < r->config->channel_count; i++) {
		const struct channel_config *c = &r->config->channel[i];

		item(r);
		(void)fputc('{', r->out);
		name_write(r, "name", c->name);
		(void)fprintf(r->out, ", \"ends\": [%u, %u], \"interrupts\": [%u, %u]}",
			      c->partition[0], c->partition[1], c->intid[0], c->intid[1]);
	}
	(void)fputs("],\n", r->out);
}

static void windows_write(struct report *r, const char *key, const struct window_list *l)
{
	(void)fprintf(r->out, ", \"%s\": [", key);
	for (u32 i = 0; i < l->count; i++)
		(void)fprintf(
			r->out, "%s[%d, %u]", i == 0U ? "" : ", ",
			l->window[i].partition == PARTITIONS_MAX ? -1 : (int)l->window[i].partition,
			l->window[i].us);
	(void)fputc(']', r->out);
}

static void schedules_write(struct report *r)
{
	list_begin(r, "schedules");
	for (u32 i = 0; i < r->config->schedule_count; i++) {
		const struct schedule_config *s = &r->config->schedule[i];

		item(r);
		(void)fputc('{', r->out);
		name_write(r, "name", s->name);
		(void)fprintf(r->out, ", \"cpus\": %llu", wide(s->cpus));
		windows_write(r, "normal", &s->mode[MODE_NORMAL]);
		windows_write(r, "degraded", &s->mode[MODE_DEGRADED]);
		(void)fputc('}', r->out);
	}
	(void)fputs("],\n", r->out);
}

static void ranges_write(struct report *r, const char *key, const struct machine_range *list, u32 n)
{
	(void)fprintf(r->out, "\"%s\": [", key);
	for (u32 i = 0; i < n; i++)
		(void)fprintf(r->out, "%s[%llu, %llu]", i == 0U ? "" : ", ", wide(list[i].base.v),
			      wide(list[i].size));
	(void)fputs("],\n", r->out);
}

/* Devices that no partition has: Bulkhead's @own, or nobody's. */
static void unowned_write(struct report *r, const char *key, bool own)
{
	list_begin(r, key);
	for (u32 i = 0; i < r->board->devices->count; i++) {
		const struct machine_device *d = &r->board->devices->device[i];
		bool owned = manifest_device_is_own(r->board, d) != own;

		for (u32 n = 0; n < r->config->device_count; n++)
			owned = owned || strcmp(r->config->device[n].path, d->path) == 0;
		if (!owned) {
			item(r);
			json_string(r->out, d->path);
		}
	}
	(void)fputs("],\n", r->out);
}

void report_write(FILE *out, const struct manifest_board *board, const struct system_config *config,
		  bool arm64)
{
	static struct report r;
	const struct machine *m = board->machine;

	r.out = out;
	r.board = board;
	r.config = config;
	r.left = *board;
	(void)pt_format_init(&r.format, arm64 ? PT_VMSA_S2 : PT_NPT, board->vplat->gpa_bits,
			     OUTPUT_BITS, 0);
	(void)fputc('{', out);
	name_write(&r, "name", config->name);
	(void)fprintf(out, ", \"board_cpus\": %u,\n", board->cpu_count);
	ranges_write(&r, "ram", m->ram, m->ram_count);
	ranges_write(&r, "reserved", m->reserved, m->reserved_count);
	claim_fixed(&r);
	list_begin(&r, "regions");
	for (u32 i = 0; i < config->region_count; i++)
		region_write(&r, &config->region[i]);
	(void)fputs("],\n", out);
	partitions_write(&r);
	channels_write(&r);
	schedules_write(&r);
	unowned_write(&r, "own", true);
	unowned_write(&r, "unowned", false);
	ranges_write(&r, "free", r.left.free, r.left.free_count);
	(void)fprintf(out, "\"table_bytes\": %llu}\n", wide(1ULL << r.format.shift[0]));
}
