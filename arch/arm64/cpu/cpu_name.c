// SPDX-License-Identifier: Apache-2.0
#include <asm/sysreg.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/lib/printf.h>

/* MIDR_EL1: implementer 31:24, variant 23:20, part number 15:4, revision 3:0. */
struct part {
	u8 implementer;
	u16 number;
	const char *name;
};

static const struct part parts[] = {
	{ 0x00, 0x051, "QEMU max" },     { 0x41, 0xd03, "Cortex-A53" },
	{ 0x41, 0xd05, "Cortex-A55" },   { 0x41, 0xd07, "Cortex-A57" },
	{ 0x41, 0xd08, "Cortex-A72" },   { 0x41, 0xd09, "Cortex-A73" },
	{ 0x41, 0xd0a, "Cortex-A75" },   { 0x41, 0xd0b, "Cortex-A76" },
	{ 0x41, 0xd0c, "Neoverse N1" },  { 0x41, 0xd0d, "Cortex-A77" },
	{ 0x41, 0xd40, "Neoverse V1" },  { 0x41, 0xd41, "Cortex-A78" },
	{ 0x41, 0xd42, "Cortex-A78AE" }, { 0x41, 0xd47, "Cortex-A710" },
	{ 0x41, 0xd49, "Neoverse N2" },  { 0x41, 0xd4b, "Cortex-A78C" },
};

static const char *part_name(u64 midr)
{
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i].implementer == FIELD_GET(midr, 31, 24) &&
		    parts[i].number == FIELD_GET(midr, 15, 4))
			return parts[i].name;
	return NULL;
}

const char *cpu_name(void)
{
	static char text[48];
	u64 midr = read_sysreg(midr_el1);
	const char *name = part_name(midr);

	if (name != NULL)
		bh_snprintf(text, sizeof(text), "%s r%up%u", name, (u32)FIELD_GET(midr, 23, 20),
			    (u32)FIELD_GET(midr, 3, 0));
	else
		bh_snprintf(text, sizeof(text), "Armv8-A, MIDR_EL1 0x%08llx",
			    (unsigned long long)midr);
	return text;
}
