// SPDX-License-Identifier: Apache-2.0
/* What Bulkhead says of itself: ACPI's table BLKH (abi/machine.h), by way of PVH's information. */
#include <abi/machine.h>
#include <bulkhead/lib/string.h>

#include "../guest_arch.h"

#define PVH_MAGIC 0x336ec578U
#define PVH_CMDLINE 24U
#define PVH_RSDP 32U
#define RSDP_XSDT 24U
#define HEADER_LENGTH 4U
#define HEADER_SIZE 36U
#define MCFG_BASE 44U /* of its first segment */

static u64 word(uintptr_t at, u32 size)
{
	u64 value = 0;

	memcpy(&value, (const void *)at, size);
	return value;
}

static bool told(void)
{
	return guest_info != 0U && word(guest_info, 4) == PVH_MAGIC;
}

/* Address of a table; 0: there is none. */
static uintptr_t table(const char *signature)
{
	const uintptr_t rsdp = told() ? (uintptr_t)word(guest_info + PVH_RSDP, 8) : 0U;
	const uintptr_t xsdt = rsdp != 0U ? (uintptr_t)word(rsdp + RSDP_XSDT, 8) : 0U;
	const u64 length = xsdt != 0U ? word(xsdt + HEADER_LENGTH, 4) : 0U;

	for (u64 at = HEADER_SIZE; at + 8U <= length; at += 8U) {
		const uintptr_t t = (uintptr_t)word(xsdt + at, 8);

		if (memcmp((const void *)t, signature, 4) == 0)
			return t;
	}
	return 0;
}

bool guest_channel_find(u32 nth, struct guest_channel *out)
{
	const uintptr_t t = table(MACHINE_TABLE);
	const u64 length = t != 0U ? word(t + HEADER_LENGTH, 4) : 0U;
	const struct machine_entry *e = (const void *)(t + MACHINE_TABLE_HEADER);

	for (u64 at = MACHINE_TABLE_HEADER; at + sizeof(*e) <= length; at += sizeof(*e), e++) {
		if (strcmp(e->kind, "channel") != 0 || nth-- != 0U)
			continue;
		*out = (struct guest_channel){
			e->base, e->size, e->gsi, e->handle, e->end, e->peer
		};
		return true;
	}
	return false;
}

u64 guest_pci(void)
{
	const uintptr_t t = table("MCFG");

	return t != 0U ? word(t + MCFG_BASE, 8) : 0U;
}

const char *guest_bootargs(void)
{
	return told() ? (const char *)(uintptr_t)word(guest_info + PVH_CMDLINE, 8) : NULL;
}
