// SPDX-License-Identifier: Apache-2.0
/*
 * One walk over a manifest, against the table that manifest_binding.h makes: each property is
 * looked at once, and stored through its row of the table.
 */
#include <libfdt.h>

#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

#include "manifest_binding.h"
#include "manifest_internal.h"

enum node_kind {
#define KIND_ENUM(kind, parent, name, unit, need, text) kind,
	MANIFEST_NODES(KIND_ENUM)
#undef KIND_ENUM
		NODE_KINDS
};

enum unit_rule { UNIT_NONE, UNIT_GPA };

enum need { OPTIONAL, REQUIRED, MANY, SOME };

enum value_form {
	VALUE_FLAG,
	VALUE_CELL,
	VALUE_NUMBER,
	VALUE_SIZE,
	VALUE_STRING,
	VALUE_STRINGS,
	VALUE_WORD,
	VALUE_CELLS,
	VALUE_REF,
	VALUE_REFS,
};

struct node_row {
	const char *name;
	u8 parent;
	u8 unit;
	u8 need;
};

struct property_row {
	const char *name;
	const char *words; /* divided by '|' */
	u64 low;
	u64 high;
	u32 field; /* of the draft */
	u8 kind;
	u8 form;
	u8 need;
};

static const struct node_row nodes[NODE_KINDS] = {
#define NODE_ROW(kind, above, spelled, unit_rule, needed, text) \
	[kind] = { .name = (spelled), .parent = (above), .unit = (unit_rule), .need = (needed) },
	MANIFEST_NODES(NODE_ROW)
#undef NODE_ROW
};

static const struct property_row properties[] = {
#define PROPERTY_ROW(node, spelled, value, needed, draft, member, least, most, list, absent, text) \
	{ .name = (spelled),                                                                       \
	  .words = (list),                                                                         \
	  .low = (least),                                                                          \
	  .high = (most),                                                                          \
	  .field = (u32)offsetof(struct draft, member),                                            \
	  .kind = (node),                                                                          \
	  .form = (value),                                                                         \
	  .need = (needed) },
	MANIFEST_PROPERTIES(PROPERTY_ROW)
#undef PROPERTY_ROW
};

_Static_assert(ARRAY_SIZE(properties) <= 64U, "draft_node.seen has a bit a row");
_Static_assert(NODE_KINDS <= 32, "draft_node.children has a bit a kind");

/* Kinds nest no deeper than this; a deeper node is unknown. */
#define LEVELS 4U
#define WORD_MAX 32U
#define LETTERS_APART_MAX 2U
#define FIT_PAYLOAD_NAME 47U /* FIT_NAME_MAX without its NUL */

struct level {
	enum node_kind kind;
	struct draft_node *node;
};

struct walk {
	struct manifest *m;
	u32 depth;   /* of the current node, when it is known */
	u32 unknown; /* nodes open below one that is not of the binding */
	struct level level[LEVELS];
};

u32 draft_cell(const struct draft_value *v, u32 index)
{
	const u8 *b = v->data + (size_t)index * 4U;

	return (u32)b[0] << 24 | (u32)b[1] << 16 | (u32)b[2] << 8 | b[3];
}

const char *draft_string(const struct draft_value *list, const char *s)
{
	const char *next = s == NULL ? (const char *)list->data : s + strlen(s) + 1U;

	return (u64)(next - (const char *)list->data) < list->size ? next : NULL;
}

u32 draft_partition_find(const struct draft *d, u32 phandle)
{
	u32 i = 0;

	while (i < d->partition_count && d->partition[i].n.phandle != phandle)
		i++;
	return (phandle == 0U || i == d->partition_count) ? PARTITIONS_MAX : i;
}

/* ---- nodes ---------------------------------------------------------------------------------- */

static bool name_allowed(const char *name, size_t len, size_t most)
{
	if (len == 0U || len > most)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = name[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '.' || c == '_' || c == '-'))
			return false;
	}
	return true;
}

static enum node_kind kind_find(enum node_kind parent, const char *name, size_t len)
{
	for (u32 k = 0; k < NODE_KINDS; k++) {
		const struct node_row *row = &nodes[k];

		if (row->parent == parent && k != NODE_ROOT &&
		    (row->name[0] == '\0' ||
		     (strlen(row->name) == len && memcmp(row->name, name, len) == 0)))
			return (enum node_kind)k;
	}
	return NODE_KINDS;
}

/* Drafts of one kind: those a node may have several of have a count. */
struct slots {
	void *first;
	u32 *count; /* NULL: a single one */
	u32 max;
	size_t size;
};

