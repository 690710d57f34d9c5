// SPDX-License-Identifier: Apache-2.0
/*
 * The end of discovery: what the loader knows is put beside what the tables said, and the whole
 * is checked and shown. The readers are units of their own, before this one.
 */
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/handoff.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>

#include "machine_build.h"

static bool overlaps_usable(const struct handoff_range *r, u32 count)
{
	for (u32 i = 0; i < count; i++) {
		const struct handoff_range *u = &handoff.ram[i];

		if (u->usable && u->size != 0U && r->size != 0U &&
		    range_overlaps(r->base.v, r->size, u->base.v, u->size)) {
			return true;
		}
	}
	return false;
}

/* The loader's map replaces what tables say: it knows what firmware took for itself. */
static int ram_from_loader(struct machine *m)
{
	u32 count = handoff.ram_count < HANDOFF_RAM_MAX ? handoff.ram_count : HANDOFF_RAM_MAX;
	int err = 0;

	if (count != 0U) {
		m->ram_count = 0;
	}
	for (u32 i = 0; i < count && err == 0; i++) {
		const struct handoff_range *r = &handoff.ram[i];

		if (r->base.v + r->size < r->base.v) {
			log_error("%s: memory map entry %u: 0x%lx and 0x%lx bytes wrap",
				  handoff.protocol, i, r->base.v, r->size);
			return trace_error(BH_EINVAL);
		}
		if (r->usable) {
			machine_add_ram(m, r->base.v, r->size);
		} else if (overlaps_usable(r, count)) {
			err = machine_add_reserved(m, r->base.v, r->size);
		}
	}
	return err;
}

static int own_memory_reserve(struct machine *m)
{
	int err = machine_add_reserved(m, mmu_image_base().v, mmu_image_size());

	for (u32 i = 0; i < handoff.module_count && i < HANDOFF_MODULES_MAX && err == 0; i++) {
		err = machine_add_reserved(m, handoff.module[i].base.v, handoff.module[i].size);
	}
	return err;
}

static int discover_machine(void)
{
	int err;

	if (machine.source == NULL) {
		log_error("%s handed over neither a devicetree nor ACPI tables; one is needed",
			  handoff.protocol);
		return trace_error(BH_EINVAL);
	}
	err = ram_from_loader(&machine);
	if (err == 0) {
		err = own_memory_reserve(&machine);
	}
	if (err == 0) {
		err = machine_settle(&machine);
	}
	if (err == 0) {
		machine_log(&machine);
	}
	return err;
}

UNIT_DEFINE(discover, 1, 60, discover_machine);
