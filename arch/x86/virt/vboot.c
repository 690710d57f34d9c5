// SPDX-License-Identifier: Apache-2.0
/*
 * What a guest finds below 1 MiB when it starts: ACPI tables, its command line, and what the
 * protocol of its payload promises. docs/x86.md has the layout.
 */
#include <asm/vplat.h>
#include <bulkhead/arch/vplat.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/printf.h>
#include <bulkhead/lib/string.h>

#include "vacpi.h"
#include "vkernel.h"

#define CMDLINE_MAX 1152U /* what a manifest may say, and a payload's name before it */
#define MAP_MAX (VPLAT_MEMORY_MAX + 2U)

#define ZERO_PAGE_ACPI 0x070U
#define ZERO_PAGE_E820_COUNT 0x1e8U
#define ZERO_PAGE_E820 0x2d0U
#define E820_SIZE 20U
#define LOADER_UNDEFINED 0xffU

#define PT_PRESENT_WRITE 0x3U
#define PT_LARGE 0x80U
#define PT_ENTRIES 512U
#define MAPPED_GIB 4U
#define GDT_CODE_64 0x00af9b000000ffffULL
#define GDT_DATA 0x00cf93000000ffffULL

#define INFO_MEMORY BIT(0)
#define INFO_CMDLINE BIT(2)
#define INFO_MODULES BIT(3)
#define INFO_MAP BIT(6)
#define INFO_LOADER BIT(9)

struct boot {
	const struct vplat_guest *g;
	u8 *p;
	size_t room, used;
	bool full;
	const char **why;
	u64 cmdline, name; /* addresses, as all below */
	u32 map_count;
	struct pvh_memory map[MAP_MAX];
};

/* @size zeroed bytes; where the guest sees them is @at. Never NULL: what does not fit overlaps. */
static u8 *take(struct boot *b, size_t size, size_t align, u64 *at)
{
	const size_t from = ALIGN_UP(b->used, align);

	if (from > b->room || size > b->room - from) {
		b->full = true;
		*at = VPLAT_DESCRIPTION_BASE;
		return b->p;
	}
	b->used = from + size;
	*at = VPLAT_DESCRIPTION_BASE + from;
	return b->p + from;
}

static u64 put_string(struct boot *b, const char *s)
{
	const size_t n = strlen(s) + 1U;
	u64 at;

	memcpy(take(b, n, 1, &at), s, n);
	return at;
}

/* A multiboot payload's command line begins with its name. */
static void put_cmdline(struct boot *b)
{
	static char line[CMDLINE_MAX];

	b->name = put_string(b, b->g->payload);
	if (b->g->type != PAYLOAD_MULTIBOOT) {
		b->cmdline = put_string(b, b->g->bootargs);
		return;
	}
	(void)bh_snprintf(line, sizeof(line), "%s%s%s", b->g->payload,
			  b->g->bootargs[0] != '\0' ? " " : "", b->g->bootargs);
	b->cmdline = put_string(b, line);
}

/* ---- memory ---- */

static void map_add(struct boot *b, u64 at, u64 end, u32 type)
{
	if (at >= end)
		return;
	b->map[b->map_count] = (struct pvh_memory){ .at = at, .size = end - at, .type = type };
	b->map_count++;
}

/* In the first MiB is what a PC has there; the description is in the part that is no RAM. */
static void map_make(struct boot *b)
{
	const struct vplat_guest *g = b->g;

	for (u32 i = 0; i < g->memory_count; i++) {
		const u64 at = g->memory[i].gpa.v;
		const u64 end = at + g->memory[i].size;

		map_add(b, at, end < VPLAT_LOW_END ? end : VPLAT_LOW_END, MEMORY_RAM);
		if (at < MIB(1))
			map_add(b, VPLAT_DESCRIPTION_BASE, MIB(1), MEMORY_RESERVED);
		map_add(b, at > MIB(1) ? at : MIB(1), end, MEMORY_RAM);
	}
}

