// SPDX-License-Identifier: Apache-2.0
#include "tree.h"

#include <stdlib.h>

#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>

#include "firmware.h"

u64 tree[TREE_MAX / 8U];
struct machine m;

int read_bytes(const void *bytes, size_t size)
{
	void *copy = malloc(size);
	int err;

	assert_non_null(copy);
	memcpy(copy, bytes, size);
	err = fdt_read_machine(copy, size, &m);
	free(copy);
	return err;
}

int read_tree(void)
{
	static u64 packed[TREE_MAX / 8U];

	memcpy(packed, tree, sizeof(tree));
	assert_int_equal(fdt_pack(packed), 0);
	return read_bytes(packed, fdt_totalsize(packed));
}

void tree_load(const char *name)
{
	static u64 raw[TREE_MAX / 8U];

	log_ring_init();
	data_load(name, raw, sizeof(raw));
	assert_int_equal(fdt_open_into(raw, tree, sizeof(tree)), 0);
}

int node_at(const char *path)
{
	int node = fdt_path_offset(tree, path);

	if (node < 0)
		fail_msg("%s: not in the tree", path);
	return node;
}

void prop_set(const char *path, const char *name, const void *value, size_t size)
{
	assert_int_equal(fdt_setprop(tree, node_at(path), name, value, (int)size), 0);
}

void text_set(const char *path, const char *name, const char *value)
{
	prop_set(path, name, value, strlen(value) + 1U);
}

void cells_set(const char *path, const char *name, const u32 *cells, size_t count)
{
	fdt32_t be[32];

	assert_true(count <= ARRAY_SIZE(be));
	for (size_t i = 0; i < count; i++)
		be[i] = cpu_to_fdt32(cells[i]);
	prop_set(path, name, be, count * 4U);
}

void node_add(const char *parent, const char *name)
{
	assert_true(fdt_add_subnode(tree, node_at(parent), name) >= 0);
}

void tree_small(void)
{
	log_ring_init();
	assert_int_equal(fdt_create_empty_tree(tree, sizeof(tree)), 0);
	CELLS("/", "#address-cells", 2);
	CELLS("/", "#size-cells", 2);
	node_add("/", "memory@40000000");
	text_set("/memory@40000000", "device_type", "memory");
	CELLS("/memory@40000000", "reg", 0, 0x40000000, 0, 0x10000000);
	node_add("/", "cpus");
	CELLS("/cpus", "#address-cells", 1);
	CELLS("/cpus", "#size-cells", 0);
	node_add("/cpus", "cpu@1");
	text_set("/cpus/cpu@1", "device_type", "cpu");
	CELLS("/cpus/cpu@1", "reg", 0x100);
	node_add("/cpus", "cpu@0"); /* libfdt adds at the front */
	text_set("/cpus/cpu@0", "device_type", "cpu");
	CELLS("/cpus/cpu@0", "reg", 0);
}

void device_add(const char *name, const char *compatible, u32 base, u32 size)
{
	char path[64];

	snprintf(path, sizeof(path), "/%s", name);
	node_add("/", name);
	text_set(path, "compatible", compatible);
	CELLS(path, "reg", 0, base, 0, size);
}

void refused(const char *message)
{
	assert_int_equal(read_tree(), BH_EINVAL);
	assert_string_equal(last_error(), message);
}
