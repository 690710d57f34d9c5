// SPDX-License-Identifier: Apache-2.0
/* Trees that no compiler makes, and what becomes of a good one. */
#include <stdlib.h>
#include <string.h>

#include <bulkhead/lib/pt.h>

#include "system.h"

TEST(a_good_manifest_becomes_the_configuration)
{
	const struct partition_config *a = &config.partition[0];

	good_make();
	assert_string_equal(refused(), "");
	assert_int_equal(config.partition_count, 2);
	assert_string_equal(a->name, "a");
	assert_int_equal(a->cpus, 1);
	assert_int_equal(a->vcpu_count, 1);
	assert_int_equal(a->memory_count, 1);
	assert_int_equal(a->memory[0].gpa.v, 0x40000000);
	assert_int_equal(a->memory[0].size, 0x1000000);
	assert_true(a->memory[0].place == PLACE_ANY);
	assert_string_equal(a->kernel.name, "image");
	assert_int_equal(a->kernel.type, PAYLOAD_RAW);
	assert_true(a->kernel.load == PLACE_ANY && a->kernel.entry == PLACE_ANY);
	assert_null(a->ramdisk.name);
	assert_string_equal(a->bootargs, "");
	assert_int_equal(a->attach_count, 2);
	assert_int_equal(a->attach[0].rights, PT_R | PT_W);
	for (u32 i = 0; i < HEALTH_EVENTS; i++)
		assert_int_equal(a->action[i], i == HEALTH_DMA ? FAILURE_IGNORE : FAILURE_HALT);
	assert_int_equal(a->not_in, 0);
	assert_int_equal(config.partition[1].after, 1);
	assert_int_equal(config.region_count, 2);
	assert_int_equal(config.channel_count, 1);
	assert_int_equal(config.channel[0].partition[1], 1);
	assert_int_equal(config.channel[0].intid[0], vplat.bell_intid);
}

TEST(every_value_arrives)
{
	good_make();
	assert_int_equal(set_text(at("/partitions/a"), "bootargs", "x=1"), 0);
	assert_int_equal(fdt_setprop_empty(tree, at("/partitions/a"), "console"), 0);
	assert_int_equal(fdt_setprop_u32(tree, at("/partitions/a"), "manages", 2), 0);
	assert_int_equal(set_text(at("/partitions/a"), "on-failure", "restart"), 0);
	assert_int_equal(set_text(at("/partitions/a"), "on-watchdog", "ignore"), 0);
	assert_int_equal(set_text(at("/partitions/a"), "restarts-then", "degrade"), 0);
	assert_int_equal(set_text(at("/partitions/a"), "runs-in", "degraded"), 0);
	assert_int_equal(fdt_setprop_u32(tree, at("/partitions/a"), "restarts-max", 7), 0);
	assert_int_equal(fdt_setprop_u64(tree, at("/partitions/a"), "firmware-pass",
					 0xc2000000c200ffffULL),
			 0);
	assert_int_equal(fdt_setprop_u64(tree, at("/partitions/a"), "firmware-deny",
					 0x8400005084000053ULL),
			 0);
	assert_int_equal(fdt_setprop_u32(tree, at("/partitions/a"), "watchdog-ms", 500), 0);
	assert_int_equal(
		fdt_setprop_u64(tree, at("/partitions/a/memory@40000000"), "place", 0x48000000), 0);
	assert_int_equal(fdt_setprop_u64(tree, at("/partitions/a/kernel"), "load", 0x40200000), 0);
	assert_int_equal(set_text(at("/partitions/b/shared@80000000"), "rights", "rx"), 0);
	assert_string_equal(refused(), "");
	assert_string_equal(config.partition[0].bootargs, "x=1");
	assert_true(config.partition[0].console);
	assert_int_equal(config.partition[0].manages, 2);
	assert_int_equal(config.partition[0].action[HEALTH_STOP], FAILURE_RESTART);
	assert_int_equal(config.partition[0].action[HEALTH_ERROR], FAILURE_RESTART);
	assert_int_equal(config.partition[0].action[HEALTH_WATCHDOG], FAILURE_IGNORE);
	assert_true(config.partition[0].degrade);
	assert_int_equal(config.partition[0].not_in, BIT(MODE_NORMAL));
	assert_int_equal(config.partition[0].restarts_max, 7);
	assert_int_equal(config.partition[0].firmware.count, 2);
	assert_int_equal(config.partition[0].firmware.rule[0].first, 0x84000050);
	assert_int_equal(config.partition[0].firmware.rule[0].last, 0x84000053);
	assert_int_equal(config.partition[0].firmware.rule[0].action, FIRMWARE_DENY);
	assert_int_equal(config.partition[0].firmware.rule[1].last, 0xc200ffff);
	assert_int_equal(config.partition[0].firmware.rule[1].action, FIRMWARE_PASS);
	assert_int_equal(config.partition[0].watchdog_ms, 500);
	assert_int_equal(config.partition[0].memory[0].place, 0x48000000);
	assert_int_equal(config.partition[0].kernel.load, 0x40200000);
	assert_int_equal(config.partition[1].attach[0].rights, PT_R | PT_X);
}

static void header_spoilt(void (*spoil)(void), const char *text)
{
	good_make();
	spoil();
	assert_string_equal(refused(), "tree");
	assert_string_equal(why.text, text);
	assert_string_equal(why.node, "");
}

static void magic(void)
{
	fdt_set_magic(tree, 1);
}

static void too_long(void)
{
	fdt_set_totalsize(tree, TREE_ROOM + 8U);
}

static void too_old(void)
{
	fdt_set_version(tree, 16);
	fdt_set_last_comp_version(tree, 16);
}

