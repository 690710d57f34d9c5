// SPDX-License-Identifier: Apache-2.0
/* Interrupt remapping, whatever the unit. */
#include <bulkhead/iommu/interrupt.h>
#include <bulkhead/lib/error.h>

/* Remappable format (VT-d 5.1.2.2): handle 14:0 in bits 19:5, handle 15 in bit 2. */
#define MESSAGE_BASE 0xfee00000ULL
#define MESSAGE_REMAPPABLE BIT(4)

int iommu_interrupt_take(u32 unit, u16 source, u32 *entry)
{
	const struct iommu_driver *drv = iommu_driver_of(unit);

	if (drv == NULL || drv->interrupt_take == NULL)
		return BH_ENOTSUP;
	return drv->interrupt_take(unit, source, entry);
}

int iommu_interrupt_route(u32 unit, u32 entry, const struct iommu_route *to)
{
	const struct iommu_driver *drv = iommu_driver_of(unit);
	int err;

	if (drv == NULL || drv->interrupt_route == NULL)
		return BH_ENOTSUP;
	err = drv->interrupt_route(unit, entry, to);
	if (err == 0 || err == BH_EINVAL)
		return err;
	iommu_unit_stop(unit, "route of an interrupt");
	return BH_EIO;
}

void iommu_interrupt_message(u32 entry, struct iommu_message *out)
{
	out->address = MESSAGE_BASE | MESSAGE_REMAPPABLE | FIELD_PREP(entry, 19, 5) |
		       FIELD_PREP(entry >> 15, 2, 2);
	out->data = 0;
}
