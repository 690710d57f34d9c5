// SPDX-License-Identifier: Apache-2.0
/*
 * Proofs about the verifier of system images by CBMC: where it says a payload lies, what it hashes,
 * and that no list of it overflows, whatever the tree holds. One entry function a proof; FIT is the
 * verifier's source, whose inner functions are proved. docs/image.md says what this covers.
 *
 * Each assertion starts with the name of its property; fit_proofs.py knows them.
 */
#include FIT

_Bool nondet_bool(void);
u8 nondet_u8(void);
u32 nondet_u32(void);
u64 nondet_u64(void);
int nondet_int(void);

#define CLAIM(property, condition) __CPROVER_assert(condition, property)
#define ASSUME(condition) __CPROVER_assume(condition)

static struct fit_refusal why;

/* Words for the log, of no consequence here. */
int fdt_get_path(const void *fdt, int nodeoffset, char *buf, int buflen)
{
	(void)fdt;
	(void)nodeoffset;
	(void)buf;
	(void)buflen;
	return 0;
}

int bh_snprintf(char *buf, size_t size, const char *fmt, ...)
{
	(void)buf;
	(void)size;
	(void)fmt;
	return 0;
}

#ifdef WITH_LIBFDT
/* ---- what is hashed lies in the tree, with libfdt itself over any bytes ---- */

#define STRUCT_MAX 20U /* a root with a property of no bytes, or two nodes */
#define STRINGS 5U     /* room for "data" */
#define STRUCT_AT 40U
#define TREE_MAX (STRUCT_AT + STRUCT_MAX + STRINGS)

static _Alignas(8) u8 tree[TREE_MAX];
static const u8 *hashed_to; /* end of the structure that was hashed so far */
static bool strings_hashed;

/* cbmc has no body for it. */
void *memchr(const void *s, int c, size_t n)
{
	const u8 *p = s;

	for (size_t i = 0; i < n; i++) {
		if (p[i] == (u8)c)
			return (void *)(uintptr_t)(p + i);
	}
	return NULL;
}

void hash_init(struct hash *h)
{
	(void)h;
}

void hash_final(struct hash *h, u8 out[SHA256_SIZE])
{
	(void)h;
	(void)out;
}

void hash_update(struct hash *h, const void *data, size_t n)
{
	const u64 at = (u64)((const u8 *)data - tree);
	const u64 strings = fdt_off_dt_strings(tree);
	const u64 end = STRUCT_AT + (u64)fdt_size_dt_struct(tree);

	(void)h;
	CLAIM("walk: nothing is hashed after the strings", !strings_hashed);
	if (at == strings && at >= end) {
		strings_hashed = true;
		CLAIM("walk: what is hashed of the strings lies in them",
		      n <= fdt_size_dt_strings(tree));
	} else {
		CLAIM("walk: what is hashed of the structure lies in it",
		      range_inside(at, n, STRUCT_AT, fdt_size_dt_struct(tree)));
		CLAIM("walk: nothing is hashed twice", (const u8 *)data >= hashed_to);
		hashed_to = (const u8 *)data + n;
	}
}

static u32 name_place(const struct fit_index *x, u32 prop)
{
	const u8 *at = x->structure + x->tag[prop].at;

	return fdt32_to_cpu(((const struct fdt_property *)(const void *)at)->nameoff);
}

void prove_walk(void)
{
	static struct fit_tag tags[STRUCT_MAX / FDT_TAGSIZE];
	static struct fit_index index = { .tag = tags, .room = ARRAY_SIZE(tags) };
	static struct fit_nodes list;
	const u32 structure = nondet_u32();
	u8 digest[SHA256_SIZE];

	for (u32 i = STRUCT_AT; i < TREE_MAX; i++)
		tree[i] = nondet_u8();
	tree[TREE_MAX - 1U] = 0;
	ASSUME(structure <= STRUCT_MAX && structure % 4U == 0U);
	fdt_set_magic(tree, FDT_MAGIC);
	fdt_set_version(tree, 17);
	fdt_set_last_comp_version(tree, 16);
	fdt_set_totalsize(tree, TREE_MAX);
	fdt_set_off_mem_rsvmap(tree, STRUCT_AT);
	fdt_set_off_dt_struct(tree, STRUCT_AT);
	fdt_set_size_dt_struct(tree, structure);
	fdt_set_off_dt_strings(tree, STRUCT_AT + STRUCT_MAX);
	fdt_set_size_dt_strings(tree, STRINGS);
	list.count = 1;
	list.node[0] = nondet_int();
	hashed_to = tree;
	if (fit_index_make(&index, tree) != 0)
		return;
	/* As fdt_check_full() has seen to. */
	for (u32 i = 0; i < index.count; i++)
		ASSUME(index.tag[i].tag != FDT_PROP || name_place(&index, i) < STRINGS);
	if (tree_digest(&index, &list, nondet_u32(), digest) == 0)
		CLAIM("walk: the strings are hashed at the end", strings_hashed);
}

#else
/* ---- the index by its contract: anything that it may answer ---- */

