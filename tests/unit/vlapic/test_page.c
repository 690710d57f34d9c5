// SPDX-License-Identifier: Apache-2.0
/* docs/vapic.md holds the table of registers, line by line as it is made here. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unit.h>

#include "machine.h"

#define PAGE_BYTES 65536U

static char page[PAGE_BYTES];

static void page_load(void)
{
	char name[512];
	FILE *f;
	size_t n;

	assert_true(strlen(__FILE__) < sizeof(name) - 64U);
	strcpy(name, __FILE__);
	strcpy(strrchr(name, '/'), "/../../../docs/vapic.md");
	f = fopen(name, "r");
	assert_non_null(f);
	n = fread(page, 1, sizeof(page) - 1U, f);
	page[n] = '\0';
	(void)fclose(f);
}

static const char *access_of(const struct vlapic_row *r)
{
	static const char *const names[] = { "none: reads 0", "read", "read, write", "write" };

	return r->x2_read_only ? "read, write; as MSR read" : names[r->kind];
}

static void line_make(const struct vlapic_row *r, char *line, size_t size)
{
	const u32 last = r->offset + 16U * (r->count - 1U);
	char place[32] = "-";
	char msr[32] = "-";
	char reserved[32] = "-";

	if ((r->modes & IN_XAPIC) != 0U)
		(void)snprintf(place, sizeof(place), r->count > 1U ? "%03Xh to %03Xh" : "%03Xh",
			       r->offset, last);
	if ((r->modes & IN_X2APIC) != 0U)
		(void)snprintf(msr, sizeof(msr), r->count > 1U ? "%03Xh to %03Xh" : "%03Xh",
			       VLAPIC_MSR_FIRST + r->offset / 16U, VLAPIC_MSR_FIRST + last / 16U);
	if (r->write != NULL)
		(void)snprintf(reserved, sizeof(reserved), "%llX", (unsigned long long)r->reserved);
	(void)snprintf(line, size, "| %s | %s | %s | %s | %X | %s |\n", r->name, place, msr,
		       access_of(r), r->reset, reserved);
}

TEST(the_documentation_has_every_register_as_the_table_has_it)
{
	const char *at;
	char line[256];
	u32 missing = 0;
	u32 rows = 0;

	page_load();
	for (u32 i = 0; i < vlapic_row_count; i++) {
		line_make(&vlapic_rows[i], line, sizeof(line));
		if (strstr(page, line) == NULL) {
			(void)fprintf(stderr, "docs/vapic.md lacks:\n%s", line);
			missing++;
		}
	}
	assert_int_equal(missing, 0);
	for (at = strstr(page, "\n| "); at != NULL; at = strstr(at + 1, "\n| "))
		rows++;
	/* With the head and the line below it. */
	assert_int_equal(rows, vlapic_row_count + 2U);
}

UNIT_TESTS(UNIT(the_documentation_has_every_register_as_the_table_has_it));
