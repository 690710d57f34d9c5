// SPDX-License-Identifier: Apache-2.0
/* What loaders leave in memory, well formed and not. */
#include <asm/bootproto.h>
#include <asm/handoff.h>
#include <bulkhead/lib/error.h>
#include <unit.h>

#define BASE 0x10000U

/* Memory from BASE on; everything else is not there. */
static struct {
	u8 bytes[32768];
	size_t used;
} ram;

static struct handoff h;
static struct handoff_extra extra;

static int ram_read(void *ctx, u64 pa, void *dst, size_t n)
{
	(void)ctx;
	if (!range_inside(pa, n, BASE, sizeof(ram.bytes)))
		return BH_EFAULT;
	memcpy(dst, ram.bytes + (pa - BASE), n);
	return 0;
}

static u64 append(const void *p, size_t n)
{
	u64 at = BASE + ram.used;

	memcpy(ram.bytes + ram.used, p, n);
	ram.used += n;
	return at;
}

static void start(void)
{
	memset(&ram, 0, sizeof(ram));
}

static int parse(u32 protocol, u64 pa)
{
	const struct handoff_mem mem = { .read = ram_read };

	memset(&h, 0xa5, sizeof(h));
	memset(&extra, 0xa5, sizeof(extra));
	return handoff_parse(&mem, protocol, pa, &h, &extra);
}

/* ---- multiboot2 ---------------------------------------------------------------------------- */

static void mb2_start(void)
{
	struct mb2_info info = { 0 };

	start();
	append(&info, sizeof(info));
}

static void mb2_tag(u32 type, const void *body, u32 size)
{
	struct mb2_tag t = { .type = type, .size = (u32)sizeof(t) + size };

	append(&t, sizeof(t));
	append(body, size);
	ram.used = ALIGN_UP(ram.used, 8U);
}

static int mb2_parse(void)
{
	struct mb2_info info;

	mb2_tag(MB2_TAG_END, "", 0);
	info = (struct mb2_info){ .total_size = (u32)ram.used };
	memcpy(ram.bytes, &info, sizeof(info));
	return parse(PROTO_MULTIBOOT2, BASE);
}

static void mb2_memory(const struct e820_entry *e, u32 count, u32 entry_size)
{
	u8 body[8 + 8 * 32] = { 0 };
	u32 head[2] = { entry_size, 0 };

	memcpy(body, head, sizeof(head));
	for (u32 i = 0; i < count; i++)
		memcpy(body + 8 + i * entry_size, &e[i], sizeof(e[i]));
	mb2_tag(MB2_TAG_MMAP, body, 8 + count * entry_size);
}

TEST(multiboot2_gives_memory_modules_and_command_line)
{
	const struct e820_entry map[] = { { 0, 0x9f000, 1, 0 }, { 0xf0000, 0x10000, 2, 0 } };
	const u32 module[] = { 0x800000, 0x900000, 0 };

	mb2_start();
	mb2_tag(MB2_TAG_CMDLINE, "console=x", 10);
	mb2_tag(MB2_TAG_MODULE, module, sizeof(module));
	mb2_memory(map, 2, 24);
	assert_int_equal(mb2_parse(), 0);
	assert_string_equal(h.protocol, "multiboot2");
	assert_string_equal(h.cmdline, "console=x");
	assert_int_equal(h.ram_count, 2);
	assert_true(h.ram[0].usable);
	assert_int_equal(h.ram[0].size, 0x9f000);
	assert_false(h.ram[1].usable);
	assert_int_equal(h.module_count, 1);
	assert_int_equal(h.module[0].base.v, 0x800000);
	assert_int_equal(h.module[0].size, 0x100000);
	assert_int_equal(extra.dropped, 0);
}

TEST(multiboot2_prefers_the_new_root_pointer)
{
	u8 old[20] = "RSD PTR old", new[36] = "RSD PTR new";

	mb2_start();
	mb2_tag(MB2_TAG_ACPI_NEW, new, sizeof(new));
	mb2_tag(MB2_TAG_ACPI_OLD, old, sizeof(old));
	assert_int_equal(mb2_parse(), 0);
	assert_int_equal(extra.rsdp_size, 36);
	assert_memory_equal(extra.rsdp, new, sizeof(new));
	mb2_start();
	mb2_tag(MB2_TAG_ACPI_OLD, old, sizeof(old));
	assert_int_equal(mb2_parse(), 0);
	assert_int_equal(extra.rsdp_size, 20);
}

TEST(multiboot2_map_entries_may_be_larger_than_known)
{
	const struct e820_entry map[] = { { 0, 0x1000, 1, 0 }, { 0x2000, 0x1000, 1, 0 } };

	mb2_start();
	mb2_memory(map, 2, 32);
	assert_int_equal(mb2_parse(), 0);
	assert_int_equal(h.ram_count, 2);
	assert_int_equal(h.ram[1].base.v, 0x2000);
}

