// SPDX-License-Identifier: Apache-2.0
#include <libfdt.h>

#include <bulkhead/lib/error.h>
#include <bulkhead/lib/printf.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/svc/fit.h>

#include "fit_index.h"

#define FIT_DEPTH_MAX 8U
#define FIT_NODES_MAX (2U + 2U * FIT_IMAGES_MAX)
/* Nodes of all kinds in the tree: names are compared pairwise, so the number must be bounded. */
#define FIT_TREE_NODES_MAX 512U
/* Tags in it: what begins or ends a node, and properties. */
#define FIT_TREE_TAGS_MAX 2048U

_Static_assert(sizeof(struct fdt_header) == FIT_HEADER_SIZE, "Devicetree Specification 5.2");

/* Nodes that a configuration's signature covers. */
struct fit_nodes {
	u32 count;
	int node[FIT_NODES_MAX];
};

/* The tree as a whole breaks @rule. */
static int refuse_tree(struct fit_refusal *why, const char *rule)
{
	why->rule = rule;
	why->node[0] = '\0';
	return BH_EINVAL;
}

static int refuse(struct fit_refusal *why, const struct fit_index *tree, int node, const char *rule)
{
	const u32 offset = tree->tag[node].at;

	if (fdt_get_path(tree->fdt, (int)offset, why->node, (int)sizeof(why->node)) != 0)
		(void)bh_snprintf(why->node, sizeof(why->node), "node at offset 0x%x", offset);
	why->rule = rule;
	return BH_EINVAL;
}

static bool name_starts(const char *name, const char *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) == 0;
}

int fit_tree_size(const void *head, u64 available, u32 *size, struct fit_refusal *why)
{
	u32 total;

	if (available < FIT_HEADER_SIZE || fdt_magic(head) != FDT_MAGIC)
		return refuse_tree(why, "this is no FIT: no device tree header");
	total = fdt_totalsize(head);
	if (total > available) {
		(void)refuse_tree(why, "it ends before its tree does: it was cut off");
		return BH_ERANGE;
	}
	if (total > FIT_TREE_MAX) {
		(void)refuse_tree(why,
				  "the tree is larger than its limit; pack payloads outside (-E)");
		return BH_ERANGE;
	}
	*size = total;
	return 0;
}

/*
 * What libfdt takes for granted: alignment of the blocks (it walks in whole words), and a version
 * whose length checks do not overflow.
 */
static int header_check(const void *fdt, size_t size, struct fit_refusal *why)
{
	int next;

	if (size < FIT_HEADER_SIZE || ((uintptr_t)fdt & 7U) != 0U || fdt_check_header(fdt) != 0)
		return refuse_tree(why, "the device tree header is malformed");
	if (fdt_totalsize(fdt) > size)
		return refuse_tree(why, "the tree is longer than the image");
	if (fdt_version(fdt) < 17U || fdt_last_comp_version(fdt) > 17U)
		return refuse_tree(why, "the device tree is not compatible with version 17");
	if (((fdt_off_dt_struct(fdt) | fdt_size_dt_struct(fdt)) & 3U) != 0U ||
	    (fdt_off_mem_rsvmap(fdt) & 7U) != 0U)
		return refuse_tree(why, "a block of the tree is misaligned");
	if (fdt_check_full(fdt, fdt_totalsize(fdt)) != 0 ||
	    fdt_next_tag(fdt, 0, &next) != FDT_BEGIN_NODE)
		return refuse_tree(why, "the tree's structure is malformed");
	return 0;
}

/* The nodes met so far: name, and the one it is in. */
struct tree_names {
	u32 count;
	u32 last[FIT_DEPTH_MAX]; /* at each depth, on the way to the latest */
	u16 up[FIT_TREE_NODES_MAX];
	const char *name[FIT_TREE_NODES_MAX];
};

