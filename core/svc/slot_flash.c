// SPDX-License-Identifier: Apache-2.0
/* NOR flash that the CPU reads like memory. */
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/log.h>

#include "slot.h"

#define ERASED 0xffffffffU /* NOR flash is erased to ones; a model without content is zero */

bool image_slot(struct handoff_range *out)
{
	const hpa_t base = HPA(CONFIG_SYSTEM_IMAGE_FLASH_BASE);
	const volatile u32 *first = mmu_map(base, sizeof(*first), MMU_RAM_RO);
	u32 word;

	if (first == NULL) {
		log_error("system image: cannot map SYSTEM_IMAGE_FLASH_BASE, 0x%llx",
			  (unsigned long long)base.v);
		return false;
	}
	word = *first;
	mmu_unmap((void *)(uintptr_t)first, sizeof(*first));
	if (word == ERASED || word == 0U)
		return false;
	log_info("system image: from flash at 0x%llx", (unsigned long long)base.v);
	*out = (struct handoff_range){ .base = base, .size = CONFIG_SYSTEM_IMAGE_FLASH_SIZE };
	return true;
}

struct machine_range image_slot_range(void)
{
	return (struct machine_range){ .base = HPA(CONFIG_SYSTEM_IMAGE_FLASH_BASE),
				       .size = CONFIG_SYSTEM_IMAGE_FLASH_SIZE };
}
