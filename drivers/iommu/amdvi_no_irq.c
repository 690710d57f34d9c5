// SPDX-License-Identifier: Apache-2.0
/* The unit's message is in configuration space, which nobody reads in this build. */
#include <bulkhead/lib/error.h>

#include "amdvi.h"

int amdvi_interrupt_message(u32 index __unused, const struct iommu_message *m __unused)
{
	return BH_ENOTSUP;
}