/* Is there another child of that name in the node that the latest is in? */
static bool has_twin(const struct tree_names *t)
{
	const u32 latest = t->count - 1U;

	for (u32 i = 1; i < latest; i++) {
		if (t->up[i] == t->up[latest] && strcmp(t->name[i], t->name[latest]) == 0)
			return true;
	}
	return false;
}

static void names_add(struct tree_names *t, const char *name, u32 depth)
{
	t->name[t->count] = name;
	t->up[t->count] = depth == 0U ? 0U : (u16)t->last[depth - 1U];
	t->last[depth] = t->count;
	t->count++;
}

/* Two children of one name, or a unit address, let a name mean two nodes (CVE-2021-27138). */
static int names_check(const struct fit_index *tree, struct fit_refusal *why)
{
	static struct tree_names names __scratch;
	int depth = 0;

	names.count = 0;
	for (int node = 0; node >= 0; node = fit_next_node(tree, node, &depth)) {
		const char *name = fit_name(tree, node);

		if (depth < 0)
			break;
		if (depth >= (int)FIT_DEPTH_MAX || names.count == FIT_TREE_NODES_MAX)
			return refuse(why, tree, node, "too many nodes, or nested too deep");
		if (strchr(name, '@') != NULL)
			return refuse(why, tree, node, "a node's name has a unit address");
		names_add(&names, name, (u32)depth);
		if (has_twin(&names))
			return refuse(why, tree, node, "two nodes have one name");
	}
	return 0;
}

static int nodes_add(struct fit_nodes *list, int node)
{
	if (list->count == FIT_NODES_MAX)
		return BH_EOVERFLOW;
	list->node[list->count] = node;
	list->count++;
	return 0;
}

static bool nodes_have(const struct fit_nodes *list, int node)
{
	for (u32 i = 0; i < list->count; i++) {
		if (list->node[i] == node)
			return true;
	}
	return false;
}

/* The one hash node of an image, or BH_EINVAL if it has none or several. */
static int image_hash_node(const struct fit_index *tree, int image)
{
	int found = BH_EINVAL;

	for (int sub = fit_first_child(tree, image); sub >= 0; sub = fit_next_child(tree, sub)) {
		if (!name_starts(fit_name(tree, sub), "hash"))
			continue;
		if (found >= 0)
			return BH_EINVAL;
		found = sub;
	}
	return found;
}

/* Properties of a configuration that describe it and name no image (FIT specification 2.7). */
static bool names_images(const char *prop)
{
	static const char *const other[] = { "description", "compatible", "default" };

	for (u32 i = 0; i < ARRAY_SIZE(other); i++) {
		if (strcmp(prop, other[i]) == 0)
			return false;
	}
	return strchr(prop, ',') == NULL;
}

static int cell_read(const struct fit_index *tree, int node, const char *prop, u64 *out)
{
	int len;
	const fdt32_t *v = fit_prop(tree, node, prop, &len);

	if (v == NULL)
		return BH_ENOENT;
	if (len == 4) {
		*out = fdt32_to_cpu(v[0]);
		return 0;
	}
	if (len == 8) {
		*out = ((u64)fdt32_to_cpu(v[0]) << 32) | fdt32_to_cpu(v[1]);
		return 0;
	}
	return BH_EINVAL;
}

/* Where the bytes of an image lie; every sum is checked before it is made. */
static int payload_place(const struct fit_index *tree, int image, u64 fit_size,
			 struct fit_payload *p)
{
	u64 tree_end = ALIGN_UP((u64)fdt_totalsize(tree->fdt), 4U);
	u64 place;
	int len;
	const char *data = fit_prop(tree, image, "data", &len);

	if (data != NULL) {
		p->offset = (u64)(data - (const char *)tree->fdt);
		p->size = (u64)len;
		return 0;
	}
	if (cell_read(tree, image, "data-size", &p->size) != 0)
		return BH_EINVAL;
	if (cell_read(tree, image, "data-position", &place) == 0) {
		p->offset = place;
	} else {
		if (cell_read(tree, image, "data-offset", &place) != 0 || place > fit_size)
			return BH_EINVAL;
		p->offset = tree_end + place;
	}
	if (p->offset < fdt_totalsize(tree->fdt) || !range_inside(p->offset, p->size, 0, fit_size))
		return BH_ERANGE;
	return 0;
}

