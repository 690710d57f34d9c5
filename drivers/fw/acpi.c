// SPDX-License-Identifier: Apache-2.0
/* From the root pointer to each table: ACPI 6.5, 5.2.5 to 5.2.8. */
#include <stdarg.h>

#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/printf.h>
#include <bulkhead/lib/string.h>

#include "acpi_table.h"
#include "machine_build.h"

#define RSDP_V1_SIZE 20U
#define RSDP_V2_SIZE 36U
#define TABLES_MAX 128U

/* A signature as the little-endian number it is in memory. */
#define SIGNATURE(a, b, c, d) ((u32)(a) | (u32)(b) << 8 | (u32)(c) << 16 | (u32)(d) << 24)

struct table_kind {
	u32 signature;
	u32 min; /* bytes */
	int (*read)(struct acpi_reader *r, const struct acpi_table *t);
};

static const struct table_kind table_kinds[] = {
	{ SIGNATURE('A', 'P', 'I', 'C'), 44, acpi_read_madt },
	{ SIGNATURE('M', 'C', 'F', 'G'), 44, acpi_read_mcfg },
	{ SIGNATURE('D', 'M', 'A', 'R'), 48, acpi_read_dmar },
	{ SIGNATURE('I', 'V', 'R', 'S'), 48, acpi_read_ivrs },
	{ SIGNATURE('F', 'A', 'C', 'P'), 116, acpi_read_fadt },
	{ SIGNATURE('S', 'P', 'C', 'R'), 80, acpi_read_spcr },
	{ SIGNATURE('G', 'T', 'D', 'T'), 96, acpi_read_gtdt },
	{ SIGNATURE('I', 'O', 'R', 'T'), 48, acpi_read_iort },
};

