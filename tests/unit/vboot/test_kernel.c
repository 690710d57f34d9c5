// SPDX-License-Identifier: Apache-2.0
/* Headers of payloads: what is taken, and what is refused with which words. */
#include <bulkhead/arch/vplat.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <unit.h>
#include <vkernel.h>

static u8 head[VPLAT_HEAD_MAX];
static struct vplat_payload out;
static const char *why;

static int read_kernel(enum payload_type type, u64 size, u64 ram_size)
{
	const size_t n = size < sizeof(head) ? (size_t)size : sizeof(head);

	why = NULL;
	return vplat_kernel(type, head, n, size, GPA(0), ram_size, &out, &why);
}

static void bzimage(void)
{
	memset(head, 0, sizeof(head));
	head[SETUP_SECTS] = 7;
	head[SETUP_JUMP] = 0x66;
	field_put(head, SETUP_BOOT_FLAG, 2, 0xaa55);
	field_put(head, SETUP_MAGIC, 4, 0x53726448);
	field_put(head, SETUP_VERSION, 2, 0x20f);
	field_put(head, SETUP_ALIGNMENT, 4, MIB(2));
	head[SETUP_RELOCATABLE] = 1;
	field_put(head, SETUP_XLOADFLAGS, 2, 1);
	field_put(head, SETUP_PREF_ADDRESS, 8, MIB(16));
	field_put(head, SETUP_INIT_SIZE, 4, MIB(20));
}

TEST(a_bzimage_goes_where_it_wants_to_be)
{
	bzimage();
	assert_int_equal(read_kernel(PAYLOAD_LINUX, MIB(8), MIB(256)), 0);
	assert_int_equal(out.load, MIB(16) - 8U * 512U);
	assert_int_equal(out.size, 8U * 512U + MIB(20));
	assert_int_equal(out.entry, MIB(16) + 0x200U);
	assert_int_equal(out.image.count, 0);
}

TEST(one_that_is_relocatable_goes_lower_if_it_must)
{
	bzimage();
	assert_int_equal(read_kernel(PAYLOAD_LINUX, MIB(8), MIB(30)), 0);
	assert_int_equal(out.entry, MIB(4) + 0x200U);
	head[SETUP_RELOCATABLE] = 0;
	assert_int_equal(read_kernel(PAYLOAD_LINUX, MIB(8), MIB(30)), BH_ERANGE);
	assert_non_null(strstr(why, "not relocatable"));
}

TEST(one_may_insist_on_the_first_mebibyte_above_the_pc)
{
	bzimage();
	head[SETUP_RELOCATABLE] = 0;
	head[SETUP_SECTS] = 2;
	field_put(head, SETUP_PREF_ADDRESS, 8, MIB(1));
	assert_int_equal(read_kernel(PAYLOAD_LINUX, MIB(8), MIB(64)), 0);
	assert_int_equal(out.load, MIB(1) - 3U * 512U);
	assert_int_equal(out.entry, MIB(1) + 0x200U);
	head[SETUP_SECTS] = 128;
	assert_int_equal(read_kernel(PAYLOAD_LINUX, MIB(8), MIB(64)), BH_ERANGE);
	assert_non_null(strstr(why, "in front of its place"));
}