#define LIST(drafts, used) \
	((struct slots){ (drafts), &(used), ARRAY_SIZE(drafts), sizeof((drafts)[0]) })
#define SINGLE(draft_of_one) ((struct slots){ &(draft_of_one), NULL, 1, sizeof(draft_of_one) })

/* The partition that is being read; its children go there. */
static struct draft_partition *partition_last(struct draft *d)
{
	return &d->partition[d->partition_count == 0U ? 0U : d->partition_count - 1U];
}

static struct slots slots_of(struct draft *d, enum node_kind kind)
{
	struct draft_partition *p = partition_last(d);

	switch (kind) {
	case NODE_PAYLOADS:
		return SINGLE(d->group[0]);
	case NODE_PARTITIONS:
		return SINGLE(d->group[1]);
	case NODE_REGIONS:
		return SINGLE(d->group[2]);
	case NODE_CHANNELS:
		return SINGLE(d->group[3]);
	case NODE_SCHEDULES:
		return SINGLE(d->group[4]);
	case NODE_SCHEDULE:
		return LIST(d->schedule, d->schedule_count);
	case NODE_PAYLOAD:
		return LIST(d->payload, d->payload_count);
	case NODE_PARTITION:
		return LIST(d->partition, d->partition_count);
	case NODE_MEMORY:
		return LIST(p->memory, p->memory_count);
	case NODE_SHARED:
		return LIST(p->shared, p->shared_count);
	case NODE_KERNEL:
		return SINGLE(p->kernel);
	case NODE_RAMDISK:
		return SINGLE(p->ramdisk);
	case NODE_REGION:
		return LIST(d->region, d->region_count);
	case NODE_CHANNEL:
		return LIST(d->channel, d->channel_count);
	default:
		return SINGLE(d->root);
	}
}

static struct draft_node *slot_at(const struct slots *s, u32 index)
{
	return (struct draft_node *)(void *)((char *)s->first + (size_t)index * s->size);
}

/* Is a node of this name, or at this unit address, there already? */
static bool node_twice(const struct slots *s, const char *name, u64 unit)
{
	u32 count = s->count == NULL ? s->max : *s->count;

	for (u32 i = 0; i < count; i++) {
		const struct draft_node *n = slot_at(s, i);

		if (n->there && n->unit == unit && strcmp(n->name, name) == 0)
			return true;
	}
	return false;
}

/* What a property says that is not there. */
static void defaults_set(void *draft, enum node_kind kind)
{
	switch (kind) {
	case NODE_ROOT:
		((struct draft_root *)draft)->model = "";
		break;
	case NODE_PARTITION:
		((struct draft_partition *)draft)->bootargs = "";
		((struct draft_partition *)draft)->restarts_max = 3;
		break;
	case NODE_MEMORY:
		((struct draft_memory *)draft)->place = PLACE_ANY;
		break;
	case NODE_KERNEL:
	case NODE_RAMDISK:
		((struct draft_kernel *)draft)->load = PLACE_ANY;
		((struct draft_kernel *)draft)->entry = PLACE_ANY;
		break;
	case NODE_SHARED:
		((struct draft_shared *)draft)->rights = 1;
		break;
	case NODE_REGION:
		((struct draft_region *)draft)->place = PLACE_ANY;
		break;
	default:
		break;
	}
}

static struct draft_node *node_add(struct walk *w, enum node_kind kind, const char *name, u64 unit,
				   int offset)
{
	struct slots s = slots_of(w->m->draft, kind);
	struct draft_node *n;

	if (node_twice(&s, name, unit)) {
		manifest_refuse(w->m, RULE_TWICE, offset, NULL, "there is another node like it");
		return NULL;
	}
	if (s.count != NULL && *s.count == s.max) {
		manifest_refuse(w->m, RULE_MANY, offset, NULL, "one too many: at most %u", s.max);
		return NULL;
	}
	n = slot_at(&s, s.count == NULL ? 0U : (*s.count)++);
	memset(n, 0, s.size);
	n->there = true;
	n->offset = offset;
	n->name = name;
	n->unit = unit;
	defaults_set(n, kind);
	return n;
}