TEST(multiboot2_without_end_is_refused)
{
	struct mb2_info info = { .total_size = 16 };

	mb2_start();
	mb2_tag(MB2_TAG_CMDLINE, "abcdefg", 8);
	memcpy(ram.bytes, &info, sizeof(info));
	assert_int_equal(parse(PROTO_MULTIBOOT2, BASE), BH_EINVAL);
}

TEST(multiboot2_tags_must_lie_inside_and_move_on)
{
	const u32 sizes[] = { 0, 7, 17, 0xffffffff };

	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct mb2_info info = { .total_size = 24 };
		struct mb2_tag t = { .type = MB2_TAG_CMDLINE, .size = sizes[i] };

		start();
		append(&info, sizeof(info));
		append(&t, sizeof(t));
		assert_int_equal(parse(PROTO_MULTIBOOT2, BASE), BH_EINVAL);
	}
}

TEST(multiboot2_total_size_is_bounded)
{
	struct mb2_info info = { .total_size = MB2_INFO_MAX + 8U };

	start();
	append(&info, sizeof(info));
	assert_int_equal(parse(PROTO_MULTIBOOT2, BASE), BH_EOVERFLOW);
	info.total_size = 7;
	memcpy(ram.bytes, &info, sizeof(info));
	assert_int_equal(parse(PROTO_MULTIBOOT2, BASE), BH_EINVAL);
	assert_int_equal(parse(PROTO_MULTIBOOT2, 0x1000), BH_EFAULT);
}

TEST(multiboot2_short_tags_are_ignored)
{
	const struct e820_entry map[] = { { 0, 0x1000, 1, 0 } };

	mb2_start();
	mb2_tag(MB2_TAG_MODULE, "\1\2\3", 4);
	mb2_tag(MB2_TAG_MMAP, "\30\0\0", 4);
	mb2_memory(map, 1, 16);
	assert_int_equal(mb2_parse(), 0);
	assert_int_equal(h.module_count, 0);
	assert_int_equal(h.ram_count, 0);
}

TEST(multiboot2_module_that_ends_before_it_starts_is_dropped)
{
	const u32 module[] = { 0x900000, 0x800000, 0 };

	mb2_start();
	mb2_tag(MB2_TAG_MODULE, module, sizeof(module));
	assert_int_equal(mb2_parse(), 0);
	assert_int_equal(h.module_count, 0);
	assert_int_equal(extra.dropped, 1);
}

TEST(command_line_is_cut_and_terminated)
{
	char text[400];

	memset(text, 'a', sizeof(text));
	mb2_start();
	mb2_tag(MB2_TAG_CMDLINE, text, sizeof(text));
	assert_int_equal(mb2_parse(), 0);
	assert_int_equal(strlen(h.cmdline), sizeof(h.cmdline) - 1U);
}

/* ---- PVH ----------------------------------------------------------------------------------- */

static struct pvh_start_info info;

static u64 pvh_start(void)
{
	start();
	info = (struct pvh_start_info){ .magic = PROTO_PVH, .version = 1 };
	return append(&info, sizeof(info));
}

static int pvh_parse(void)
{
	memcpy(ram.bytes, &info, sizeof(info));
	return parse(PROTO_PVH, BASE);
}

TEST(pvh_gives_memory_modules_and_root_pointer)
{
	const struct e820_entry map[] = { { 0x100000, 0x1000000, 1, 0 } };
	const struct pvh_module module = { .paddr = 0x500000, .size = 77 };

	pvh_start();
	info.memmap_paddr = append(map, sizeof(map));
	info.memmap_entries = 1;
	info.modlist_paddr = append(&module, sizeof(module));
	info.nr_modules = 1;
	info.cmdline_paddr = append("a b", 4);
	info.rsdp_paddr = 0xf5b20;
	assert_int_equal(pvh_parse(), 0);
	assert_string_equal(h.protocol, "PVH");
	assert_string_equal(h.cmdline, "a b");
	assert_int_equal(h.rsdp.v, 0xf5b20);
	assert_int_equal(h.ram[0].size, 0x1000000);
	assert_int_equal(h.module[0].size, 77);
}

TEST(pvh_wants_its_magic_and_version_1)
{
	pvh_start();
	info.version = 0;
	assert_int_equal(pvh_parse(), BH_EINVAL);
	info.version = 1;
	info.magic = 1;
	assert_int_equal(pvh_parse(), BH_EINVAL);
	assert_int_equal(parse(PROTO_PVH, 0), BH_EFAULT);
}