/* ---- 64-bit starts ---- */

/* The first 4 GiB one to one, and a GDT. */
static void put_long(struct boot *b, struct vcpu_start *start)
{
	u64 pml4_at, pdpt_at, pd_at, gdt_at;
	u8 *gdt = take(b, 32, 16, &gdt_at);
	u8 *pml4 = take(b, PAGE_SIZE, PAGE_SIZE, &pml4_at);
	u8 *pdpt = take(b, PAGE_SIZE, PAGE_SIZE, &pdpt_at);
	u8 *pd = take(b, MAPPED_GIB * PAGE_SIZE, PAGE_SIZE, &pd_at);

	if (b->full)
		return;
	field_put(gdt, 16, 8, GDT_CODE_64);
	field_put(gdt, 24, 8, GDT_DATA);
	field_put(pml4, 0, 8, pdpt_at | PT_PRESENT_WRITE);
	for (u32 i = 0; i < MAPPED_GIB; i++)
		field_put(pdpt, 8ULL * i, 8, (pd_at + (u64)i * PAGE_SIZE) | PT_PRESENT_WRITE);
	for (u64 i = 0; i < (u64)MAPPED_GIB * PT_ENTRIES; i++)
		field_put(pd, 8U * i, 8, i * MIB(2) | PT_LARGE | PT_PRESENT_WRITE);
	start->mode = START_LONG;
	start->map = GPA(pml4_at);
	start->gdt = GPA(gdt_at);
}

/* ---- Linux ---- */

static int ramdisk_reachable(const struct boot *b, u64 last)
{
	const struct vplat_guest *g = b->g;

	if (g->ramdisk_size == 0U || g->ramdisk.v + g->ramdisk_size - 1U <= last)
		return 0;
	*b->why = "the ramdisk lies higher than the kernel can reach";
	return BH_ERANGE;
}

/* The kernel's own header, and what a loader adds (boot.rst, "The real-mode kernel header"). */
static int put_linux(struct boot *b, struct vcpu_start *start)
{
	const struct vplat_guest *g = b->g;
	const u8 *head = g->head;
	const size_t end = SETUP_MAGIC + head[SETUP_JUMP];
	u64 at;
	u8 *z = take(b, PAGE_SIZE, PAGE_SIZE, &at);

	if (b->full)
		return 0;
	memcpy(z + SETUP_HEADER, head + SETUP_HEADER, end - SETUP_HEADER);
	z[SETUP_LOADER] = LOADER_UNDEFINED;
	field_put(z, SETUP_RAMDISK, 4, g->ramdisk_size != 0U ? g->ramdisk.v : 0U);
	field_put(z, SETUP_RAMDISK_SIZE, 4, g->ramdisk_size);
	field_put(z, SETUP_CMDLINE, 4, b->cmdline);
	field_put(z, ZERO_PAGE_ACPI, 8, VPLAT_DESCRIPTION_BASE);
	z[ZERO_PAGE_E820_COUNT] = (u8)b->map_count;
	for (u32 i = 0; i < b->map_count; i++) {
		u8 *e = z + ZERO_PAGE_E820 + (size_t)i * E820_SIZE;

		field_put(e, 0, 8, b->map[i].at);
		field_put(e, 8, 8, b->map[i].size);
		field_put(e, 16, 4, b->map[i].type);
	}
	if (strlen(g->bootargs) > field_get(head, SETUP_CMDLINE_SIZE, 4)) {
		*b->why = "bootargs is longer than the kernel takes";
		return BH_ERANGE;
	}
	put_long(b, start);
	start->arg = at;
	return ramdisk_reachable(b, field_get(head, SETUP_INITRD_MAX, 4));
}

/* ---- PVH ---- */

