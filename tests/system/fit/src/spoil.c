// SPDX-License-Identifier: Apache-2.0
/* One way each to spoil fit_image. What cannot be done shows as a case that comes out wrong. */
#include <libfdt.h>

#include <bulkhead/lib/string.h>

#include "cases.h"
#include "spoil.h"

#define SYSTEM "/configurations/system"
#define SIGNATURE "/configurations/system/signature-1"

static int node(const char *path)
{
	return fdt_path_offset(fit_image, path);
}

/* The bytes of a property's value, to be spoilt in place. */
static u8 *value(const char *path, const char *prop)
{
	return fdt_getprop_w(fit_image, node(path), prop, NULL);
}

static const void *newer(const char *path, const char *prop)
{
	return fdt_getprop(fit_image_newer, fdt_path_offset(fit_image_newer, path), prop, NULL);
}

/* More room for the tree, over the payloads, which no case with a larger tree comes to. */
static void grow(void)
{
	(void)fdt_open_into(fit_image, fit_image, 8192);
}

static char *name_of(const char *path)
{
	return (char *)(uintptr_t)fdt_get_name(fit_image, node(path), NULL);
}

void spoil_rollback(u32 n)
{
	(void)n;
	value(SYSTEM, "bulkhead,rollback-index")[3] = 9;
}

void spoil_no_rollback(u32 n)
{
	(void)n;
	(void)fdt_nop_property(fit_image, node(SYSTEM), "bulkhead,rollback-index");
}

void spoil_exchange_names(u32 n)
{
	(void)n;
	memcpy(value(SYSTEM, "firmware"), "two", 4);
}

void spoil_exchange_hashes(u32 n)
{
	u8 hash[SHA256_SIZE];
	u8 *one = value("/images/one/hash-1", "value");
	u8 *two = value("/images/two/hash-1", "value");

	(void)n;
	memcpy(hash, one, sizeof(hash));
	memcpy(one, two, sizeof(hash));
	memcpy(two, hash, sizeof(hash));
}

void spoil_hash_of_newer(u32 n)
{
	(void)n;
	memcpy(value("/images/one/hash-1", "value"), newer("/images/one/hash-1", "value"),
	       SHA256_SIZE);
}

void spoil_signature_of_newer(u32 n)
{
	(void)n;
	memcpy(value(SIGNATURE, "value"), newer(SIGNATURE, "value"), 64);
}

void spoil_signature_zeros(u32 n)
{
	(void)n;
	memset(value(SIGNATURE, "value"), 0, 64);
}

void spoil_signature_ones(u32 n)
{
	(void)n;
	memset(value(SIGNATURE, "value"), 0xff, 64);
}

void spoil_signature_short(u32 n)
{
	u8 bytes[32];

	(void)n;
	memcpy(bytes, value(SIGNATURE, "value"), sizeof(bytes));
	(void)fdt_setprop(fit_image, node(SIGNATURE), "value", bytes, sizeof(bytes));
}

void spoil_strings_start(u32 n)
{
	(void)n;
	value(SIGNATURE, "hashed-strings")[3] = 1;
}

void spoil_strings_end(u32 n)
{
	(void)n;
	memset(value(SIGNATURE, "hashed-strings") + 4, 0xff, 3);
}

void spoil_signature_name(u32 n)
{
	(void)n;
	memcpy(name_of(SIGNATURE), "unknownes", 9);
}

void spoil_hashed_nodes(u32 n)
{
	(void)n;
	memset(value(SIGNATURE, "hashed-nodes"), 'x', 8);
}

void spoil_signature_algo(u32 n)
{
	(void)n;
	memcpy(value(SIGNATURE, "algo"), "sha1,", 5);
}

void spoil_default(u32 n)
{
	(void)n;
	memcpy(value("/configurations", "default"), "copied", 6);
}

