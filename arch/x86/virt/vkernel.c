// SPDX-License-Identifier: Apache-2.0
/* What the headers of payloads say. Pure: of any bytes, tested and fuzzed on the host. */
#include "vkernel.h"

#include <asm/vplat.h>
#include <bulkhead/arch/vplat.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

#define EM_386 3U
#define EM_X86_64 62U

#define BOOT_FLAG 0xaa55U
#define HDRS 0x53726448U
#define VERSION_64 0x20cU
#define XLF_KERNEL_64 BIT(0)
#define SECTOR 512U
#define SETUP_SECTS_OLD 4U
#define ENTRY_64 0x200U

/* Where a relocatable kernel goes at the lowest, and where one may insist to be. */
#define LINUX_LOWEST MIB(2)
#define LINUX_WANTED_LOWEST MIB(1)
/* Its setup goes in front of it, behind the guest's description. */
#define SETUP_LOWEST (VPLAT_DESCRIPTION_BASE + VPLAT_DESCRIPTION_SIZE)

#define BOOT_SECTOR 0x7c00U
#define REAL_LOWEST 0x500U /* vectors and BIOS data below */

#define MULTIBOOT_FLAGS_KNOWN 0x7U /* page-aligned modules, memory, video mode (ignored) */
#define MULTIBOOT_FLAGS_NEEDED 0xffffU
#define MULTIBOOT_ADDRESSES BIT(16)
#define MULTIBOOT_HEADER_SIZE 12U
#define MULTIBOOT_ADDRESSES_SIZE 20U

struct kernel {
	const u8 *head;
	size_t n;
	u64 file_size;
	u64 ram, ram_size;
	const char **why;
};

static int refuse(const struct kernel *k, int err, const char *why)
{
	*k->why = why;
	return err;
}

/* ---- bzImage ---- */

/* Where it would like to be, if it can be there, else at the lowest place that fits. */
static int linux_place(const struct kernel *k, u64 *base)
{
	const u64 init_size = field_get(k->head, SETUP_INIT_SIZE, 4);
	const u64 align = field_get(k->head, SETUP_ALIGNMENT, 4);
	const u64 wanted = field_get(k->head, SETUP_PREF_ADDRESS, 8);
	const u64 lowest = k->ram > LINUX_LOWEST ? k->ram : LINUX_LOWEST;

	*base = wanted;
	if (wanted >= LINUX_WANTED_LOWEST && range_inside(wanted, init_size, k->ram, k->ram_size))
		return 0;
	if (k->head[SETUP_RELOCATABLE] == 0U)
		return refuse(k, BH_ERANGE, "it is not relocatable, and its place is not in RAM");
	if (align == 0U || (align & (align - 1U)) != 0U)
		return refuse(k, BH_EINVAL, "its kernel_alignment is no power of two");
	/* The file's own first bytes lie in front of it. */
	*base = ALIGN_UP(lowest + 256ULL * SECTOR, align);
	if (!range_inside(*base, init_size, k->ram, k->ram_size))
		return refuse(k, BH_ERANGE, "it does not fit into RAM");
	return 0;
}

static int linux_read(const struct kernel *k, struct vplat_payload *out)
{
	const u8 *h = k->head;
	u64 setup, base, room;
	int err;

	if (k->n < SETUP_END || field_get(h, SETUP_BOOT_FLAG, 2) != BOOT_FLAG ||
	    field_get(h, SETUP_MAGIC, 4) != HDRS)
		return refuse(k, BH_EINVAL, "no bzImage: the magic numbers are missing");
	if (field_get(h, SETUP_VERSION, 2) < VERSION_64 ||
	    (field_get(h, SETUP_XLOADFLAGS, 2) & XLF_KERNEL_64) == 0U)
		return refuse(k, BH_ENOTSUP, "the bzImage has no 64-bit entry");
	setup = (h[SETUP_SECTS] == 0U ? SETUP_SECTS_OLD : h[SETUP_SECTS]) + 1U;
	setup *= SECTOR;
	if (setup >= k->file_size)
		return refuse(k, BH_EINVAL, "the bzImage ends within its setup");
	err = linux_place(k, &base);
	if (err != 0)
		return err;
	room = field_get(h, SETUP_INIT_SIZE, 4);
	if (room < k->file_size - setup)
		room = k->file_size - setup;
	*out = (struct vplat_payload){ .load = base - setup,
				       .size = setup + room,
				       .entry = base + ENTRY_64 };
	if (out->load < SETUP_LOWEST)
		return refuse(k, BH_ERANGE, "its setup does not fit in front of its place");
	if (!range_inside(out->load, out->size, k->ram, k->ram_size))
		return refuse(k, BH_ERANGE, "it does not fit into RAM");
	return 0;
}

/* ---- PVH ---- */

static bool in_image(const struct elf *e, u64 at)
{
	for (u32 i = 0; i < e->count; i++) {
		if (range_inside(at, 1, e->segment[i].at, e->segment[i].size))
			return true;
	}
	return false;
}

static void take_image(struct vplat_payload *out, u64 entry)
{
	out->load = out->image.base;
	out->size = out->image.room;
	out->entry = entry;
}

