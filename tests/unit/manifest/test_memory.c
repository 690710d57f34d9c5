// SPDX-License-Identifier: Apache-2.0
/* Free RAM: taken, placed, shared out. */
#include <string.h>

#include "system.h"

TEST(a_claim_leaves_what_is_on_both_sides)
{
	good_make();
	assert_int_equal(manifest_claim(&board, 0x41000000, 0x1000), 0);
	assert_int_equal(board.free_count, 2);
	assert_int_equal(board.free[0].base.v, 0x40000000);
	assert_int_equal(board.free[0].size, 0x1000000);
	assert_int_equal(board.free[1].base.v, 0x41001000);
	assert_int_equal(board.free[1].base.v + board.free[1].size, 0x50000000);
	assert_int_equal(manifest_claim(&board, 0x41000000, 0x1000), BH_EBUSY);
	assert_int_equal(manifest_claim(&board, 0x40fff000, 0x2000), BH_EBUSY);
	assert_int_equal(manifest_claim(&board, 0x40000000, 0x1000000), 0);
	assert_int_equal(board.free_count, 1);
}

TEST(a_claim_that_wraps_is_refused)
{
	good_make();
	assert_int_equal(manifest_claim(&board, ~0ULL - 0xfffU, 0x2000), BH_EBUSY);
	assert_int_equal(manifest_claim(&board, 0x40000000, ~0ULL), BH_EBUSY);
}

TEST(a_full_list_of_free_ranges_stays_in_its_bounds)
{
	u64 sum = 0;

	good_make();
	for (u32 i = 0; i < 2U * MANIFEST_FREE_MAX; i++)
		(void)manifest_claim(&board, 0x40001000 + (u64)i * 0x2000, 0x1000);
	assert_int_equal(board.free_count, MANIFEST_FREE_MAX);
	for (u32 i = 0; i < board.free_count; i++)
		sum += board.free[i].size;
	assert_true(sum < 0x10000000);
}

TEST(large_chunks_lie_at_large_pages)
{
	hpa_t place;

	good_make();
	assert_int_equal(manifest_place(&board, 0x1000, manifest_align(0x1000), &place), 0);
	assert_int_equal(place.v, 0x40000000);
	assert_int_equal(manifest_place(&board, 0x200000, manifest_align(0x200000), &place), 0);
	assert_int_equal(place.v, 0x40200000);
	assert_int_equal(manifest_place(&board, 0x1000, manifest_align(0x1000), &place), 0);
	assert_int_equal(place.v, 0x40001000);
	assert_int_equal(manifest_place(&board, 0x20000000, manifest_align(0x20000000), &place),
			 BH_ENOMEM);
	assert_int_equal(manifest_place(&board, ~0ULL - 0xfffU, manifest_align(~0ULL - 0xfffU),
					&place),
			 BH_ENOMEM);
}

TEST(memory_of_the_rest_leaves_room_for_the_others)
{
	u64 size;

	good_make();
	assert_int_equal(set_text(at("/partitions/a/memory@40000000"), "size", "rest"), 0);
	assert_string_equal(refused(), "");
	size = config.partition[0].memory[0].size;
	assert_true(size % MIB(2) == 0U && size > MIB(220) && size < MIB(236));
	assert_int_equal(config.partition[1].memory[0].size, 0x1000000);
}

TEST(no_rest_is_left)
{
	good_make();
	assert_int_equal(set_text(at("/partitions/a/memory@40000000"), "size", "rest"), 0);
	board.free[0].size = 0x1000000 + 0x400000;
	assert_string_equal(refused(), "ram-rest");
}

TEST(ram_that_is_short_names_what_is_left)
{
	good_make();
	board.free[0].size = 0x1800000;
	assert_string_equal(refused(), "ram-short");
	assert_string_equal(why.node, "/partitions/b/memory@40000000");
	assert_string_equal(why.text, "0x1000000 bytes do not fit: 0x600000 are left in one piece");
}