/* Hexadecimal digits to the end of @text, without a leading zero: one address, one spelling. */
static bool unit_parse(const char *text, u64 *out)
{
	u64 v = 0;
	u32 n = 0;

	for (; text[n] != '\0'; n++) {
		char c = text[n];

		if (n == 16U || (n == 1U && text[0] == '0'))
			return false;
		if (c >= '0' && c <= '9')
			v = v << 4 | (u64)(c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v << 4 | (u64)(c - 'a' + 10);
		else
			return false;
	}
	*out = v;
	return n != 0U && IS_ALIGNED(v, PAGE_SIZE);
}

static struct draft_node *node_known(struct walk *w, enum node_kind kind, const char *name,
				     int offset)
{
	const char *at = strchr(name, '@');
	u64 unit = PLACE_ANY;

	if (at != NULL && nodes[kind].unit == UNIT_NONE) {
		manifest_refuse(w->m, RULE_UNIT, offset, NULL, "this node has no unit address");
		return NULL;
	}
	if (at != NULL && !unit_parse(at + 1, &unit)) {
		manifest_refuse(w->m, RULE_UNIT, offset, NULL,
				"expected a multiple of 1000 in small hexadecimal digits");
		return NULL;
	}
	if (nodes[kind].name[0] == '\0' &&
	    !name_allowed(name, strlen(name),
			  kind == NODE_PAYLOAD ? FIT_PAYLOAD_NAME : MANIFEST_NAME_MAX)) {
		manifest_refuse(w->m, RULE_NAME, offset, NULL, "a name that cannot be used");
		return NULL;
	}
	return node_add(w, kind, name, unit, offset);
}

static void node_begin(struct walk *w, int offset, const char *name)
{
	const char *at = strchr(name, '@');
	const struct level *up = w->depth == 0U ? NULL : &w->level[w->depth - 1U];
	enum node_kind kind = NODE_ROOT;
	struct draft_node *n = NULL;

	if (w->unknown == 0U) {
		if (up != NULL)
			kind = w->depth == LEVELS
				       ? NODE_KINDS
				       : kind_find(up->kind, name,
						   at == NULL ? strlen(name) : (size_t)(at - name));
		if (kind == NODE_KINDS)
			manifest_refuse(w->m, RULE_UNKNOWN_NODE, offset, NULL,
					"there is no such node in this place");
		else
			n = node_known(w, kind, name, offset);
	}
	if (n == NULL) {
		w->unknown++;
		return;
	}
	if (up != NULL)
		up->node->children |= 1U << kind;
	w->level[w->depth] = (struct level){ .kind = kind, .node = n };
	w->depth++;
}

/* What the binding requires of a node, now that all of it has been seen. */
static void node_complete(struct walk *w, const struct level *l)
{
	for (u32 i = 0; i < ARRAY_SIZE(properties); i++) {
		const struct property_row *row = &properties[i];

		if (row->kind == l->kind && row->need == REQUIRED && (l->node->seen & BIT(i)) == 0U)
			manifest_refuse(w->m, RULE_MISSING, l->node->offset, row->name,
					"it is missing");
	}
	for (u32 k = 0; k < NODE_KINDS; k++) {
		const struct node_row *row = &nodes[k];

		if (row->parent == l->kind && (row->need == REQUIRED || row->need == SOME) &&
		    (l->node->children & (1U << k)) == 0U)
			manifest_refuse(w->m, RULE_MISSING, l->node->offset, NULL, "it has no %s",
					row->name[0] == '\0' ? "node in it" : row->name);
	}
}

static void node_end(struct walk *w)
{
	if (w->unknown != 0U) {
		w->unknown--;
		return;
	}
	w->depth--;
	node_complete(w, &w->level[w->depth]);
}

/* ---- values --------------------------------------------------------------------------------- */

/* A value on its way to its place in the draft. */
struct value {
	struct walk *w;
	const struct property_row *row;
	int offset; /* of its node */
	struct draft_value raw;
	void *to;
};

static void value_refuse(const struct value *v, enum manifest_rule rule, const char *expected)
{
	manifest_refuse(v->w->m, rule, v->offset, v->row->name, "%u bytes, expected %s",
			v->raw.size, expected);
}

/* One string that fills the value. */
static bool value_is_text(const struct value *v)
{
	return v->raw.size != 0U &&
	       strnlen((const char *)v->raw.data, v->raw.size) == v->raw.size - 1U;
}

/* Place of the value among the row's words, or -1. */
static int word_find(const struct value *v)
{
	const char *text = (const char *)v->raw.data;
	const char *word = v->row->words;

	if (word == NULL || !value_is_text(v))
		return -1;
	for (int i = 0; word != NULL; i++) {
		const char *bar = strchr(word, '|');
		size_t len = bar == NULL ? strlen(word) : (size_t)(bar - word);

		if (len == v->raw.size - 1U && memcmp(word, text, len) == 0)
			return i;
		word = bar == NULL ? NULL : bar + 1;
	}
	return -1;
}

static void take_flag(struct value *v)
{
	if (v->raw.size != 0U)
		value_refuse(v, RULE_FORM, "a property without value");
	else
		*(bool *)v->to = true;
}

static void take_cell(struct value *v)
{
	u32 n;

	if (v->raw.size != 4U) {
		value_refuse(v, RULE_FORM, "one number <n>");
		return;
	}
	n = draft_cell(&v->raw, 0);
	if (n < v->row->low || n > v->row->high)
		manifest_refuse(v->w->m, RULE_RANGE, v->offset, v->row->name,
				"%u, expected %llu to %llu", n, (unsigned long long)v->row->low,
				(unsigned long long)v->row->high);
	else
		*(u32 *)v->to = n;
}

static void take_number(struct value *v)
{
	u64 n;

	if (word_find(v) == 0) {
		*(u64 *)v->to = SIZE_REST;
		return;
	}
	if (v->raw.size != 4U && v->raw.size != 8U) {
		value_refuse(v, RULE_FORM,
			     v->row->words == NULL ? "one number <n> or <high low>"
						   : "one number <n> or <high low>, or \"rest\"");
		return;
	}
	n = draft_cell(&v->raw, 0);
	if (v->raw.size == 8U)
		n = n << 32 | draft_cell(&v->raw, 1);
	if (n % v->row->low != 0U || (n == 0U && v->row->form == VALUE_SIZE))
		manifest_refuse(v->w->m, RULE_RANGE, v->offset, v->row->name,
				"0x%llx, expected a multiple of 0x%llx%s", (unsigned long long)n,
				(unsigned long long)v->row->low, n == 0U ? " above 0" : "");
	else
		*(u64 *)v->to = n;
}

static void take_string(struct value *v)
{
	if (!value_is_text(v))
		value_refuse(v, RULE_FORM, "one string");
	else if (v->raw.size - 1U < v->row->low || v->raw.size - 1U > v->row->high)
		manifest_refuse(v->w->m, RULE_RANGE, v->offset, v->row->name,
				"%u characters, expected %llu to %llu", v->raw.size - 1U,
				(unsigned long long)v->row->low, (unsigned long long)v->row->high);
	else
		*(const char **)v->to = (const char *)v->raw.data;
}

static void take_strings(struct value *v)
{
	if (v->raw.size == 0U || v->raw.data[v->raw.size - 1U] != 0U)
		value_refuse(v, RULE_FORM, "strings");
	else
		*(struct draft_value *)v->to = v->raw;
}

static void take_word(struct value *v)
{
	int n = word_find(v);

	if (n < 0)
		manifest_refuse(v->w->m, RULE_WORD, v->offset, v->row->name,
				"expected one of \"%s\"", v->row->words);
	else
		*(u32 *)v->to = (u32)n;
}

static void take_cells(struct value *v)
{
	u32 count = v->raw.size / 4U;

	v->raw.rest = word_find(v) == 0;
	if (!v->raw.rest &&
	    (v->raw.size % 4U != 0U || count < v->row->low || count > v->row->high)) {
		manifest_refuse(v->w->m, RULE_FORM, v->offset, v->row->name,
				"%u bytes, expected %llu to %llu numbers%s", v->raw.size,
				(unsigned long long)v->row->low, (unsigned long long)v->row->high,
				v->row->words == NULL ? "" : ", or \"rest\"");
		return;
	}
	if (v->row->form == VALUE_REF)
		*(u32 *)v->to = draft_cell(&v->raw, 0);
	else
		*(struct draft_value *)v->to = v->raw;
}

static void (*const takes[])(struct value *v) = {
	[VALUE_FLAG] = take_flag,   [VALUE_CELL] = take_cell,     [VALUE_NUMBER] = take_number,
	[VALUE_SIZE] = take_number, [VALUE_STRING] = take_string, [VALUE_STRINGS] = take_strings,
	[VALUE_WORD] = take_word,   [VALUE_CELLS] = take_cells,   [VALUE_REF] = take_cells,
	[VALUE_REFS] = take_cells,
};

/* dtc numbers the nodes that are referred to. */
static bool phandle_take(const struct level *l, const char *name, const struct draft_value *raw)
{
	if (strcmp(name, "phandle") != 0 && strcmp(name, "linux,phandle") != 0)
		return false;
	l->node->phandle = raw->size == 4U ? draft_cell(raw, 0) : 0U;
	return true;
}

static u32 row_find(enum node_kind kind, const char *name)
{
	u32 i = 0;

	while (i < ARRAY_SIZE(properties) &&
	       (properties[i].kind != kind || strcmp(properties[i].name, name) != 0))
		i++;
	return i;
}

/*
 * Letters to add, take away or change on the way from @a to @b (Levenshtein), for a hint; more
 * than WORD_MAX letters count as very different.
 */
static u32 letters_apart(const char *a, const char *b)
{
	u32 len_a = (u32)strnlen(a, WORD_MAX);
	u32 len_b = (u32)strnlen(b, WORD_MAX);
	u32 row[WORD_MAX + 1U];

	if (len_a == WORD_MAX || len_b == WORD_MAX)
		return WORD_MAX;
	for (u32 i = 0; i <= len_b; i++)
		row[i] = i;
	for (u32 i = 1; i <= len_a; i++) {
		u32 corner = row[0];

		row[0] = i;
		for (u32 n = 1; n <= len_b; n++) {
			u32 best = corner + (a[i - 1U] == b[n - 1U] ? 0U : 1U);

			corner = row[n];
			best = row[n] + 1U < best ? row[n] + 1U : best;
			row[n] = row[n - 1U] + 1U < best ? row[n - 1U] + 1U : best;
		}
	}
	return row[len_b];
}

static void property_unknown(struct walk *w, const struct level *l, const char *name)
{
	const char *meant = NULL;
	u32 least = LETTERS_APART_MAX + 1U;

	for (u32 i = 0; i < ARRAY_SIZE(properties); i++) {
		u32 apart = properties[i].kind == l->kind ? letters_apart(name, properties[i].name)
							  : WORD_MAX;

		if (apart < least) {
			least = apart;
			meant = properties[i].name;
		}
	}
	manifest_refuse(w->m, RULE_UNKNOWN_PROPERTY, l->node->offset, name, "%s%s%s",
			"there is no such property here", meant == NULL ? "" : ": perhaps ",
			meant == NULL ? "" : meant);
}

static int property_take(struct walk *w, int offset)
{
	const struct level *l = &w->level[w->depth - 1U];
	struct value v = { .w = w, .offset = l->node->offset };
	const struct fdt_property *p = fdt_offset_ptr(w->m->fdt, offset, sizeof(*p));
	const char *name;
	u32 i;

	if (p == NULL || fdt32_to_cpu(p->nameoff) >= fdt_size_dt_strings(w->m->fdt))
		return BH_EINVAL;
	name = (const char *)w->m->fdt + fdt_off_dt_strings(w->m->fdt) + fdt32_to_cpu(p->nameoff);
	v.raw.data = (const u8 *)p->data;
	v.raw.size = fdt32_to_cpu(p->len);
	if (phandle_take(l, name, &v.raw))
		return 0;
	i = row_find(l->kind, name);
	if (i == ARRAY_SIZE(properties)) {
		property_unknown(w, l, name);
		return 0;
	}
	if ((l->node->seen & BIT(i)) != 0U) {
		manifest_refuse(w->m, RULE_TWICE, v.offset, name, "it is there twice");
		return 0;
	}
	l->node->seen |= BIT(i);
	v.row = &properties[i];
	v.to = (char *)l->node + v.row->field;
	takes[v.row->form](&v);
	return 0;
}

/*
 * One tag, which fdt_next_tag() has found to be whole, names ended, values inside. BH_EINVAL: it
 * cannot stand there.
 */
static int tag_take(struct walk *w, u32 tag, int offset)
{
	const u32 open = w->depth + w->unknown;
	const struct fdt_node_header *node;

	switch (tag) {
	case FDT_BEGIN_NODE:
		node = fdt_offset_ptr(w->m->fdt, offset, sizeof(*node));
		if (node == NULL || (open == 0U) != (offset == 0))
			return BH_EINVAL;
		node_begin(w, offset, node->name);
		return 0;
	case FDT_END_NODE:
		if (open == 0U)
			return BH_EINVAL;
		node_end(w);
		return 0;
	case FDT_PROP:
		if (open == 0U)
			return BH_EINVAL;
		return w->unknown == 0U ? property_take(w, offset) : 0;
	case FDT_NOP:
		return 0;
	default:
		return open == 0U ? 0 : BH_EINVAL;
	}
}

/* Every turn moves at least one tag (4 bytes) on, so the block's size bounds the loop. */
int manifest_walk(struct manifest *m)
{
	struct walk w = { .m = m };
	int next = 0;
	u32 tag = FDT_NOP;
	int err = 0;

	for (int at = 0; tag != FDT_END && err == 0; at = next) {
		tag = fdt_next_tag(m->fdt, at, &next);
		if (next < 0)
			return BH_EINVAL;
		err = tag_take(&w, tag, at);
	}
	return (err == 0 && m->draft->root.n.there) ? 0 : BH_EINVAL;
}