/* @available bytes are there; what is announced lies in them, and within the limit. */
void prove_size(void)
{
	_Alignas(8) u8 head[FIT_HEADER_SIZE];
	const u64 available = nondet_u64();
	u32 size = 0;

	for (u32 i = 0; i < FIT_HEADER_SIZE; i++)
		head[i] = nondet_u8();
	if (fit_tree_size(head, available, &size, &why) == 0) {
		CLAIM("size: a tree lies in what is there", size <= available);
		CLAIM("size: a tree fits into its copy", size <= FIT_TREE_MAX);
		CLAIM("size: there is a header", available >= FIT_HEADER_SIZE);
	}
}

static _Alignas(8) u8 fdt[128];
static struct fit_tag tags[4];
static struct fit_index tree = { .fdt = fdt, .tag = tags };
static u8 cells[SHA256_SIZE];
static bool inline_data;

/* A property of any value; inline data lies in the tree, as libfdt has checked. */
const void *fit_prop(const struct fit_index *x, int node, const char *name, int *lenp)
{
	const int len = nondet_int();

	(void)x;
	(void)node;
	*lenp = -1;
	if (nondet_bool())
		return NULL;
	if (strcmp(name, "data") == 0) {
		const u32 at = nondet_u32();

		ASSUME(len >= 0 && at <= sizeof(fdt) && (u32)len <= sizeof(fdt) - at &&
		       at + (u32)len <= fdt_totalsize(fdt));
		inline_data = true;
		*lenp = len;
		return fdt + at;
	}
	if (strcmp(name, "algo") == 0) {
		*lenp = nondet_bool() ? (int)sizeof("sha256") : (int)sizeof("sha1");
		return *lenp == (int)sizeof("sha256") ? "sha256" : "sha1";
	}
	for (u32 i = 0; i < sizeof(cells); i++)
		cells[i] = nondet_u8();
	ASSUME(len >= 0 && len <= (int)sizeof(cells));
	*lenp = len;
	return cells;
}

/* A payload that is accepted lies in the image, and behind the tree unless it is part of it. */
void prove_place(void)
{
	const u64 fit_size = nondet_u64();
	struct fit_payload p;

	for (u32 i = 0; i < FIT_HEADER_SIZE; i++)
		fdt[i] = nondet_u8();
	ASSUME(fdt_totalsize(fdt) <= FIT_TREE_MAX && fdt_totalsize(fdt) <= fit_size);
	if (payload_place(&tree, nondet_int(), fit_size, &p) != 0)
		return;
	CLAIM("place: a payload's end does not wrap", p.offset + p.size >= p.offset);
	CLAIM("place: a payload lies in the image", p.offset + p.size <= fit_size);
	CLAIM("place: a payload outside the tree lies behind it",
	      inline_data || p.offset >= fdt_totalsize(fdt));
}

static int nondet_node(void)
{
	const u32 node = nondet_u32();

	ASSUME(node < ARRAY_SIZE(tags));
	return (int)node;
}

/* What an image adds is one of everything; all of it is nondeterministic here. */
int fit_first_child(const struct fit_index *x, int node)
{
	(void)x;
	(void)node;
	return nondet_bool() ? nondet_node() : BH_ENOENT;
}

int fit_next_child(const struct fit_index *x, int child)
{
	(void)x;
	(void)child;
	return -1;
}

/* A name of any length; its letters decide nothing but whether it is that of a hash. */
const char *fit_name(const struct fit_index *x, int node)
{
	static const char name[] = "hashhashhashhashhashhashhashhashhashhashhashhashhash";
	const u32 skipped = nondet_u32();

	(void)x;
	(void)node;
	ASSUME(skipped < sizeof(name));
	return name + skipped;
}

/* A property is what its name is: that of a place, or some other one. */
const char *fit_prop_name(const struct fit_index *x, int prop, u32 *nameoff)
{
	static const char *const names[] = { "data", "data-size", "data-offset", "algo" };
	const u32 which = nondet_u32();

	(void)x;
	(void)prop;
	ASSUME(which < ARRAY_SIZE(names));
	*nameoff = nondet_u32();
	return names[which];
}

/* One more image for lists that are full, or nearly. */
void prove_lists(void)
{
	static struct fit_nodes list;
	static struct fit_config config;

	for (u32 nodes = FIT_NODES_MAX - 2U; nodes <= FIT_NODES_MAX; nodes++) {
		for (u32 images = FIT_IMAGES_MAX - 1U; images <= FIT_IMAGES_MAX; images++) {
			list.count = nodes;
			config.payload_count = images;
			(void)image_add(&tree, nondet_node(), nondet_u64(), &list, &config, &why);
			CLAIM("lists: nodes stay within their list", list.count <= FIT_NODES_MAX);
			CLAIM("lists: payloads stay within their list",
			      config.payload_count <= FIT_IMAGES_MAX);
		}
	}
}

/* From any depth that keeps the bounds, any tag keeps them. */
void prove_depth(void)
{
	static struct fit_nodes list;
	struct digest_walk w;

	w.depth = nondet_int();
	ASSUME(w.depth >= -1 && w.depth < (int)FIT_DEPTH_MAX);
	list.count = 1;
	list.node[0] = nondet_int();
	tree.tag[0].tag = nondet_u32();
	if (tag_included(&w, &tree, 0, &list, nondet_u32()) >= 0)
		CLAIM("depth: the walk stays within its levels",
		      w.depth >= -1 && w.depth < (int)FIT_DEPTH_MAX);
}
#endif
