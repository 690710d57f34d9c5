// SPDX-License-Identifier: Apache-2.0
/* ACPI on the real machine: physical memory through our own map, and the unit. */
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/handoff.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>

#include "acpi_table.h"

/*
 * Tables lie side by side, and each is looked at several times: a window of whole pages stays open
 * until its place is needed.
 */
#define WINDOWS 4U

struct window {
	u64 pa, size; /* 0: none */
	const u8 *va;
	u32 users;
};

static bool window_holds(const struct window *w, u64 pa, u64 size)
{
	return range_inside(pa, size, w->pa, w->size);
}

static void window_close(struct window *w)
{
	if (w->size != 0U) {
		mmu_unmap((void *)(uintptr_t)w->va, w->size);
	}
	*w = (struct window){ 0 };
}

/* One that nobody uses, for [pa, pa + size); NULL: all are used. */
static struct window *window_open(struct window *windows, u64 pa, u64 size)
{
	const u64 first = ALIGN_DOWN(pa, PAGE_SIZE);
	const u64 bytes = ALIGN_UP(pa - first + size, PAGE_SIZE);
	u32 n = 0;

	while (n < WINDOWS && windows[n].users != 0U) {
		n++;
	}
	if (n == WINDOWS) {
		return NULL;
	}
	window_close(&windows[n]);
	windows[n].va = mmu_map(HPA(first), bytes, MMU_RAM_RO);
	if (windows[n].va == NULL) {
		return NULL;
	}
	windows[n].pa = first;
	windows[n].size = bytes;
	return &windows[n];
}

static const void *phys_map(void *ctx, u64 pa, u64 size)
{
	struct window *windows = ctx;
	struct window *w = NULL;

	if (size == 0U || size > ~0ULL - 2U * PAGE_SIZE || pa > ~0ULL - 2U * PAGE_SIZE - size) {
		return NULL;
	}
	for (u32 n = 0; n < WINDOWS && w == NULL; n++) {
		w = window_holds(&windows[n], pa, size) ? &windows[n] : NULL;
	}
	if (w == NULL) {
		w = window_open(windows, pa, size);
	}
	if (w == NULL) {
		return mmu_map(HPA(pa), size, MMU_RAM_RO);
	}
	w->users++;
	return w->va + (pa - w->pa);
}

static void phys_unmap(void *ctx, const void *p, u64 size)
{
	struct window *windows = ctx;

	for (u32 n = 0; n < WINDOWS; n++) {
		if (windows[n].size != 0U &&
		    (uintptr_t)p - (uintptr_t)windows[n].va < windows[n].size) {
			windows[n].users--;
			return;
		}
	}
	mmu_unmap((void *)(uintptr_t)p, size);
}

static int acpi_discover(void)
{
	struct window windows[WINDOWS] = { 0 };
	const struct acpi_mem mem = { .map = phys_map, .unmap = phys_unmap, .ctx = windows };
	hpa_t rsdp = handoff.rsdp;
	int err = BH_ENODEV;

	if (machine.source != NULL) {
		return BH_ENODEV;
	}
	if (rsdp.v == 0U) {
		rsdp = HPA(acpi_scan_rsdp(&mem));
	}
	if (rsdp.v != 0U) {
		err = acpi_read_machine(&mem, rsdp, &machine);
	}
	for (u32 n = 0; n < WINDOWS; n++) {
		window_close(&windows[n]);
	}
	return err;
}

UNIT_DEFINE(acpi, 1, 30, acpi_discover);
