/* SPDX-License-Identifier: Apache-2.0 */
/* What libfdt's sequential writer lacks. All return 0 or an error of libfdt. */
#ifndef BULKHEAD_LIB_FDT_PUT_H
#define BULKHEAD_LIB_FDT_PUT_H

#include <bulkhead/lib/string.h>
#include <bulkhead/lib/types.h>

#include <libfdt.h>

/* libfdt has it as a macro that loses the sign of a length. */
static inline int fdt_put_string(void *fdt, const char *name, const char *s)
{
	return fdt_property(fdt, name, s, (int)strlen(s) + 1);
}

#define FDT_PUT_CELLS_MAX 24U

static inline int fdt_put_cells(void *fdt, const char *name, const u32 *cells, u32 n)
{
	fdt32_t be[FDT_PUT_CELLS_MAX];

	if (n > FDT_PUT_CELLS_MAX)
		return -FDT_ERR_BADVALUE;
	for (u32 i = 0; i < n; i++)
		be[i] = cpu_to_fdt32(cells[i]);
	return fdt_property(fdt, name, be, (int)(n * sizeof(be[0])));
}

/* "reg" of numbers that have two cells each. */
static inline int fdt_put_reg(void *fdt, const u64 *values, u32 n)
{
	u32 cells[FDT_PUT_CELLS_MAX] = { 0 };

	if (n > FDT_PUT_CELLS_MAX / 2U)
		return -FDT_ERR_BADVALUE;
	for (size_t i = 0; i < n; i++) {
		cells[2U * i] = (u32)(values[i] >> 32);
		cells[2U * i + 1U] = (u32)values[i];
	}
	return fdt_put_cells(fdt, "reg", cells, 2U * n);
}

#endif