TEST(payloads_that_cannot_fit_are_refused)
{
	good_make();
	board.payload[0] = (struct manifest_payload){ "image", 0x1000000 };
	board.payload_count = 1;
	assert_string_equal(refused(), "");
	board.payload[0].size++;
	assert_string_equal(refused(), "payload-size");
	assert_string_equal(why.node, "/partitions/a/kernel");
	assert_string_equal(why.text, "image: 0x1000001 bytes for a memory of 0x1000000");
}

TEST(a_ramdisk_needs_room_beside_the_kernel)
{
	int node;

	good_make();
	node = fdt_add_subnode(tree, at("/partitions/a"), "ramdisk");
	assert_true(node >= 0);
	assert_int_equal(set_text(node, "payload", "image"), 0);
	board.payload[0] = (struct manifest_payload){ "image", 0x800000 };
	board.payload_count = 1;
	assert_string_equal(refused(), "");
	board.payload[0].size = 0x800001;
	assert_string_equal(refused(), "payload-size");
	assert_string_equal(why.text,
			    "image and the ramdisk: 0x1000002 bytes for a memory of 0x1000000");
	node = fdt_add_subnode(tree, at("/partitions/a"), "memory@60000000");
	assert_true(node >= 0);
	assert_int_equal(fdt_setprop_u32(tree, node, "size", 0x800000), 0);
	assert_int_equal(fdt_setprop_u32(tree, at("/partitions/a/kernel"), "load", 0x40000000), 0);
	assert_int_equal(fdt_setprop_u32(tree, at("/partitions/a/ramdisk"), "load", 0x60000000), 0);
	assert_string_equal(refused(), "payload-size");
	assert_string_equal(why.node, "/partitions/a/ramdisk");
	assert_string_equal(why.text, "image: 0x800001 bytes for a memory of 0x800000");
	board.payload[0].size--;
	assert_string_equal(refused(), "");
}

TEST(memory_without_address_is_where_guests_have_it)
{
	good_make();
	assert_int_equal(fdt_set_name(tree, at("/partitions/a/memory@40000000"), "memory"), 0);
	assert_string_equal(refused(), "");
	assert_int_equal(config.partition[0].memory[0].gpa.v, vplat.ram.v);
}

TEST(doorbells_run_out)
{
	static struct vplat few;

	good_make();
	few = vplat;
	few.bell_count = 0;
	board.vplat = &few;
	assert_string_equal(refused(), "channel-ends");
}

TEST(sixty_four_cpus_can_be_shared_out)
{
	good_make();
	board.cpu_count = 64;
	assert_int_equal(set_text(at("/partitions/b"), "cpus", "rest"), 0);
	assert_string_equal(refused(), "");
	assert_true(config.partition[1].cpus == ~1ULL);
	assert_int_equal(config.partition[1].vcpu_count, 63);
	board.cpu_count = 1;
	assert_string_equal(refused(), "cpu-none");
	assert_int_equal(fdt_setprop_u32(tree, at("/partitions/b"), "cpus", 1), 0);
	assert_string_equal(refused(), "cpu-absent");
	assert_string_equal(why.text, "CPU 1 is not there: the board has CPU 0 only");
}

UNIT_TESTS(UNIT(a_claim_leaves_what_is_on_both_sides), UNIT(a_claim_that_wraps_is_refused),
	   UNIT(a_full_list_of_free_ranges_stays_in_its_bounds),
	   UNIT(large_chunks_lie_at_large_pages),
	   UNIT(memory_of_the_rest_leaves_room_for_the_others), UNIT(no_rest_is_left),
	   UNIT(ram_that_is_short_names_what_is_left), UNIT(payloads_that_cannot_fit_are_refused),
	   UNIT(a_ramdisk_needs_room_beside_the_kernel),
	   UNIT(memory_without_address_is_where_guests_have_it), UNIT(doorbells_run_out),
	   UNIT(sixty_four_cpus_can_be_shared_out));