int acpi_bad(const struct acpi_table *t, u32 at, const char *fmt, ...)
{
	char text[LOG_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	bh_vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_error("acpi: %s offset 0x%x: %s", t->signature, at, text);
	return trace_error(BH_EINVAL);
}

static u64 number(const struct acpi_table *t, u32 at, u32 size)
{
	u64 v = 0;

	if (!range_inside(at, size, 0, t->size)) {
		return 0;
	}
	for (u32 i = size; i > 0U; i--) {
		v = v << 8 | t->data[at + i - 1U];
	}
	return v;
}

u8 acpi_u8(const struct acpi_table *t, u32 at)
{
	return (u8)number(t, at, 1);
}

u16 acpi_u16(const struct acpi_table *t, u32 at)
{
	return (u16)number(t, at, 2);
}

u32 acpi_u32(const struct acpi_table *t, u32 at)
{
	return (u32)number(t, at, 4);
}

u64 acpi_u64(const struct acpi_table *t, u32 at)
{
	return number(t, at, 8);
}

static const struct acpi_entry_kind *entry_kind(const struct acpi_entry_kind *kinds, u32 type)
{
	while (kinds->read != NULL && kinds->type != type) {
		kinds++;
	}
	return kinds->read != NULL ? kinds : NULL;
}

int acpi_entries(struct acpi_reader *r, const struct acpi_table *t, u32 at, u32 end,
		 const struct acpi_entry_layout *layout, const struct acpi_entry_kind *kinds)
{
	u32 head = layout->size_at + layout->size_size;
	int err = 0;

	while (at < end && err == 0) {
		const struct acpi_entry_kind *k;
		u32 type, size;

		if (end - at < head) {
			return acpi_bad(t, at, "%u bytes left, expected an entry of %u or more",
					end - at, head);
		}
		type = (u32)number(t, at, layout->type_size);
		size = (u32)number(t, at + layout->size_at, layout->size_size);
		k = entry_kind(kinds, type);
		if (size < head || (k != NULL && size < k->min)) {
			return acpi_bad(t, at, "%s (type %u) of %u bytes, expected %u or more",
					k != NULL ? k->name : "entry", type, size,
					k != NULL ? k->min : head);
		}
		if (size > end - at) {
			return acpi_bad(t, at, "%s (type %u) of %u bytes, but only %u are left",
					k != NULL ? k->name : "entry", type, size, end - at);
		}
		if (k != NULL) {
			err = k->read(r, t, at, size);
		}
		at += size;
	}
	return err;
}

int acpi_copy(const struct acpi_reader *r, const char *what, u64 pa, void *dst, u32 size)
{
	const void *p = NULL;

	if (size == 0U) {
		return 0;
	}
	if (pa != 0U && pa + (size - 1U) >= pa) {
		p = r->mem->map(r->mem->ctx, pa, size);
	}
	if (p == NULL) {
		log_error("acpi: %s at 0x%lx: cannot map %u bytes", what, pa, size);
		return trace_error(BH_EFAULT);
	}
	memcpy(dst, p, size);
	r->mem->unmap(r->mem->ctx, p, size);
	return 0;
}

static u8 checksum(const u8 *p, u32 size)
{
	u32 sum = 0;

	for (u32 i = 0; i < size; i++) {
		sum += p[i];
	}
	return (u8)sum;
}

int acpi_header(const struct acpi_reader *r, u64 pa, u8 header[ACPI_HEADER], u32 max,
		struct acpi_table *t)
{
	int err = acpi_copy(r, "table header", pa, header, ACPI_HEADER);

	if (err != 0) {
		return err;
	}
	t->pa = pa;
	t->data = header;
	t->size = ACPI_HEADER;
	(void)text_copy(t->signature, sizeof(t->signature), (const char *)header, 4);
	t->revision = header[8];
	t->size = acpi_u32(t, 4);
	if (t->size < ACPI_HEADER || t->size > max) {
		log_error("acpi: %s at 0x%lx: length %u, expected %u to %u", t->signature, pa,
			  t->size, ACPI_HEADER, max);
		return trace_error(BH_EINVAL);
	}
	return 0;
}

/*
 * The rest of a table behind its header, into fw_buffer. The header is not read again, so that
 * its length stays the one that was checked.
 */
static int table_copy(const struct acpi_reader *r, const u8 header[ACPI_HEADER],
		      struct acpi_table *t)
{
	int err = acpi_copy(r, t->signature, t->pa + ACPI_HEADER, fw_buffer + ACPI_HEADER,
			    t->size - ACPI_HEADER);
	u8 sum;

	if (err != 0) {
		return err;
	}
	memcpy(fw_buffer, header, ACPI_HEADER);
	t->data = fw_buffer;
	sum = checksum(t->data, t->size);
	if (sum != 0U) {
		log_error("acpi: %s at 0x%lx: bytes sum up to 0x%x, expected 0", t->signature,
			  t->pa, sum);
		return trace_error(BH_EINVAL);
	}
	return 0;
}

static const struct table_kind *table_kind(u32 signature)
{
	for (u32 i = 0; i < ARRAY_SIZE(table_kinds); i++) {
		if (table_kinds[i].signature == signature) {
			return &table_kinds[i];
		}
	}
	return NULL;
}

static int table_read(struct acpi_reader *r, u64 pa)
{
	u8 header[ACPI_HEADER];
	const struct table_kind *k;
	struct acpi_table t;
	u32 bit;
	int err = acpi_header(r, pa, header, UINT32_MAX, &t);

	if (err != 0) {
		return err;
	}
	t.data = header;
	k = table_kind(acpi_u32(&t, 0));
	if (k == NULL) {
		return 0;
	}
	bit = 1U << (k - table_kinds);
	if ((r->seen & bit) != 0U) {
		log_warn("acpi: second %s at 0x%lx ignored", t.signature, pa);
		return 0;
	}
	r->seen |= bit;
	if (t.size < k->min || t.size > sizeof(fw_buffer)) {
		log_error("acpi: %s at 0x%lx: length %u, expected %u to %u (FW_TABLE_MAX)",
			  t.signature, pa, t.size, k->min, (u32)sizeof(fw_buffer));
		return trace_error(BH_EINVAL);
	}
	err = table_copy(r, header, &t);
	return err != 0 ? err : k->read(r, &t);
}

/* The addresses a root table holds: 4 bytes each in the RSDT, 8 in the XSDT (5.2.7, 5.2.8). */
static int root_read(const struct acpi_reader *r, u64 pa, bool xsdt, u64 list[TABLES_MAX],
		     u32 *count)
{
	const char *expected = xsdt ? "XSDT" : "RSDT";
	u32 width = xsdt ? 8U : 4U;
	u8 header[ACPI_HEADER];
	struct acpi_table t;
	u32 n;
	int err = acpi_header(r, pa, header, ACPI_HEADER + TABLES_MAX * width, &t);

	if (err != 0) {
		return err;
	}
	if (strcmp(t.signature, expected) != 0) {
		log_error("acpi: root table at 0x%lx: signature %s, expected %s", pa, t.signature,
			  expected);
		return trace_error(BH_EINVAL);
	}
	err = table_copy(r, header, &t);
	if (err != 0) {
		return err;
	}
	if ((t.size - ACPI_HEADER) % width != 0U) {
		return acpi_bad(&t, 4, "length %u, expected 36 and a multiple of %u", t.size,
				width);
	}
	n = (t.size - ACPI_HEADER) / width;
	for (u32 i = 0; i < n; i++) {
		list[i] = number(&t, ACPI_HEADER + i * width, width);
	}
	*count = n;
	return 0;
}

static int rsdp_bad(u64 pa, const char *what, u64 found, u64 expected)
{
	log_error("acpi: RSDP at 0x%lx: %s 0x%lx, expected 0x%lx", pa, what, found, expected);
	return trace_error(BH_EINVAL);
}

/* Root System Description Pointer (5.2.5.3). */
static int rsdp_read(const struct acpi_reader *r, u64 pa, u64 *root, bool *xsdt)
{
	u8 rsdp[RSDP_V2_SIZE];
	struct acpi_table t = { .signature = "RSDP", .data = rsdp, .size = RSDP_V1_SIZE };
	int err = acpi_copy(r, "RSDP", pa, rsdp, RSDP_V1_SIZE);

	if (err != 0) {
		return err;
	}
	if (memcmp(rsdp, "RSD PTR ", 8) != 0) {
		return rsdp_bad(pa, "signature", acpi_u64(&t, 0), 0x2052545020445352U);
	}
	if (checksum(rsdp, RSDP_V1_SIZE) != 0U) {
		return rsdp_bad(pa, "sum of 20 bytes", checksum(rsdp, RSDP_V1_SIZE), 0);
	}
	*root = acpi_u32(&t, 16);
	*xsdt = false;
	if (rsdp[15] < 2U) {
		return 0;
	}
	err = acpi_copy(r, "RSDP", pa + RSDP_V1_SIZE, rsdp + RSDP_V1_SIZE,
			RSDP_V2_SIZE - RSDP_V1_SIZE);
	if (err != 0) {
		return err;
	}
	t.size = RSDP_V2_SIZE;
	if (acpi_u32(&t, 20) != RSDP_V2_SIZE) {
		return rsdp_bad(pa, "length", acpi_u32(&t, 20), RSDP_V2_SIZE);
	}
	if (checksum(rsdp, RSDP_V2_SIZE) != 0U) {
		return rsdp_bad(pa, "sum of 36 bytes", checksum(rsdp, RSDP_V2_SIZE), 0);
	}
	if (acpi_u64(&t, 24) != 0U) {
		*root = acpi_u64(&t, 24);
		*xsdt = true;
	}
	return 0;
}

static bool segment_coherent(const struct acpi_reader *r, u16 segment)
{
	for (u32 i = 0; i < r->coherent_count; i++) {
		if (r->coherent[i] == segment) {
			return true;
		}
	}
	return r->has_lapic;
}

/* A PC without MCFG still has configuration space, by ports (PCI 3.0, 3.2.2.3.2). */
static void segments_finish(struct acpi_reader *r)
{
	struct machine *m = r->m;

	if (m->segment_count == 0U && r->has_lapic) {
		struct machine_segment *s = machine_add_segment(m, 0);

		if (s != NULL) {
			s->bus_last = 255;
		}
	}
	for (u32 i = 0; i < m->segment_count; i++) {
		m->segment[i].coherent = segment_coherent(r, m->segment[i].segment);
	}
}

int acpi_read_machine(const struct acpi_mem *mem, hpa_t rsdp, struct machine *m)
{
	static struct acpi_reader r;
	static u64 tables[TABLES_MAX];
	bool xsdt = false;
	u32 count = 0;
	u64 root = 0;
	int err;

	machine_clear(m, "ACPI");
	memset(&r, 0, sizeof(r));
	r.mem = mem;
	r.m = m;
	err = rsdp_read(&r, rsdp.v, &root, &xsdt);
	if (err == 0) {
		err = root_read(&r, root, xsdt, tables, &count);
	}
	for (u32 i = 0; i < count && err == 0; i++) {
		err = tables[i] != 0U ? table_read(&r, tables[i]) : 0;
	}
	if (err == 0) {
		err = acpi_finish_madt(&r);
	}
	if (err == 0) {
		err = acpi_read_s5(&r);
	}
	if (err == 0) {
		segments_finish(&r);
	}
	return err;
}