TEST(what_is_no_bzimage_is_refused)
{
	static const struct {
		size_t at;
		u32 size;
		u64 value;
		int err;
		const char *why;
	} cases[] = {
		{ SETUP_BOOT_FLAG, 2, 0, BH_EINVAL, "magic" },
		{ SETUP_MAGIC, 4, 0, BH_EINVAL, "magic" },
		{ SETUP_VERSION, 2, 0x20b, BH_ENOTSUP, "64-bit" },
		{ SETUP_XLOADFLAGS, 2, 0, BH_ENOTSUP, "64-bit" },
		{ SETUP_INIT_SIZE, 4, 0xffffffff, BH_ERANGE, "fit" },
		{ SETUP_SECTS, 1, 255, BH_EINVAL, "ends within" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		bzimage();
		field_put(head, cases[i].at, cases[i].size, cases[i].value);
		assert_int_equal(read_kernel(PAYLOAD_LINUX, KIB(100), MIB(64)), cases[i].err);
		assert_non_null(strstr(why, cases[i].why));
	}
	bzimage();
	field_put(head, SETUP_PREF_ADDRESS, 8, 0);
	field_put(head, SETUP_ALIGNMENT, 4, 3);
	assert_int_equal(read_kernel(PAYLOAD_LINUX, MIB(8), MIB(64)), BH_EINVAL);
	assert_int_equal(read_kernel(PAYLOAD_LINUX, 0x200, MIB(64)), BH_EINVAL);
}

/* A multiboot header at @at whose addresses say load [@load, @load + 0x1000), bss to @bss. */
static void multiboot(size_t at, u32 flags, u32 load, u32 bss, u32 entry)
{
	memset(head, 0, sizeof(head));
	field_put(head, at, 4, MULTIBOOT_HEADER_MAGIC);
	field_put(head, at + 4U, 4, flags);
	field_put(head, at + 8U, 4, (u32)(0U - MULTIBOOT_HEADER_MAGIC - flags));
	field_put(head, at + 12U, 4, load + at);
	field_put(head, at + 16U, 4, load);
	field_put(head, at + 20U, 4, load + 0x1000U);
	field_put(head, at + 24U, 4, bss);
	field_put(head, at + 28U, 4, entry);
}

TEST(a_multiboot_header_says_what_goes_where)
{
	multiboot(0x40, 0x10003, MIB(1), MIB(2), MIB(1) + 0x80U);
	assert_int_equal(read_kernel(PAYLOAD_MULTIBOOT, 0x1000, MIB(16)), 0);
	assert_int_equal(out.image.count, 1);
	assert_int_equal(out.image.segment[0].offset, 0);
	assert_int_equal(out.image.segment[0].at, MIB(1));
	assert_int_equal(out.image.segment[0].file_size, 0x1000);
	assert_int_equal(out.image.segment[0].size, MIB(1));
	assert_int_equal(out.entry, MIB(1) + 0x80U);
}

TEST(multiboot_headers_that_cannot_be_kept_are_refused)
{
	multiboot(0x40, 0x10003, MIB(1), 0, MIB(1) - 1U);
	assert_int_equal(read_kernel(PAYLOAD_MULTIBOOT, 0x1000, MIB(16)), BH_EINVAL);
	assert_non_null(strstr(why, "entry"));
	multiboot(0x40, 0x10008, MIB(1), 0, MIB(1));
	assert_int_equal(read_kernel(PAYLOAD_MULTIBOOT, 0x1000, MIB(16)), BH_ENOTSUP);
	multiboot(0x40, 0x10003, MIB(1), 0, MIB(1));
	assert_int_equal(read_kernel(PAYLOAD_MULTIBOOT, 0x800, MIB(16)), BH_EINVAL);
	assert_non_null(strstr(why, "more than the file"));
	field_put(head, 0x4c, 4, 0);
	assert_int_equal(read_kernel(PAYLOAD_MULTIBOOT, 0x1000, MIB(16)), BH_EINVAL);
	assert_non_null(strstr(why, "disagree"));
	memset(head, 0, sizeof(head));
	assert_int_equal(read_kernel(PAYLOAD_MULTIBOOT, 0x1000, MIB(16)), BH_EINVAL);
	assert_non_null(strstr(why, "no multiboot header"));
}

/* A 32-bit ELF file with one segment at 1 MiB and, if @note, a PVH note that says @entry. */
static void elf32(bool note, u32 entry)
{
	memset(head, 0, sizeof(head));
	field_put(head, 0, 4, 0x464c457f);
	head[4] = 1;
	head[5] = 1;
	field_put(head, 16, 2, 2);
	field_put(head, 18, 2, 3);
	field_put(head, 24, 4, MIB(1));
	field_put(head, 28, 4, 52);
	field_put(head, 42, 2, 32);
	field_put(head, 44, 2, note ? 2 : 1);
	field_put(head, 52, 4, 1);
	field_put(head, 60, 4, MIB(1));
	field_put(head, 64, 4, MIB(1));
	field_put(head, 68, 4, 0x1000);
	field_put(head, 72, 4, 0x2000);
	field_put(head, 84, 4, 4);
	field_put(head, 88, 4, 0x200);
	field_put(head, 100, 4, 20);
	field_put(head, 0x200, 4, 4);
	field_put(head, 0x204, 4, 4);
	field_put(head, 0x208, 4, PVH_NOTE);
	memcpy(head + 0x20c, "Xen", 4);
	field_put(head, 0x210, 4, entry);
}

TEST(a_pvh_note_is_where_it_starts)
{
	elf32(true, MIB(1) + 0x20U);
	assert_int_equal(read_kernel(PAYLOAD_PVH, 0x1000, MIB(16)), 0);
	assert_int_equal(out.entry, MIB(1) + 0x20U);
	assert_int_equal(out.load, MIB(1));
	assert_int_equal(out.size, 0x2000);
	elf32(true, MIB(3));
	assert_int_equal(read_kernel(PAYLOAD_PVH, 0x1000, MIB(16)), BH_EINVAL);
	elf32(false, 0);
	assert_int_equal(read_kernel(PAYLOAD_PVH, 0x1000, MIB(16)), BH_EINVAL);
	assert_non_null(strstr(why, "no PVH note"));
	elf32(true, MIB(1));
	field_put(head, 88, 4, 0x3000);
	assert_int_equal(read_kernel(PAYLOAD_PVH, 0x4000, MIB(16)), BH_EOVERFLOW);
}

TEST(real_mode_is_below_1_mib)
{
	assert_int_equal(read_kernel(PAYLOAD_REAL, 512, MIB(1)), 0);
	assert_int_equal(out.entry, 0x7c00);
	assert_int_equal(vplat_kernel(PAYLOAD_REAL, head, 512, 512, GPA(MIB(1)), MIB(1), &out,
				      &why),
			 BH_ERANGE);
	assert_int_equal(read_kernel(PAYLOAD_TYPES, 512, MIB(1)), BH_ENOTSUP);
}

UNIT_TESTS(UNIT(a_bzimage_goes_where_it_wants_to_be),
	   UNIT(one_that_is_relocatable_goes_lower_if_it_must),
	   UNIT(one_may_insist_on_the_first_mebibyte_above_the_pc),
	   UNIT(what_is_no_bzimage_is_refused), UNIT(a_multiboot_header_says_what_goes_where),
	   UNIT(multiboot_headers_that_cannot_be_kept_are_refused),
	   UNIT(a_pvh_note_is_where_it_starts), UNIT(real_mode_is_below_1_mib));