static int payload_read(const struct fit_index *tree, int image, int hash, u64 fit_size,
			struct fit_payload *p, struct fit_refusal *why)
{
	const char *name = fit_name(tree, image);
	int len;
	int algo_len;
	const char *algo = fit_prop(tree, hash, "algo", &algo_len);
	const void *value = fit_prop(tree, hash, "value", &len);

	if (strlen(name) >= FIT_NAME_MAX)
		return refuse(why, tree, image, "an image's name is too long");
	memcpy(p->name, name, strlen(name) + 1U);
	if (algo_len != (int)sizeof("sha256") || memcmp(algo, "sha256", sizeof("sha256")) != 0)
		return refuse(why, tree, hash, "the hash algorithm is not sha256");
	if (value == NULL || len != (int)SHA256_SIZE)
		return refuse(why, tree, hash, "the hash value is not 32 bytes long");
	memcpy(p->hash, value, SHA256_SIZE);
	if (payload_place(tree, image, fit_size, p) != 0)
		return refuse(why, tree, image, "the payload lies outside the image");
	return 0;
}

static int image_add(const struct fit_index *tree, int image, u64 fit_size, struct fit_nodes *list,
		     struct fit_config *out, struct fit_refusal *why)
{
	int hash = image_hash_node(tree, image);
	int err;

	if (hash < 0)
		return refuse(why, tree, image, "an image must have exactly one hash");
	if (nodes_have(list, image))
		return 0;
	if (out->payload_count == FIT_IMAGES_MAX || nodes_add(list, image) != 0 ||
	    nodes_add(list, hash) != 0)
		return refuse(why, tree, image, "the configuration names too many images");
	err = payload_read(tree, image, hash, fit_size, &out->payload[out->payload_count], why);
	if (err == 0)
		out->payload_count++;
	return err;
}

/* Every name in one property of the configuration must be an image. */
static int images_of_property(const struct fit_index *tree, int conf, const char *prop,
			      u64 fit_size, struct fit_nodes *list, struct fit_config *out,
			      struct fit_refusal *why)
{
	const int images = fit_child(tree, 0, "images");
	int len;
	const char *names = fit_prop(tree, conf, prop, &len);

	if (len <= 0 || names[len - 1] != '\0')
		return refuse(why, tree, conf, "a property that should name images does not");
	for (const char *name = names; name < names + len; name += strlen(name) + 1U) {
		const int image = fit_child(tree, images, name);
		int err;

		if (image < 0)
			return refuse(why, tree, conf, "the configuration names a missing image");
		err = image_add(tree, image, fit_size, list, out, why);
		if (err != 0)
			return err;
	}
	return 0;
}

/* The nodes a signature covers, rebuilt from the configuration (CVE-2020-10648). */
static int nodes_collect(const struct fit_index *tree, int conf, u64 fit_size,
			 struct fit_nodes *list, struct fit_config *out, struct fit_refusal *why)
{
	list->count = 0;
	out->payload_count = 0;
	(void)nodes_add(list, 0);
	(void)nodes_add(list, conf);
	for (int prop = fit_first_prop(tree, conf); prop >= 0; prop = fit_next_prop(tree, prop)) {
		const char *name = fit_prop_name(tree, prop, NULL);
		int err;

		if (!names_images(name))
			continue;
		err = images_of_property(tree, conf, name, fit_size, list, out, why);
		if (err != 0)
			return err;
	}
	if (out->payload_count == 0U)
		return refuse(why, tree, conf, "the configuration names no image");
	return 0;
}

