// SPDX-License-Identifier: Apache-2.0
/* Interrupt remapping, whatever the unit. */
#include <bulkhead/iommu/interrupt.h>
#include <bulkhead/lib/error.h>

/* Told from memory by every unit, before translation. */
#define MESSAGE_BASE 0xfee00000ULL

/* A unit that does not do what it is told is stopped; other errors are the caller's. */
static int obeyed(u32 unit, int err, const char *what)
{
	if (err != BH_EIO && err != BH_ETIMEDOUT)
		return err;
	iommu_unit_stop(unit, what);
	return BH_EIO;
}

int iommu_interrupt_take(u32 unit, u16 source, u8 vector, u32 *entry)
{
	const struct iommu_driver *drv = iommu_driver_of(unit);

	if (drv == NULL || drv->interrupt_take == NULL)
		return BH_ENOTSUP;
	return obeyed(unit, drv->interrupt_take(unit, source, vector, entry),
		      "entry of an interrupt");
}

int iommu_interrupt_route(u32 unit, u32 entry, const struct iommu_route *to)
{
	const struct iommu_driver *drv = iommu_driver_of(unit);

	if (drv == NULL || drv->interrupt_route == NULL)
		return BH_ENOTSUP;
	return obeyed(unit, drv->interrupt_route(unit, entry, to), "route of an interrupt");
}

/* A unit that was stopped lets none through, whatever it is. */
void iommu_interrupt_message(u32 unit, u32 entry, struct iommu_message *out)
{
	const struct iommu_driver *drv = iommu_driver_of(unit);

	*out = (struct iommu_message){ .address = MESSAGE_BASE };
	if (drv != NULL && drv->interrupt_form != NULL)
		drv->interrupt_form(unit, entry, out);
}
