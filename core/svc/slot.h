/* SPDX-License-Identifier: Apache-2.0 */
/* Where the image lies if the loader handed none over. */
#ifndef BULKHEAD_CORE_SVC_SLOT_H
#define BULKHEAD_CORE_SVC_SLOT_H

#include <bulkhead/base/handoff.h>
#include <bulkhead/fw/machine.h>

/* The board's slot, if something was ever written to it. Only memory that is mapped is read. */
bool image_slot(struct handoff_range *out);

/* Where the slot is, written or not; size 0 if the board has none. */
struct machine_range image_slot_range(void);

#endif
