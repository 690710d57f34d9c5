// SPDX-License-Identifier: Apache-2.0
/*
 * From the address a loader gave to a private, packed copy of the tree. Only the header's own
 * numbers say what to map, so they are checked first. totalsize is not copied: a loader may leave
 * any amount of room in a tree (QEMU: 1 MiB around 8 KiB).
 */
#include <libfdt.h>

#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/handoff.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

#include "fdt_walk.h"
#include "machine_build.h"

/* Linux' boot protocol bounds a tree at 2 MiB; what lies beyond is not one. */
#define FDT_TOTAL_MAX MIB(2)
#define RESERVE_ENTRY 16U
#define RESERVE_BYTES_MAX ((u64)RESERVE_ENTRY * (MACHINE_RESERVED_MAX + 1U))

static int copy_in(u64 pa, void *dst, u64 size)
{
	const void *p = mmu_map(HPA(pa), size, MMU_RAM_RO);

	if (p == NULL) {
		log_error("fdt: cannot map 0x%lx bytes at 0x%lx", size, pa);
		return trace_error(BH_EFAULT);
	}
	memcpy(dst, p, size);
	mmu_unmap((void *)(uintptr_t)p, size);
	return 0;
}

static int place_bad(const struct fdt_header *h, const char *what, u64 found, u64 expected)
{
	log_error("fdt: header: %s 0x%lx, expected at most 0x%lx (totalsize 0x%x)", what, found,
		  expected, fdt_totalsize(h));
	return trace_error(BH_EINVAL);
}

static int header_check(const struct fdt_header *h)
{
	u64 total = fdt_totalsize(h);

	if (fdt_magic(h) != FDT_MAGIC) {
		log_error("fdt: at 0x%lx: magic 0x%x, expected 0xd00dfeed", handoff.fdt.v,
			  fdt_magic(h));
		return trace_error(BH_EINVAL);
	}
	if (fdt_version(h) < 17U || fdt_last_comp_version(h) > 17U) {
		log_error("fdt: header: version %u, compatible with %u; expected 17",
			  fdt_version(h), fdt_last_comp_version(h));
		return trace_error(BH_EINVAL);
	}
	if (total > FDT_TOTAL_MAX) {
		return place_bad(h, "totalsize", total, FDT_TOTAL_MAX);
	}
	if (!range_inside(fdt_off_dt_struct(h), fdt_size_dt_struct(h), 0, total)) {
		return place_bad(h, "size_dt_struct", fdt_size_dt_struct(h), total);
	}
	if (!range_inside(fdt_off_dt_strings(h), fdt_size_dt_strings(h), 0, total)) {
		return place_bad(h, "size_dt_strings", fdt_size_dt_strings(h), total);
	}
	if (fdt_off_mem_rsvmap(h) > total) {
		return place_bad(h, "off_mem_rsvmap", fdt_off_mem_rsvmap(h), total);
	}
	return 0;
}

/* Copies the reservation block, whose size its own last entry says, behind the header's place. */
static int reservations_copy(const struct fdt_header *h, u64 pa, u32 *size)
{
	u64 off = fdt_off_mem_rsvmap(h);
	u64 most = fdt_totalsize(h) - off;
	u8 *to = fw_buffer + FDT_V17_HEADER;
	static const u8 end[RESERVE_ENTRY];
	int err;

	if (most > RESERVE_BYTES_MAX) {
		most = RESERVE_BYTES_MAX;
	}
	most = ALIGN_DOWN(most, RESERVE_ENTRY);
	if (most == 0U) {
		return place_bad(h, "off_mem_rsvmap", off, fdt_totalsize(h) - RESERVE_ENTRY);
	}
	err = copy_in(pa + off, to, most);
	if (err != 0) {
		return err;
	}
	for (u32 at = 0; at < most; at += RESERVE_ENTRY) {
		if (memcmp(to + at, end, RESERVE_ENTRY) == 0) {
			*size = at + RESERVE_ENTRY;
			return 0;
		}
	}
	log_error("fdt: memory reservation block: no end in %u entries", (u32)(most / 16U));
	return trace_error(BH_EINVAL);
}

/* Builds a tree of its own in fw_buffer: header, reservations, structure, strings, no room. */
static int tree_copy(u64 pa)
{
	struct fdt_header h;
	u32 reserve = 0;
	u32 at;
	u64 need;
	int err = copy_in(pa, &h, FDT_V17_HEADER);

	if (err == 0) {
		err = header_check(&h);
	}
	if (err == 0) {
		err = reservations_copy(&h, pa, &reserve);
	}
	if (err != 0) {
		return err;
	}
	at = FDT_V17_HEADER + reserve;
	need = (u64)at + fdt_size_dt_struct(&h) + fdt_size_dt_strings(&h);
	if (need > sizeof(fw_buffer)) {
		log_error("fdt: 0x%lx bytes of content, buffer is 0x%lx: raise FW_TABLE_MAX", need,
			  sizeof(fw_buffer));
		return trace_error(BH_EOVERFLOW);
	}
	err = copy_in(pa + fdt_off_dt_struct(&h), fw_buffer + at, fdt_size_dt_struct(&h));
	if (err == 0) {
		err = copy_in(pa + fdt_off_dt_strings(&h), fw_buffer + at + fdt_size_dt_struct(&h),
			      fdt_size_dt_strings(&h));
	}
	fdt_set_off_mem_rsvmap(&h, FDT_V17_HEADER);
	fdt_set_off_dt_struct(&h, at);
	fdt_set_off_dt_strings(&h, at + fdt_size_dt_struct(&h));
	fdt_set_totalsize(&h, (u32)need);
	memcpy(fw_buffer, &h, FDT_V17_HEADER);
	return err;
}

/* /chosen overrides nothing the way in already handed over. */
static void chosen_hand_over(const struct fdt_chosen *c)
{
	if (handoff.cmdline[0] == '\0') {
		memcpy(handoff.cmdline, c->bootargs, sizeof(handoff.cmdline));
	}
	if (handoff.module_count == 0U && c->initrd_end > c->initrd_start) {
		handoff.module[0] = (struct handoff_range){
			.base = HPA(c->initrd_start),
			.size = c->initrd_end - c->initrd_start,
			.usable = false,
		};
		handoff.module_count = 1;
	}
}

static int fdt_discover(void)
{
	struct fdt_chosen chosen;
	int err;

	if (handoff.fdt.v == 0U) {
		return BH_ENODEV;
	}
	if ((handoff.fdt.v % 8U) != 0U) {
		log_error("fdt: at 0x%lx, expected an address divisible by 8", handoff.fdt.v);
		return trace_error(BH_EINVAL);
	}
	err = tree_copy(handoff.fdt.v);
	if (err == 0) {
		err = fdt_read(fw_buffer, sizeof(fw_buffer), &machine, &chosen, &machine_devices);
	}
	if (err == 0) {
		chosen_hand_over(&chosen);
		machine_fdt = fw_buffer;
	}
	return err;
}

UNIT_DEFINE(fdt, 1, 20, fdt_discover);
