// SPDX-License-Identifier: Apache-2.0
/*
 * docs/gic-registers.md is what the table says. To write it anew:
 *     WRITE_PAGE=1 make -C tests/unit OUTPUT=dir TESTS=vgic/test_vgic_page
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unit.h>

#include <asm/vgic.h>

#define PAGE_FILE DOCS_DIR "/gic-registers.md"
#define TEXT_MAX 65536U
#define MISSING_MAX 5U

static char made[TEXT_MAX], found[TEXT_MAX];
static size_t length;

static void __attribute__((format(printf, 1, 2))) put(const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(made + length, TEXT_MAX - length, fmt, args);
	va_end(args);
	assert_true(n >= 0 && (size_t)n < TEXT_MAX - length);
	length += (size_t)n;
}

static const char *const frames[VGIC_FRAMES] = {
	[VGIC_GICD] = "GICv3: distributor",
	[VGIC_RD] = "GICv3: redistributor, first frame",
	[VGIC_SGI] = "GICv3: redistributor, second frame (SGIs and PPIs)",
	[VGIC_GICD2] = "GICv2: distributor",
};

static const char *kind_of(const struct vgic_row *r)
{
	static const char *const kinds[] = {
		[VGIC_RO] = "read-only",     [VGIC_RW] = "read-write", [VGIC_SET] = "ones set",
		[VGIC_CLEAR] = "ones clear", [VGIC_WO] = "write-only",
	};

	if (r->missing != 0U)
		return "read-only; read-write in the architecture";
	return kinds[r->kind];
}

static void put_sizes(const struct vgic_row *r)
{
	const char *between = "";

	for (u32 size = 1; size <= 8U; size *= 2U) {
		if ((r->sizes & (1U << size)) == 0U)
			continue;
		put("%s%u", between, size);
		between = ", ";
	}
}

static void put_row(const struct vgic_row *r)
{
	put("| 0x%04x | %s | %u x %u | ", r->offset, r->name, r->count, r->width);
	put_sizes(r);
	put(" | %s | ", kind_of(r));
	if (r->by_vcpu != 0U || (r->kind == VGIC_RO && r->read != NULL))
		put("by vcpu or register");
	else
		put("0x%llx", (unsigned long long)r->reset);
	if (r->kind == VGIC_RO)
		put(" | all |\n");
	else
		put(" | 0x%llx |\n",
		    (unsigned long long)(r->read_only & (~0ULL >> (64U - 8U * r->width))));
}

static void make_page(void)
{
	length = 0;
	put("# Registers of the virtual GIC\n"
	    "\n"
	    "Made from `vgic_rows` (`arch/arm64/virt/vgic_regs.c`) by `tests/unit/vgic`,\n"
	    "which also says when this page and the table differ. A row is *count*\n"
	    "registers of *width* bytes side by side. What is in no row, and any access of\n"
	    "a size that a row does not name, reads 0 and is ignored when written; so is\n"
	    "what is read-only. The guest of `tests/system/vgic` tries all of it from\n"
	    "inside, at 1, 2, 4 and 8 bytes.\n");
	for (u32 i = 0; i < vgic_row_count; i++) {
		const struct vgic_row *r = &vgic_rows[i];

		if (i == 0U || r[-1].frame != r->frame)
			put("\n## %s\n\n"
			    "| offset | register | count x width | access sizes | kind | reset "
			    "| bits that are fixed |\n"
			    "| --- | --- | --- | --- | --- | --- | --- |\n",
			    frames[r->frame]);
		put_row(r);
	}
}

TEST(the_page_says_what_the_table_says)
{
	FILE *f;
	size_t n;

	make_page();
	if (getenv("WRITE_PAGE") != NULL) {
		f = fopen(PAGE_FILE, "wb");
		assert_non_null(f);
		assert_int_equal(fwrite(made, 1, length, f), length);
		assert_int_equal(fclose(f), 0);
	}
	f = fopen(PAGE_FILE, "rb");
	assert_non_null(f);
	n = fread(found, 1, sizeof(found) - 1U, f);
	(void)fclose(f);
	found[n] = '\0';
	assert_string_equal(found, made);
}

TEST(few_registers_are_less_than_the_architecture_has)
{
	u32 missing = 0;

	for (u32 i = 0; i < vgic_row_count; i++)
		missing += vgic_rows[i].missing;
	assert_in_range(missing, 0, MISSING_MAX);
}

UNIT_TESTS(UNIT(the_page_says_what_the_table_says),
	   UNIT(few_registers_are_less_than_the_architecture_has));
