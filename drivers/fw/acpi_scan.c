// SPDX-License-Identifier: Apache-2.0
/* Where a PC's BIOS leaves the root pointer when the loader does not say (ACPI 6.5, 5.2.5.1). */
#include <bulkhead/lib/string.h>

#include "acpi_table.h"

#define EBDA_SEGMENT_AT 0x40eU
#define EBDA_SEARCHED KIB(1)
#define BIOS_AREA 0xe0000U
#define BIOS_AREA_SIZE KIB(128)
#define RSDP_ALIGN 16U
#define RSDP_SUMMED 20U

static bool is_rsdp(const u8 *p)
{
	u32 sum = 0;

	if (memcmp(p, "RSD PTR ", 8) != 0) {
		return false;
	}
	for (u32 i = 0; i < RSDP_SUMMED; i++) {
		sum += p[i];
	}
	return (sum & 0xffU) == 0U;
}

static u64 area_scan(const struct acpi_mem *mem, u64 pa, u64 size)
{
	const u8 *p = mem->map(mem->ctx, pa, size);
	u64 found = 0;

	if (p == NULL) {
		return 0;
	}
	for (u64 at = 0; at + RSDP_SUMMED <= size && found == 0U; at += RSDP_ALIGN) {
		if (p[at] == 'R' && is_rsdp(p + at)) {
			found = pa + at;
		}
	}
	mem->unmap(mem->ctx, p, size);
	return found;
}

u64 acpi_scan_rsdp(const struct acpi_mem *mem)
{
	const u8 *p = mem->map(mem->ctx, EBDA_SEGMENT_AT, 2);
	u64 ebda = 0;
	u64 found = 0;

	if (p != NULL) {
		ebda = (u64)(p[0] | p[1] << 8) << 4;
		mem->unmap(mem->ctx, p, 2);
	}
	if (ebda >= KIB(512) && ebda < KIB(640)) {
		found = area_scan(mem, ebda, EBDA_SEARCHED);
	}
	return found != 0U ? found : area_scan(mem, BIOS_AREA, BIOS_AREA_SIZE);
}