static u64 put_pvh(struct boot *b)
{
	const struct vplat_guest *g = b->g;
	struct pvh_start s = {
		.magic = PVH_MAGIC,
		.version = 1,
		.modules = g->ramdisk_size != 0U ? 1U : 0U,
		.cmdline = b->cmdline,
		.rsdp = VPLAT_DESCRIPTION_BASE,
		.memory_count = b->map_count,
	};
	const struct pvh_module m = { .at = g->ramdisk.v, .size = g->ramdisk_size };
	const size_t map_size = b->map_count * sizeof(b->map[0]);
	u64 at;

	memcpy(take(b, map_size, 8, &s.memory_at), b->map, map_size);
	if (s.modules != 0U)
		memcpy(take(b, sizeof(m), 8, &s.modules_at), &m, sizeof(m));
	memcpy(take(b, sizeof(s), 8, &at), &s, sizeof(s));
	return at;
}

/* ---- multiboot ---- */

static u64 put_multiboot(struct boot *b)
{
	const struct vplat_guest *g = b->g;
	const struct multiboot_module m = {
		.start = (u32)g->ramdisk.v,
		.end = (u32)(g->ramdisk.v + g->ramdisk_size),
		.string = (u32)b->name,
	};
	struct multiboot_info i = {
		.flags = (u32)(INFO_MEMORY | INFO_CMDLINE | INFO_MAP | INFO_LOADER),
		.memory_lower = VPLAT_LOW_END >> 10,
		.cmdline = (u32)b->cmdline,
		.memory_length = b->map_count * (u32)sizeof(struct multiboot_memory),
	};
	u64 at;
	u8 *map = take(b, i.memory_length, 4, &at);

	i.memory_at = (u32)at;
	for (u32 k = 0; k < b->map_count && !b->full; k++) {
		const struct multiboot_memory e = {
			.size = sizeof(e) - 4U,
			.at = b->map[k].at,
			.length = b->map[k].size,
			.type = b->map[k].type,
		};

		memcpy(map + k * sizeof(e), &e, sizeof(e));
		if (e.at == MIB(1))
			i.memory_upper = (u32)(e.length >> 10);
	}
	if (g->ramdisk_size != 0U) {
		i.flags |= (u32)INFO_MODULES;
		i.modules = 1;
		memcpy(take(b, sizeof(m), 8, &at), &m, sizeof(m));
		i.modules_at = (u32)at;
	}
	i.loader = (u32)put_string(b, "Bulkhead");
	memcpy(take(b, sizeof(i), 8, &at), &i, sizeof(i));
	return at;
}

static int put_protocol(struct boot *b, struct vcpu_start *start)
{
	int err = 0;

	switch (b->g->type) {
	case PAYLOAD_LINUX:
		return put_linux(b, start);
	case PAYLOAD_PVH:
		start->mode = START_PROTECTED;
		start->arg = put_pvh(b);
		return ramdisk_reachable(b, UINT32_MAX);
	case PAYLOAD_MULTIBOOT:
		start->mode = START_PROTECTED;
		start->arg = put_multiboot(b);
		start->magic = MULTIBOOT_MAGIC;
		return ramdisk_reachable(b, UINT32_MAX);
	case PAYLOAD_REAL:
		start->mode = START_REAL;
		break;
	default:
		/* In 64-bit mode, with what PVH tells. */
		start->arg = put_pvh(b);
		put_long(b, start);
		break;
	}
	return err;
}

int vplat_tables(const struct vplat_guest *g, u8 *blob, size_t room, size_t *used,
		 struct vcpu_start *start, const char **why)
{
	struct boot b = { .g = g, .p = blob, .room = room, .why = why };
	int err;

	*start = (struct vcpu_start){ .pc = g->entry };
	b.used = vacpi_write(g, blob, room, GPA(VPLAT_DESCRIPTION_BASE));
	b.full = b.used == 0U;
	put_cmdline(&b);
	map_make(&b);
	err = put_protocol(&b, start);
	*used = b.used;
	if (!b.full)
		return err;
	*why = "it does not fit into its place below 1 MiB";
	return BH_EOVERFLOW;
}