/* Copies the properties of one node, which may move while others are added. */
static void copy_properties(const char *from, const char *to)
{
	static u8 copy[1024];
	const char *name;
	int count = 0;
	int prop;

	fdt_for_each_property_offset(prop, fit_image, node(from))
	{
		count++;
	}
	for (int i = count - 1; i >= 0; i--) {
		const void *bytes;
		int len;

		prop = fdt_first_property_offset(fit_image, node(from));
		for (int n = 0; n < i; n++)
			prop = fdt_next_property_offset(fit_image, prop);
		bytes = fdt_getprop_by_offset(fit_image, prop, &name, &len);
		if (bytes == NULL || len > (int)sizeof(copy))
			return;
		memcpy(copy, bytes, (size_t)len);
		(void)fdt_setprop(fit_image, node(to), name, copy, len);
	}
}

/*
 * CVE-2020-10648: a configuration that nobody signed brings the signature of one that was, with the
 * list of nodes it was made for. The tree grows in the zeros behind it.
 */
void spoil_copied_config(u32 n)
{
	(void)n;
	(void)fdt_add_subnode(fit_image, node("/configurations"), "copied");
	copy_properties(SYSTEM, "/configurations/copied");
	(void)fdt_setprop(fit_image, node("/configurations/copied"), "firmware", "two", 4);
	(void)fdt_add_subnode(fit_image, node("/configurations/copied"), "signature-1");
	copy_properties(SIGNATURE, "/configurations/copied/signature-1");
}

void spoil_unit_address(u32 n)
{
	(void)n;
	name_of("/images/two")[1] = '@';
}

void spoil_twin(u32 n)
{
	(void)n;
	memcpy(name_of("/images/two"), "one", 3);
}

void spoil_twin_config(u32 n)
{
	(void)n;
	(void)fdt_add_subnode(fit_image, node("/configurations"), "system-");
	name_of("/configurations/system-")[6] = '\0';
}

void spoil_hash_algo(u32 n)
{
	(void)n;
	memcpy(value("/images/one/hash-1", "algo"), "sha257", 6);
}

void spoil_hash_short(u32 n)
{
	u8 bytes[16];

	(void)n;
	memcpy(bytes, value("/images/one/hash-1", "value"), sizeof(bytes));
	(void)fdt_setprop(fit_image, node("/images/one/hash-1"), "value", bytes, sizeof(bytes));
}

void spoil_hash_twice(u32 n)
{
	(void)n;
	(void)fdt_add_subnode(fit_image, node("/images/one"), "hash-2");
}

void spoil_hash_gone(u32 n)
{
	(void)n;
	memcpy(name_of("/images/one/hash-1"), "crash", 5);
}

void spoil_missing_image(u32 n)
{
	(void)n;
	memcpy(value(SYSTEM, "loadables"), "six", 3);
}

void spoil_names_number(u32 n)
{
	(void)n;
	(void)fdt_setprop_u32(fit_image, node(SYSTEM), "kernel", 5);
}

void spoil_no_images(u32 n)
{
	(void)n;
	memcpy(name_of("/images"), "damage", 6);
}

static const char *const places[] = { "data-size", "data-offset", "data-position" };

void spoil_place64(u32 n)
{
	static const u64 extremes[] = { ~0ULL, 1ULL << 63, (1ULL << 63) - 1U, ~0ULL - 4096U };

	(void)fdt_setprop_u64(fit_image, node("/images/one"), places[n % 3U], extremes[n / 3U]);
}

void spoil_place32(u32 n)
{
	static const u32 extremes[] = { 0xffffffffU, 0x7fffffffU, 0x80000000U, FIT_IMAGE_SIZE };

	(void)fdt_setprop_u32(fit_image, node("/images/one"), places[n % 2U], extremes[n / 2U]);
}

void spoil_place_in_tree(u32 n)
{
	(void)n;
	(void)fdt_setprop_u32(fit_image, node("/images/one"), "data-position", 64);
}

void spoil_place_cells(u32 n)
{
	static const u8 zeros[12];

	(void)n;
	(void)fdt_setprop(fit_image, node("/images/one"), "data-offset", zeros, sizeof(zeros));
}

void spoil_no_place(u32 n)
{
	(void)n;
	(void)fdt_nop_property(fit_image, node("/images/one"), "data-offset");
}

