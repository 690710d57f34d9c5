// SPDX-License-Identifier: Apache-2.0
/* For builds without CONFIG_SYSTEM_IMAGE_FLASH. */
#include "slot.h"

bool image_slot(struct handoff_range *out)
{
	(void)out;
	return false;
}

struct machine_range image_slot_range(void)
{
	return (struct machine_range){ .size = 0 };
}
