// SPDX-License-Identifier: Apache-2.0
/*
 * Devices that do not do what they say. Taken from what their vendors' errata and the users of
 * other systems found out; each line is one device that was seen to need it.
 */
#include "internal.h"

struct quirk {
	u16 vendor, device;
	u8 quirks;
};

static const struct quirk table[] = {
	{ 0x1022, 0x1485, PCIE_QUIRK_NO_FLR },    /* AMD Starship, reserved function: hangs */
	{ 0x1022, 0x148c, PCIE_QUIRK_NO_FLR },    /* AMD Starship USB 3 */
	{ 0x1022, 0x1487, PCIE_QUIRK_NO_FLR },    /* AMD Starship HD audio */
	{ 0x1022, 0x149c, PCIE_QUIRK_NO_FLR },    /* AMD Matisse USB 3 */
	{ 0x8086, 0x1502, PCIE_QUIRK_NO_FLR },    /* Intel 82579LM */
	{ 0x8086, 0x1503, PCIE_QUIRK_NO_FLR },    /* Intel 82579V */
	{ 0x1002, 0x98e4, PCIE_QUIRK_NO_ATS },    /* AMD Stoney graphics */
	{ 0x1180, 0xe832, PCIE_QUIRK_ALIAS_FN0 }, /* Ricoh R5C832 FireWire */
	{ 0x1180, 0xe476, PCIE_QUIRK_ALIAS_FN0 }, /* Ricoh card reader */
	{ 0x1b4b, 0x9120, PCIE_QUIRK_ALIAS_FN1 }, /* Marvell SATA, this and what follows */
	{ 0x1b4b, 0x9123, PCIE_QUIRK_ALIAS_FN1 },
	{ 0x1b4b, 0x9128, PCIE_QUIRK_ALIAS_FN1 },
	{ 0x1b4b, 0x9130, PCIE_QUIRK_ALIAS_FN1 },
	{ 0x1b4b, 0x9170, PCIE_QUIRK_ALIAS_FN1 },
	{ 0x1b4b, 0x9172, PCIE_QUIRK_ALIAS_FN1 },
	{ 0x1b4b, 0x9182, PCIE_QUIRK_ALIAS_FN1 },
	{ 0x1b4b, 0x9183, PCIE_QUIRK_ALIAS_FN1 },
	{ 0x1b4b, 0x91a0, PCIE_QUIRK_ALIAS_FN1 },
	{ 0x1b4b, 0x9220, PCIE_QUIRK_ALIAS_FN1 },
	{ 0x1b4b, 0x9230, PCIE_QUIRK_ALIAS_FN1 },
	{ 0x197b, 0x2362, PCIE_QUIRK_ALIAS_FN1 }, /* JMicron SATA */
	{ 0x197b, 0x2386, PCIE_QUIRK_ALIAS_FN1 },
	{ 0x1b36, 0x0009, PCIE_QUIRK_MORE_ROOTS }, /* QEMU pxb */
	{ 0x1b36, 0x000b, PCIE_QUIRK_MORE_ROOTS }, /* QEMU pxb-pcie */
};

u8 quirks_of(u16 vendor, u16 device)
{
	u8 quirks = 0;

	for (u32 i = 0; i < ARRAY_SIZE(table); i++) {
		if (table[i].vendor == vendor && table[i].device == device)
			quirks |= table[i].quirks;
	}
	return quirks;
}
