// SPDX-License-Identifier: Apache-2.0
#include <stdarg.h>

#include <libfdt.h>

#include <bulkhead/lib/error.h>
#include <bulkhead/lib/printf.h>
#include <bulkhead/lib/string.h>

#include "manifest_internal.h"

struct rule_row {
	const char *name;
	const char *hint;
};

static const struct rule_row rules[RULES] = {
#define RULE_ROW(rule, spelled, demand, todo) [rule] = { .name = (spelled), .hint = (todo) },
	MANIFEST_RULES(RULE_ROW)
#undef RULE_ROW
};

static void node_name(const struct manifest *m, int offset, char *buf, size_t size)
{
	buf[0] = '\0';
	if (offset >= 0 && fdt_get_path(m->fdt, offset, buf, (int)size) != 0)
		(void)bh_snprintf(buf, size, "node at offset 0x%x", (unsigned int)offset);
}

void manifest_refuse(struct manifest *m, enum manifest_rule rule, int offset, const char *property,
		     const char *fmt, ...)
{
	struct manifest_refusal later = { .rule = "" };
	struct manifest_refusal *r = m->refusals == 0U ? m->why : &later;
	va_list ap;

	m->refusals++;
	if (m->refusals > 1U && m->sink == NULL)
		return;
	r->rule = rules[rule].name;
	r->hint = rules[rule].hint;
	node_name(m, offset, r->node, sizeof(r->node));
	(void)bh_snprintf(r->property, sizeof(r->property), "%s", property == NULL ? "" : property);
	va_start(ap, fmt);
	(void)bh_vsnprintf(r->text, sizeof(r->text), fmt, ap);
	va_end(ap);
	if (m->sink != NULL)
		m->sink(m->sink_ctx, r);
}

/* What the walk takes for granted; tags it checks itself. */
static const char *tree_bad(const void *fdt, size_t size)
{
	const char *strings;

	if (size < sizeof(struct fdt_header) || !IS_ALIGNED((uintptr_t)fdt, 8U) ||
	    fdt_check_header(fdt) != 0)
		return "its header is malformed";
	if (fdt_totalsize(fdt) > size || fdt_totalsize(fdt) > MANIFEST_SIZE_MAX)
		return "it is longer than its file, or than 64 KiB";
	if (fdt_version(fdt) < 17U || fdt_last_comp_version(fdt) > 17U)
		return "it is not compatible with version 17";
	if ((fdt_off_dt_struct(fdt) & 3U) != 0U || (fdt_off_mem_rsvmap(fdt) & 7U) != 0U)
		return "a block of it is misaligned";
	strings = (const char *)fdt + fdt_off_dt_strings(fdt);
	if (fdt_size_dt_strings(fdt) == 0U || strings[fdt_size_dt_strings(fdt) - 1U] != '\0')
		return "its names do not end";
	return NULL;
}

int manifest_check(const void *fdt, size_t size, const struct manifest_board *board,
		   struct system_config *out, struct manifest_refusal *why, manifest_sink_t sink,
		   void *ctx)
{
	static struct draft draft __scratch;
	struct manifest m = {
		.fdt = fdt,
		.board = board,
		.draft = &draft,
		.out = out,
		.why = why,
		.sink = sink,
		.sink_ctx = ctx,
	};
	const char *bad = tree_bad(fdt, size);

	memset(&draft, 0, sizeof(draft));
	memset(out, 0, sizeof(*out));
	if (bad != NULL) {
		manifest_refuse(&m, RULE_TREE, -1, NULL, "%s", bad);
		return BH_EINVAL;
	}
	if (manifest_walk(&m) != 0) {
		manifest_refuse(&m, RULE_TREE, -1, NULL, "its structure is malformed");
		return BH_EINVAL;
	}
	/* Rules between nodes are worth checking only where each node says what it should. */
	if (m.refusals == 0U) {
		out->name = draft.root.model;
		manifest_partitions(&m);
		manifest_schedules(&m);
		manifest_devices(&m);
		manifest_memory(&m);
	}
	return m.refusals == 0U ? 0 : BH_EINVAL;
}

int manifest_read(const void *fdt, size_t size, const struct manifest_board *board,
		  struct system_config *out, struct manifest_refusal *why)
{
	return manifest_check(fdt, size, board, out, why, NULL, NULL);
}