static int pvh_read(const struct kernel *k, struct vplat_payload *out)
{
	u64 entry = 0;
	int err;

	if (elf_is_32(k->head, k->n))
		err = elf32_read(k->head, k->n, k->file_size, EM_386, &out->image, k->why);
	else
		err = elf_read(k->head, k->n, k->file_size, EM_X86_64, &out->image, k->why);
	if (err != 0)
		return err;
	err = elf_note(k->head, k->n, "Xen", PVH_NOTE, &entry);
	if (err == BH_EOVERFLOW)
		return refuse(k, err, "its notes are not in its first 8 KiB");
	if (err != 0)
		return refuse(k, BH_EINVAL, "it has no PVH note");
	if (!in_image(&out->image, entry))
		return refuse(k, BH_EINVAL, "the entry of its PVH note is in no segment");
	take_image(out, entry);
	return 0;
}

/* ---- multiboot ---- */

/* Offset of the header; n: there is none. */
static size_t multiboot_find(const struct kernel *k)
{
	size_t at = 0;

	for (; at + MULTIBOOT_HEADER_SIZE <= k->n; at += 4U) {
		const u32 sum = (u32)(field_get(k->head, at, 4) + field_get(k->head, at + 4U, 4) +
				      field_get(k->head, at + 8U, 4));

		if (field_get(k->head, at, 4) == MULTIBOOT_HEADER_MAGIC && sum == 0U)
			return at;
	}
	return k->n;
}

/* The header says itself what goes where. */
static int multiboot_addresses(const struct kernel *k, size_t at, struct vplat_payload *out)
{
	const size_t words = at + MULTIBOOT_HEADER_SIZE;
	struct elf_segment *s = &out->image.segment[0];
	u64 header, load, load_end, bss_end, front;

	if (words + MULTIBOOT_ADDRESSES_SIZE > k->n)
		return refuse(k, BH_EINVAL, "its multiboot header is cut off");
	header = field_get(k->head, words, 4);
	load = field_get(k->head, words + 4U, 4);
	load_end = field_get(k->head, words + 8U, 4);
	bss_end = field_get(k->head, words + 12U, 4);
	front = header - load;
	if (header < load || front > at || (load_end != 0U && load_end <= load))
		return refuse(k, BH_EINVAL, "the addresses in its multiboot header disagree");
	s->offset = at - front;
	s->at = load;
	s->file_size = load_end != 0U ? load_end - load : k->file_size - s->offset;
	s->size = bss_end > load + s->file_size ? bss_end - load : s->file_size;
	if (!range_inside(s->offset, s->file_size, 0, k->file_size))
		return refuse(k, BH_EINVAL, "its multiboot header names more than the file has");
	out->image.count = 1;
	out->image.base = load;
	out->image.room = s->size;
	out->image.entry = field_get(k->head, words + 16U, 4);
	return 0;
}

static int multiboot_read(const struct kernel *k, struct vplat_payload *out)
{
	const size_t at = multiboot_find(k);
	u32 flags;
	int err;

	if (at == k->n)
		return refuse(k, BH_EINVAL, "it has no multiboot header in its first 8 KiB");
	flags = (u32)field_get(k->head, at + 4U, 4);
	if ((flags & MULTIBOOT_FLAGS_NEEDED & ~MULTIBOOT_FLAGS_KNOWN) != 0U)
		return refuse(k, BH_ENOTSUP, "its multiboot header needs what is not there");
	if ((flags & MULTIBOOT_ADDRESSES) != 0U)
		err = multiboot_addresses(k, at, out);
	else if (elf_is_32(k->head, k->n))
		err = elf32_read(k->head, k->n, k->file_size, EM_386, &out->image, k->why);
	else
		err = elf_read(k->head, k->n, k->file_size, EM_X86_64, &out->image, k->why);
	if (err != 0)
		return err;
	if (out->image.entry > UINT32_MAX || !in_image(&out->image, out->image.entry))
		return refuse(k, BH_EINVAL, "its entry is in no segment below 4 GiB");
	take_image(out, out->image.entry);
	return 0;
}

/* ---- real mode ---- */

static int real_read(const struct kernel *k, struct vplat_payload *out)
{
	const u64 at = k->ram < REAL_LOWEST ? BOOT_SECTOR : k->ram;

	if (at >= MIB(1))
		return refuse(k, BH_ERANGE, "real mode ends at 1 MiB");
	*out = (struct vplat_payload){ .load = at, .size = k->file_size, .entry = at };
	return 0;
}

int vplat_kernel(enum payload_type type, const void *head, size_t n, u64 file_size, gpa_t ram,
		 u64 ram_size, struct vplat_payload *out, const char **why)
{
	const struct kernel k = { .head = head,
				  .n = n,
				  .file_size = file_size,
				  .ram = ram.v,
				  .ram_size = ram_size,
				  .why = why };

	memset(out, 0, sizeof(*out));
	switch (type) {
	case PAYLOAD_LINUX:
		return linux_read(&k, out);
	case PAYLOAD_PVH:
		return pvh_read(&k, out);
	case PAYLOAD_MULTIBOOT:
		return multiboot_read(&k, out);
	case PAYLOAD_REAL:
		return real_read(&k, out);
	default:
		return refuse(&k, BH_ENOTSUP, "its type does not boot on this machine");
	}
}