/* Payload bytes and their places are covered by the hash nodes, not by the tree's signature. */
static bool property_unsigned(const char *name)
{
	static const char *const places[] = { "data", "data-size", "data-position", "data-offset" };

	for (u32 i = 0; i < ARRAY_SIZE(places); i++) {
		if (strcmp(name, places[i]) == 0)
			return true;
	}
	return false;
}

/* State of the walk over the structure block: which nodes on the way down are covered. */
struct digest_walk {
	int depth; /* -1 outside the root */
	bool listed[FIT_DEPTH_MAX];
	bool included[FIT_DEPTH_MAX];
};

/* Is a property of a covered node part of the hash? BH_EINVAL: its name is not signed. */
static int property_included(const struct fit_index *tree, int prop, u32 strings)
{
	u32 nameoff;
	const char *name = fit_prop_name(tree, prop, &nameoff);

	if (property_unsigned(name))
		return 0;
	return range_inside(nameoff, strlen(name) + 1U, 0, strings) ? 1 : BH_EINVAL;
}

/* Is tag @i part of the hash? 1, 0, or an error (FIT specification, "Security"). */
static int tag_included(struct digest_walk *w, const struct fit_index *tree, int i,
			const struct fit_nodes *list, u32 strings)
{
	bool in = false;

	switch (tree->tag[i].tag) {
	case FDT_BEGIN_NODE:
		if (w->depth + 1 >= (int)FIT_DEPTH_MAX)
			return BH_EINVAL;
		w->depth++;
		w->listed[w->depth] = nodes_have(list, i);
		in = w->listed[w->depth] || (w->depth > 0 && w->listed[w->depth - 1]);
		w->included[w->depth] = in;
		break;
	case FDT_END_NODE:
		if (w->depth < 0)
			return BH_EINVAL;
		in = w->included[w->depth];
		w->depth--;
		break;
	case FDT_PROP:
		if (w->depth < 0)
			return BH_EINVAL;
		return w->listed[w->depth] ? property_included(tree, i, strings) : 0;
	case FDT_NOP:
		in = w->depth >= 0 && w->listed[w->depth];
		break;
	case FDT_END:
		in = true;
		break;
	default:
		return BH_EINVAL;
	}
	return in ? 1 : 0;
}

/* The hash that was signed: the covered tags, then the first @strings bytes of the names. */
static int tree_digest(const struct fit_index *tree, const struct fit_nodes *list, u32 strings,
		       u8 out[SHA256_SIZE])
{
	struct digest_walk w = { .depth = -1 };
	struct hash h;

	if (strings > fdt_size_dt_strings(tree->fdt) || tree->end != fdt_size_dt_struct(tree->fdt))
		return BH_EINVAL;
	hash_init(&h);
	for (u32 i = 0; i < tree->count; i++) {
		const u32 at = tree->tag[i].at;
		const u32 end = i + 1U < tree->count ? tree->tag[i + 1U].at : tree->end;
		const int in = tag_included(&w, tree, (int)i, list, strings);

		if (in < 0)
			return in;
		if (in == 1)
			hash_update(&h, tree->structure + at, end - at);
	}
	hash_update(&h, tree->strings, strings);
	hash_final(&h, out);
	return 0;
}

/* Does one signature node hold a signature by one of the keys? */
static int signature_check(const struct fit_index *tree, int node, const struct fit_nodes *list,
			   const struct fit_policy *policy, struct fit_config *out)
{
	u8 digest[SHA256_SIZE];
	int sig_len;
	int strings_len;
	const u8 *sig = fit_prop(tree, node, "value", &sig_len);
	const fdt32_t *strings = fit_prop(tree, node, "hashed-strings", &strings_len);

	if (sig == NULL || strings == NULL || strings_len != 8 || strings[0] != 0U)
		return BH_EBADSIG;
	if (tree_digest(tree, list, fdt32_to_cpu(strings[1]), digest) != 0)
		return BH_EBADSIG;
	for (u32 i = 0; i < policy->key_count; i++) {
		if (sig_verify(&policy->keys[i], digest, sig, (size_t)sig_len) == 0) {
			out->key = &policy->keys[i];
			return 0;
		}
	}
	return BH_EBADSIG;
}

