// SPDX-License-Identifier: Apache-2.0
/* What a partition is built from, and what is said when it cannot be. */
#include <bulkhead/arch/virq.h>
#include <bulkhead/lib/error.h>

#include <libfdt.h>

#include "system.h"

#include "core/vm/partition.c"
#include "core/vm/shared.c"
#include "core/vm/slot.c"

void lists_empty(void)
{
	memset(partitions, 0, sizeof(partitions));
	memset(slots, 0, sizeof(slots));
	memset(windows, 0, sizeof(windows));
	claimed = 0;
	partition_parts = NULL;
}

static void refused(int err, const char *said)
{
	assert_int_equal(partition_build(&config, 0), err);
	assert_null(partitions[0]);
	if (lines_find(said) == NULL)
		fail_msg("not said: %s; last: %s", said, lines_last());
}

TEST(what_each_owns_is_one_line)
{
	B->console = true;
	assert_int_equal(system_build(&config), 2);
	assert_non_null(lines_find("partition a: CPU 0, 4 MiB at 0x40000000, guest, 0 devices"));
	assert_non_null(
		lines_find("partition b: CPU 1, 4 MiB at 0x40000000, guest, 0 devices, console"));
}

TEST(a_cpu_that_is_not_there_is_named)
{
	A->cpus = BIT(5);
	refused(BH_ENODEV, "partition a: cpus: CPU 5 is not there: the machine has 2");
}

TEST(a_cpu_that_another_has_is_named)
{
	B->cpus = BIT(0);
	assert_int_equal(partition_build(&config, 0), 0);
	assert_int_equal(partition_build(&config, 1), BH_EBUSY);
	assert_non_null(lines_find("partition b: cpus: CPU 0 belongs to another partition"));
	assert_null(partitions[1]);
	assert_non_null(partitions[0]);
}

TEST(memory_that_is_not_there_is_named)
{
	A->memory[0].size = GIB(1);
	refused(BH_ENOMEM, "partition a: memory: 1048576 KiB wanted");
}

TEST(a_place_that_is_not_free_is_named)
{
	A->memory[0].place = RAM + RAM_SIZE;
	refused(BH_EBUSY, "partition a: memory: 0x41000000, 4096 KiB, is not free");
}

TEST(a_payload_that_is_not_in_the_image_is_named)
{
	A->kernel.name = "other";
	refused(BH_ENOENT, "partition a: kernel: payload other: the system image does not have it");
}

TEST(a_payload_that_does_not_fit_is_named)
{
	A->kernel.load = RAM + MIB(4) - 100U;
	refused(BH_ERANGE, "partition a: kernel: payload guest: it does not fit into RAM");
}

TEST(a_ramdisk_over_the_kernel_is_named)
{
	A->ramdisk = (struct payload_config){ "guest", PAYLOAD_RAW, LOAD + PAYLOAD_SIZE - 1U, 0 };
	refused(BH_EINVAL, "partition a: ramdisk: payload guest: it overlaps the kernel");
}

TEST(a_payload_of_another_type_is_named)
{
	A->kernel.type = PAYLOAD_LINUX;
	refused(BH_EINVAL, "partition a: kernel: payload guest: no fake Linux");
}

TEST(memory_without_room_for_the_description_is_named)
{
	A->memory[0].size = PAGE_SIZE * 4U;
	A->kernel.load = RAM;
	refused(BH_ERANGE, "partition a: memory: no room for");
}

TEST(linux_lies_where_its_header_says_with_ramdisk_and_description_above)
{
	const struct load_plan *plan;

	A->kernel = (struct payload_config){ "linux", PAYLOAD_LINUX, PLACE_ANY, PLACE_ANY };
	A->ramdisk = (struct payload_config){ "guest", PAYLOAD_RAW, PLACE_ANY, PLACE_ANY };
	assert_int_equal(partition_build(&config, 0), 0);
	plan = &partitions[0]->plan;
	assert_int_equal(plan->kernel.v, RAM + 0x80000U);
	assert_int_equal(plan->entry.v, RAM + 0x80000U);
	assert_int_equal(plan->ramdisk.v, RAM + 0x83000U);
	assert_int_equal(plan->description.v, RAM);
}