void spoil_magic(u32 n)
{
	(void)n;
	fit_image[0] = 0;
}

void spoil_large(u32 n)
{
	(void)n;
	fdt_set_totalsize(fit_image, (u32)FIT_TREE_MAX + 1U);
}

void spoil_struct_misaligned(u32 n)
{
	(void)n;
	fdt_set_off_dt_struct(fit_image, fdt_off_dt_struct(fit_image) + 2U);
}

void spoil_rsvmap_misaligned(u32 n)
{
	(void)n;
	fdt_set_off_mem_rsvmap(fit_image, fdt_off_mem_rsvmap(fit_image) + 4U);
}

void spoil_version(u32 n)
{
	(void)n;
	fdt_set_version(fit_image, 16);
}

void spoil_struct_outside(u32 n)
{
	(void)n;
	fdt_set_off_dt_struct(fit_image, 0xfffffff8U);
}

void spoil_strings_outside(u32 n)
{
	(void)n;
	fdt_set_size_dt_strings(fit_image, 0xfffffff0U);
}

static u8 *structure(int offset)
{
	return fit_image + fdt_off_dt_struct(fit_image) + offset;
}

static void put_word(u8 *at, u32 v)
{
	const fdt32_t word = cpu_to_fdt32(v);

	memcpy(at, &word, sizeof(word));
}

/* libfdt's own length check is 8 short: some of these wrap there (facts of -fwrapv). */
void spoil_length(u32 n)
{
	static const u32 lengths[] = { 0x7ffffff0U, 0x80000000U, 0xfffffff0U, 0xffffffffU };

	put_word(structure(fdt_first_property_offset(fit_image, node("/images/one"))) + 4,
		 lengths[n]);
}

void spoil_nameoff(u32 n)
{
	(void)n;
	put_word(structure(fdt_first_property_offset(fit_image, node("/images/one"))) + 8,
		 0xfffff000U);
}

void spoil_tag(u32 n)
{
	(void)n;
	put_word(structure(node("/images/two")), 7);
}

static u8 *last_tag(void)
{
	return structure((int)fdt_size_dt_struct(fit_image) - 4);
}

void spoil_no_end(u32 n)
{
	(void)n;
	put_word(last_tag(), FDT_NOP);
}

void spoil_two_ends(u32 n)
{
	(void)n;
	put_word(last_tag(), FDT_END_NODE);
}

/* In the place of the reservations, which move to the zeros at the end of the tree. */
void spoil_early_property(u32 n)
{
	(void)n;
	fdt_set_off_mem_rsvmap(fit_image, 4096U - 16U);
	put_word(structure(-12), FDT_PROP);
	put_word(structure(-8), 0);
	put_word(structure(-4), 0);
	fdt_set_off_dt_struct(fit_image, fdt_off_dt_struct(fit_image) - 12U);
	fdt_set_size_dt_struct(fit_image, fdt_size_dt_struct(fit_image) + 12U);
}

void spoil_endless_name(u32 n)
{
	u8 *name = (u8 *)name_of("/configurations/unsigned");

	(void)n;
	memset(name, 'x', (size_t)(structure((int)fdt_size_dt_struct(fit_image)) - name));
}

void spoil_deep(u32 n)
{
	int at = node("/configurations");

	(void)n;
	for (u32 i = 0; i < 8U; i++)
		at = fdt_add_subnode(fit_image, at, "x");
}

/* Names of one letter and a number, as short as they can be. */
void spoil_many(u32 n)
{
	char name[4] = "aaa";

	(void)n;
	grow();
	for (u32 i = 0; i < 600U; i++) {
		name[0] = (char)('a' + i % 26U);
		name[1] = (char)('a' + i / 26U);
		(void)fdt_add_subnode(fit_image, 0, name);
	}
}

/* A property that becomes 2,051 tags that say nothing. */
void spoil_tags(u32 n)
{
	void *value;

	(void)n;
	(void)fdt_open_into(fit_image, fit_image, 12288);
	(void)fdt_setprop_placeholder(fit_image, 0, "padding", 8192, &value);
	(void)fdt_nop_property(fit_image, 0, "padding");
}
