// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/firmware.h>

#include "panic_internal.h"

void panic_end(void)
{
	firmware_sim_exit(1);
}