static const char *text(const void *fdt, const char *path, const char *name)
{
	return fdt_getprop(fdt, fdt_path_offset(fdt, path), name, NULL);
}

TEST(the_description_says_what_the_partition_has)
{
	const void *fdt;

	A->bootargs = "console=ttyAMA0";
	A->console = true;
	config.region_count = 1;
	config.region[0] = (struct region_config){ "wire", PAGE_SIZE, PLACE_ANY };
	A->attach_count = 1;
	A->attach[0] = (struct attach_config){ 0, GPA(0x50000000), PT_R | PT_W };
	*B = *A;
	B->name = "b";
	B->cpus = BIT(1);
	assert_int_equal(system_build(&config), 2);
	fdt = partitions[1]->plan.description_blob;
	assert_int_equal(fdt_check_full(fdt, PLAN_FDT_MAX), 0);
	assert_string_equal(text(fdt, "/", "model"), "b");
	assert_string_equal(text(fdt, "/chosen", "bootargs"), "console=ttyAMA0");
	assert_string_equal(text(fdt, "/chosen", "stdout-path"), "/uart");
	assert_true(fdt_path_offset(fdt, "/memory@40000000") > 0);
	assert_string_equal(text(fdt, "/region@50000000", "label"), "wire");
}

static int hook_calls;

static int hook_build(struct partition *p __unused)
{
	hook_calls++;
	return BH_EIO;
}

TEST(a_part_that_fails_is_named)
{
	static struct partition_part part = { .name = "gadget", .build = hook_build };

	partition_part_add(&part);
	refused(BH_EIO, "partition a: gadget: EIO");
	assert_int_equal(hook_calls, 1);
}

TEST(shared_memory_is_clean_and_seen_by_both)
{
	const struct attach_config wire = { 0, GPA(0x50000000), PT_R | PT_W };
	struct pt_leaf a, b;

	config.region_count = 1;
	config.region[0] = (struct region_config){ "wire", PAGE_SIZE, PLACE_ANY };
	A->attach_count = 1;
	A->attach[0] = wire;
	B->attach_count = 1;
	B->attach[0] = wire;
	assert_int_equal(system_build(&config), 2);
	for (u64 i = 0; i < PAGE_SIZE; i++)
		assert_int_equal(partition_region_window(0)[i], 0);
	assert_int_equal(s2_query(&partitions[0]->s2, wire.gpa, &a), 0);
	assert_int_equal(s2_query(&partitions[1]->s2, wire.gpa, &b), 0);
	assert_int_equal(a.pa.v, b.pa.v);
	assert_int_equal(a.attr & PT_RIGHTS, PT_R | PT_W);
}

#define BUILD(name) cmocka_unit_test_setup(name, system_setup)

UNIT_TESTS(BUILD(what_each_owns_is_one_line), BUILD(a_cpu_that_is_not_there_is_named),
	   BUILD(a_cpu_that_another_has_is_named), BUILD(memory_that_is_not_there_is_named),
	   BUILD(a_place_that_is_not_free_is_named),
	   BUILD(a_payload_that_is_not_in_the_image_is_named),
	   BUILD(a_payload_that_does_not_fit_is_named), BUILD(a_ramdisk_over_the_kernel_is_named),
	   BUILD(a_payload_of_another_type_is_named),
	   BUILD(memory_without_room_for_the_description_is_named),
	   BUILD(linux_lies_where_its_header_says_with_ramdisk_and_description_above),
	   BUILD(the_description_says_what_the_partition_has), BUILD(a_part_that_fails_is_named),
	   BUILD(shared_memory_is_clean_and_seen_by_both));