static void crooked(void)
{
	fdt_set_off_dt_struct(tree, fdt_off_dt_struct(tree) + 2U);
}

static void endless_names(void)
{
	memset(tree + fdt_off_dt_strings(tree), 'x', fdt_size_dt_strings(tree));
}

TEST(a_header_that_lies_is_refused)
{
	header_spoilt(magic, "its header is malformed");
	header_spoilt(too_long, "it is longer than its file, or than 64 KiB");
	header_spoilt(too_old, "it is not compatible with version 17");
	header_spoilt(crooked, "a block of it is misaligned");
	header_spoilt(endless_names, "its names do not end");
}

TEST(an_unaligned_tree_is_refused)
{
	good_make();
	memmove(tree + 4, tree, 4096);
	assert_int_equal(manifest_read(tree + 4, 4096, &board, &config, &why), BH_EINVAL);
	assert_string_equal(why.rule, "tree");
}

/* Writes a tag over the one that begins the node at @path. */
static void tag_write(const char *path, u32 tag)
{
	fdt32_st(tree + fdt_off_dt_struct(tree) + (u32)at(path), tag);
}

TEST(tags_out_of_place_are_refused)
{
	good_make();
	tag_write("/payloads", FDT_END);
	assert_string_equal(refused(), "tree");
	good_make();
	tag_write("/payloads", 7);
	assert_string_equal(refused(), "tree");
	good_make();
	tag_write("/", FDT_NOP);
	assert_string_equal(refused(), "tree");
	good_make();
	tag_write("/", FDT_END_NODE);
	assert_string_equal(refused(), "tree");
}

TEST(a_name_outside_the_strings_is_refused)
{
	int offset;
	int node;

	good_make();
	node = at("/payloads/image");
	offset = fdt_first_property_offset(tree, node);
	fdt32_st(tree + fdt_off_dt_struct(tree) + (u32)offset + 8U, 0x7fffffff);
	assert_string_equal(refused(), "tree");
}

TEST(two_nodes_of_one_name_are_refused)
{
	good_make();
	assert_int_equal(fdt_set_name(tree, at("/partitions/b"), "a"), 0);
	assert_string_equal(refused(), "twice");
	assert_string_equal(why.text, "there is another node like it");
}

TEST(a_property_that_is_there_twice_is_refused)
{
	int b;
	int offset;
	u8 *p;

	good_make();
	b = at("/partitions/b");
	offset = fdt_first_property_offset(tree, b);
	p = tree + fdt_off_dt_struct(tree) + (u32)offset;
	/* "cpus" and "phandle" are alike but for their names. */
	memcpy(p + 16, p, 12);
	assert_string_equal(refused(), "twice");
	assert_string_equal(why.property, "cpus");
	assert_string_equal(why.node, "/partitions/b");
}

TEST(all_that_is_wrong_is_said_once_each)
{
	good_make();
	assert_int_equal(fdt_delprop(tree, at("/partitions/a"), "cpus"), 0);
	assert_int_equal(fdt_delprop(tree, at("/partitions/b/kernel"), "type"), 0);
	assert_string_equal(refused(), "missing");
	assert_string_equal(why.node, "/partitions/a");
	assert_string_equal(why.property, "cpus");
	assert_string_equal(why.hint, "add it");
}

TEST(what_is_in_an_unknown_node_is_not_read)
{
	int node;

	good_make();
	node = fdt_add_subnode(tree, at("/partitions/a"), "other");
	assert_true(node >= 0);
	assert_int_equal(fdt_setprop_string(tree, node, "cpus", "many"), 0);
	assert_true(fdt_add_subnode(tree, node, "memory") >= 0);
	assert_string_equal(refused(), "unknown-node");
	assert_string_equal(why.node, "/partitions/a/other");
}

/* Every prefix of a tree, each at the end of its memory. */
TEST(a_tree_that_was_cut_off_is_refused)
{
	size_t size;

	good_make();
	assert_int_equal(fdt_pack(tree), 0);
	size = fdt_totalsize(tree);
	for (size_t n = 0; n < size; n++) {
		u8 *cut = aligned_alloc(8, ALIGN_UP(n + 8U, 8U));

		memcpy(cut, tree, n);
		assert_int_equal(manifest_read(cut, n, &board, &config, &why), BH_EINVAL);
		free(cut);
	}
}

/* Any bit of a tree may be wrong: it is refused, or it is another good one. */
TEST(a_flipped_bit_does_no_harm)
{
	size_t size;
	u8 *copy;

	good_make();
	assert_int_equal(fdt_pack(tree), 0);
	size = fdt_totalsize(tree);
	copy = aligned_alloc(8, ALIGN_UP(size, 8U));
	for (size_t bit = 0; bit < size * 8U; bit++) {
		int err;

		memcpy(copy, tree, size);
		copy[bit / 8U] ^= (u8)(1U << (bit % 8U));
		err = manifest_read(copy, size, &board, &config, &why);
		assert_true(err == 0 || err == BH_EINVAL);
		assert_true(config.partition_count <= PARTITIONS_MAX);
	}
	free(copy);
}

UNIT_TESTS(UNIT(a_good_manifest_becomes_the_configuration), UNIT(every_value_arrives),
	   UNIT(a_header_that_lies_is_refused), UNIT(an_unaligned_tree_is_refused),
	   UNIT(tags_out_of_place_are_refused), UNIT(a_name_outside_the_strings_is_refused),
	   UNIT(two_nodes_of_one_name_are_refused), UNIT(a_property_that_is_there_twice_is_refused),
	   UNIT(all_that_is_wrong_is_said_once_each), UNIT(what_is_in_an_unknown_node_is_not_read),
	   UNIT(a_tree_that_was_cut_off_is_refused), UNIT(a_flipped_bit_does_no_harm));