TEST(pvh_counts_are_bounded)
{
	pvh_start();
	info.memmap_paddr = BASE;
	info.memmap_entries = 0xffffffff;
	assert_int_equal(pvh_parse(), 0);
	assert_true(extra.dropped >= 0xffffffffU - 256U);
	pvh_start();
	info.modlist_paddr = BASE;
	info.nr_modules = 0xffffffff;
	assert_int_equal(pvh_parse(), 0);
	assert_true(extra.dropped >= 0xffffffffU - HANDOFF_MODULES_MAX);
}

TEST(pvh_lists_outside_memory_are_errors)
{
	pvh_start();
	info.memmap_paddr = ~0ULL - 8U;
	info.memmap_entries = 2;
	assert_int_equal(pvh_parse(), BH_EFAULT);
	pvh_start();
	info.modlist_paddr = 1;
	info.nr_modules = 1;
	assert_int_equal(pvh_parse(), BH_EFAULT);
	pvh_start();
	info.cmdline_paddr = 1;
	assert_int_equal(pvh_parse(), BH_EFAULT);
	assert_string_equal(h.cmdline, "");
}

/* ---- boot sector --------------------------------------------------------------------------- */

static int block_parse(struct boot_block *b)
{
	start();
	return parse(PROTO_BOOT_SECTOR, append(b, sizeof(*b)));
}

TEST(boot_sector_gives_memory_and_system_image)
{
	struct boot_block b = { .magic = PROTO_BOOT_SECTOR, .count = 2 };

	b.e820[0] = (struct e820_entry){ 0, 0x9f000, 1, 1 };
	b.e820[1] = (struct e820_entry){ 0xfffc0000, 0x40000, 2, 1 };
	b.module_base = BOOT_SLOT_PA;
	b.module_size = 1234;
	assert_int_equal(block_parse(&b), 0);
	assert_string_equal(h.protocol, "boot sector");
	assert_int_equal(h.ram_count, 2);
	assert_int_equal(h.module[0].base.v, BOOT_SLOT_PA);
	assert_int_equal(h.module[0].size, 1234);
}

TEST(boot_sector_block_is_checked)
{
	struct boot_block b = { .magic = PROTO_BOOT_SECTOR, .count = 0xffffffff };

	assert_int_equal(block_parse(&b), 0);
	assert_int_equal(h.ram_count, 0);
	assert_int_equal(extra.dropped, 0xffffffffU - BOOT_BLOCK_E820_MAX);
	b.magic = 0;
	assert_int_equal(block_parse(&b), BH_EINVAL);
}

/* ---- all of them --------------------------------------------------------------------------- */

TEST(ranges_that_wrap_or_do_not_fit_are_counted)
{
	struct e820_entry map[70];

	for (u32 i = 0; i < ARRAY_SIZE(map); i++)
		map[i] = (struct e820_entry){ i * 0x10000ULL, 0x1000, 1, 0 };
	map[0] = (struct e820_entry){ ~0ULL, 2, 1, 0 };
	map[1].size = 0;
	pvh_start();
	info.memmap_paddr = append(map, sizeof(map));
	info.memmap_entries = ARRAY_SIZE(map);
	assert_int_equal(pvh_parse(), 0);
	assert_int_equal(h.ram_count, HANDOFF_RAM_MAX);
	assert_int_equal(extra.dropped, 70 - 1 - HANDOFF_RAM_MAX);
}

TEST(unknown_protocol_leaves_an_empty_handoff)
{
	start();
	assert_int_equal(parse(0x2badb002, BASE), BH_ENOTSUP);
	assert_string_equal(h.protocol, "unknown loader");
	assert_int_equal(h.ram_count, 0);
	assert_int_equal(h.module_count, 0);
	assert_string_equal(h.cmdline, "");
}

UNIT_TESTS(UNIT(multiboot2_gives_memory_modules_and_command_line),
	   UNIT(multiboot2_prefers_the_new_root_pointer),
	   UNIT(multiboot2_map_entries_may_be_larger_than_known),
	   UNIT(multiboot2_without_end_is_refused),
	   UNIT(multiboot2_tags_must_lie_inside_and_move_on),
	   UNIT(multiboot2_total_size_is_bounded), UNIT(multiboot2_short_tags_are_ignored),
	   UNIT(multiboot2_module_that_ends_before_it_starts_is_dropped),
	   UNIT(command_line_is_cut_and_terminated),
	   UNIT(pvh_gives_memory_modules_and_root_pointer), UNIT(pvh_wants_its_magic_and_version_1),
	   UNIT(pvh_counts_are_bounded), UNIT(pvh_lists_outside_memory_are_errors),
	   UNIT(boot_sector_gives_memory_and_system_image), UNIT(boot_sector_block_is_checked),
	   UNIT(ranges_that_wrap_or_do_not_fit_are_counted),
	   UNIT(unknown_protocol_leaves_an_empty_handoff));
