// SPDX-License-Identifier: Apache-2.0
/*
 * How to power off: the package _S5_ in the DSDT (ACPI 6.5, 7.4.2), found by its bytes. There is
 * no AML interpreter here: a _S5_ that is anything but a package of constants is not found, and
 * then the machine is one that cannot be switched off.
 */
#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

#include "acpi_table.h"
#include "machine_build.h"

#define DSDT_MAX MIB(4)

/* The longest form of what is looked for: "_S5_", package, length, count, two prefixed bytes. */
#define MATCH_MAX 16U

/* AML opcodes (20.2). */
#define AML_ZERO 0x00U
#define AML_ONE 0x01U
#define AML_NAME 0x08U
#define AML_BYTE 0x0aU
#define AML_PACKAGE 0x12U
#define AML_ROOT 0x5cU

#define SLP_TYP_MAX 7U

/* A constant of AML at p[*at]; false for anything else. */
static bool constant(const u8 *p, u32 *at, u8 *out)
{
	u8 op = p[(*at)++];

	if (op == AML_BYTE) {
		op = p[(*at)++];
	} else if (op != AML_ZERO && op != AML_ONE) {
		return false;
	}
	*out = op;
	return op <= SLP_TYP_MAX;
}

/*
 * Is @p, MATCH_MAX readable bytes from the '_' on of which @there belong to the table, the
 * package? Fills the sleep types if so.
 */
static bool s5_package(const u8 *p, u32 there, struct machine_power *power)
{
	u32 at = 5;
	u8 count;
	u8 a;
	u8 b;

	if (memcmp(p, "_S5_", 4) != 0 || p[4] != AML_PACKAGE) {
		return false;
	}
	at += 1U + (p[at] >> 6); /* PkgLength: its lead byte says how many more (20.2.4) */
	count = p[at++];
	if (count == 0U || !constant(p, &at, &a)) {
		return false;
	}
	b = 0;
	if ((count > 1U && !constant(p, &at, &b)) || at > there) {
		return false;
	}
	power->slp_typ_s5a = a;
	power->slp_typ_s5b = b;
	return true;
}

/* Is the '_' at @p the begin of a name that is defined, in this scope or at the root? */
static bool named_here(const u8 *p)
{
	return p[-1] == AML_NAME || (p[-1] == AML_ROOT && p[-2] == AML_NAME);
}

/*
 * Sums up and searches @n bytes at @p, behind which the table has @more; two before and MATCH_MAX
 * behind them are readable.
 */
static u32 part_search(const u8 *p, u32 n, u32 more, struct machine_power *power)
{
	u32 sum = 0;

	for (u32 i = 0; i < n; i++) {
		sum += p[i];
		if (p[i] == '_' && !power->s5_known && named_here(p + i)) {
			power->s5_known = s5_package(p + i, n - i + more, power);
		}
	}
	return sum;
}

/*
 * The DSDT may be larger than the private buffer, so it is copied and searched in parts that
 * overlap by what a match can need on either side.
 */
static int dsdt_search(const struct acpi_reader *r, const struct acpi_table *t, u32 sum)
{
	const u32 step = (u32)sizeof(fw_buffer) - MATCH_MAX - 2U;
	struct machine_power *power = &r->m->power;

	for (u32 at = ACPI_HEADER; at < t->size; at += step) {
		u32 part = t->size - at < step ? t->size - at : step;
		u32 copy = t->size - at < part + MATCH_MAX ? t->size - at : part + MATCH_MAX;
		int err;

		memset(fw_buffer + 2U + part, 0, MATCH_MAX);
		err = acpi_copy(r, "DSDT", t->pa + at - 2U, fw_buffer, copy + 2U);
		if (err != 0) {
			return err;
		}
		sum += part_search(fw_buffer + 2, part, copy - part, power);
	}
	if ((sum & 0xffU) != 0U) {
		log_error("acpi: DSDT at 0x%lx: bytes sum up to 0x%x, expected 0", t->pa,
			  sum & 0xffU);
		return trace_error(BH_EINVAL);
	}
	return 0;
}

int acpi_read_s5(struct acpi_reader *r)
{
	u8 header[ACPI_HEADER];
	struct acpi_table t;
	u32 sum = 0;
	int err;

	if (r->dsdt == 0U || r->m->power.pm1a_cnt == 0U) {
		return 0;
	}
	err = acpi_header(r, r->dsdt, header, DSDT_MAX, &t);
	if (err != 0) {
		return err;
	}
	if (strcmp(t.signature, "DSDT") != 0) {
		log_error("acpi: FADT names 0x%lx as DSDT, found %s", r->dsdt, t.signature);
		return trace_error(BH_EINVAL);
	}
	for (u32 i = 0; i < ACPI_HEADER; i++) {
		sum += header[i];
	}
	return dsdt_search(r, &t, sum);
}
