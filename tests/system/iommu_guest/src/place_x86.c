// SPDX-License-Identifier: Apache-2.0
/*
 * A PC's guest has its memory from 0 on, so what lies there for the machine cannot be named by its
 * devices: targets are the machine's addresses behind that, and holes of the guest's own.
 */
#include <bulkhead/base/unit.h>
#include <bulkhead/fw/machine.h>
#include <bulkhead/mem/frame.h>

#include "../../linked/linked.h"
#include "device.h"
#include "place.h"

#define COM1 0x3f8U
#define COM1_LSR 5U
#define LSR_EMPTY 0x60U

#define HPET 0xfed00000ULL
#define OWN_ECAM 0xe0000000ULL
#define VECTOR_FIRST 0x20U /* of the guests' library */

#define NOBODYS_ENTRY 250ULL /* of the unit's 256 for messages */

const struct place place = {
	.payload = PAYLOAD_PVH,
	.program = MIB(2),
	.unused = MIB(3),
	.page = 0x240000000ULL,
	.doorbell = 0xfee00000ULL,
	.message = VECTOR_FIRST + MESSAGE_INTID,
	.forged = 0xfee00010ULL | NOBODYS_ENTRY << 5,
	.forged_reported = true,
};

/*
 * Tables of pages come from frames that no device can name as long as they are lower than its
 * owner's memory is large.
 */
static int low_frames_take(void)
{
	hpa_t f = HPA(0);
	int err = 0;

	while (err == 0 && f.v < RAM_SIZE)
		err = frame_alloc(PAGE_SIZE, PAGE_SIZE, &f);
	return err;
}
UNIT_DEFINE(iommu_guest_low, 8, 44, low_frames_take);

u32 place_targets(u64 to[PLACES_MAX], u64 offset)
{
	const u64 places[] = {
		machine.segment[0].ecam.v + offset, HPET, OWN_ECAM + offset, 0x40000000ULL + offset,
		machine.segment[0].ecam.v,
	};

	for (u32 i = 0; i < ARRAY_SIZE(places); i++)
		to[i] = places[i];
	return ARRAY_SIZE(places);
}

/* What a guest says when it fails. */
static enum trap_result console(void *ctx __unused, struct mmio_access *a)
{
	if (!a->write)
		a->value = a->offset == COM1_LSR ? LSR_EMPTY : 0U;
	else if (a->offset == 0U)
		(void)linked_console((char)a->value);
	return TRAP_RESUME;
}

int place_console(struct partition *p)
{
	const struct mmio_range range = { COM1, 8, console, p };

	return mmio_map_add(&p->ports, &range);
}