static int signatures_check(const struct fit_index *tree, int conf, const struct fit_nodes *list,
			    const struct fit_policy *policy, struct fit_config *out,
			    struct fit_refusal *why)
{
	bool any = false;

	for (int node = fit_first_child(tree, conf); node >= 0; node = fit_next_child(tree, node)) {
		if (!name_starts(fit_name(tree, node), "signature"))
			continue;
		any = true;
		if (signature_check(tree, node, list, policy, out) == 0)
			return 0;
	}
	(void)refuse(why, tree, conf,
		     any ? "no trusted key made its signature" : "it is not signed");
	return BH_EBADSIG;
}

static int rollback_check(const struct fit_index *tree, int conf, u32 minimum,
			  struct fit_config *out, struct fit_refusal *why)
{
	u64 index;

	if (cell_read(tree, conf, "bulkhead,rollback-index", &index) != 0 || index > UINT32_MAX)
		return refuse(why, tree, conf, "bulkhead,rollback-index is missing or malformed");
	out->rollback_index = (u32)index;
	if (out->rollback_index < minimum) {
		(void)refuse(why, tree, conf, "its rollback index is below the board's minimum");
		return BH_EPERM;
	}
	return 0;
}

/* What the index is made of is sound: only too many tags can be wrong with it. */
static int tree_index(struct fit_index *tree, const void *fdt, size_t size, struct fit_refusal *why)
{
	int err = header_check(fdt, size, why);

	if (err == 0 && fit_index_make(tree, fdt) != 0)
		err = refuse_tree(why, "the tree has too many tags");
	return err != 0 ? err : names_check(tree, why);
}

static int config_verify(const struct fit_index *tree, u64 fit_size,
			 const struct fit_policy *policy, struct fit_config *out,
			 struct fit_refusal *why)
{
	const int configs = fit_child(tree, 0, "configurations");
	struct fit_nodes list;
	int conf;
	int err;

	if (configs < 0 || fit_child(tree, 0, "images") < 0)
		return refuse(why, tree, 0, "it has no /images or no /configurations");
	conf = fit_child(tree, configs, policy->config);
	if (conf < 0)
		return refuse(why, tree, configs, "it has no configuration for this system");
	err = nodes_collect(tree, conf, fit_size, &list, out, why);
	if (err == 0)
		err = signatures_check(tree, conf, &list, policy, out, why);
	if (err == 0)
		err = rollback_check(tree, conf, policy->rollback_min, out, why);
	return err;
}

int fit_verify(const void *fdt, size_t size, u64 fit_size, const struct fit_policy *policy,
	       struct fit_config *out, struct fit_refusal *why)
{
	static struct fit_tag tags[FIT_TREE_TAGS_MAX] __scratch;
	struct fit_index tree = { .tag = tags, .room = ARRAY_SIZE(tags) };
	int err;

	memset(out, 0, sizeof(*out));
	memset(why, 0, sizeof(*why));
	err = tree_index(&tree, fdt, size, why);
	if (err == 0)
		err = config_verify(&tree, fit_size, policy, out, why);
	if (err != 0)
		out->payload_count = 0;
	return err;
}

const struct fit_payload *fit_payload_find(const struct fit_config *config, const char *name)
{
	for (u32 i = 0; i < config->payload_count; i++) {
		if (strcmp(config->payload[i].name, name) == 0)
			return &config->payload[i];
	}
	return NULL;
}

int fit_payload_check(const struct fit_payload *payload, const void *data)
{
	u8 digest[SHA256_SIZE];
	struct hash h;

	hash_init(&h);
	hash_update(&h, data, (size_t)payload->size);
	hash_final(&h, digest);
	return hash_equal(digest, payload->hash) ? 0 : BH_EBADSIG;
}
