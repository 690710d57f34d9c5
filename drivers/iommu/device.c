// SPDX-License-Identifier: Apache-2.0
/*
 * Devices as IOMMUs know them: who has which, and what each is attached to.
 */
#include <bulkhead/base/log.h>
#include <bulkhead/fw/machine.h>
#include <bulkhead/iommu/domain.h>
#include <bulkhead/lib/error.h>

#include "common.h"

/* Grows while partitions are built, then stays. */
static struct iommu_device devices[CONFIG_IOMMU_DEVICES];
static u32 device_count;

static int unit_at(hpa_t base, u32 *unit)
{
	for (u32 i = 0; i < machine.iommu_count; i++) {
		const struct iommu_driver *d = iommu_driver_of(i);

		*unit = i;
		if (machine.iommu[i].base.v == base.v)
			return d != NULL && d->attach != NULL ? 0 : BH_ENOTSUP;
	}
	return BH_ENODEV;
}

struct iommu_device *iommu_device_find(u32 unit, u32 stream)
{
	for (u32 i = 0; i < device_count; i++) {
		if (devices[i].unit == unit && devices[i].stream == stream)
			return &devices[i];
	}
	return NULL;
}

int iommu_device_take(hpa_t base, u32 stream, const char *name, u32 owner, const char *partition,
		      struct iommu_device **out)
{
	const struct iommu_device *other;
	u32 unit = 0;
	int err = unit_at(base, &unit);

	if (err != 0) {
		log_error("iommu: %s: the unit at 0x%lx %s", name, base.v,
			  err == BH_ENODEV ? "is not there" : "can only block");
		return trace_error(err);
	}
	other = iommu_device_find(unit, stream);
	if (other != NULL) {
		log_error("iommu: %s: stream 0x%x is that of %s, of partition %s", name, stream,
			  other->name, other->partition);
		return trace_error(BH_EBUSY);
	}
	if (device_count == CONFIG_IOMMU_DEVICES) {
		log_error("iommu: %s is one more than CONFIG_IOMMU_DEVICES=%u", name,
			  (u32)CONFIG_IOMMU_DEVICES);
		return trace_error(BH_EOVERFLOW);
	}
	err = iommu_driver_of(unit)->prepare(unit, stream);
	if (err != 0)
		return err;
	*out = &devices[device_count];
	**out = (struct iommu_device){
		.name = name,
		.unit = unit,
		.stream = stream,
		.owner = owner,
		.partition = partition,
	};
	device_count++;
	return 0;
}

int iommu_attach(struct iommu_device *dev, struct iommu_domain *d)
{
	const struct iommu_driver *drv = iommu_driver_of(dev->unit);
	struct iommu_domain *to = d != NULL ? d : iommu_firmware_domain(dev->unit, dev->stream);

	/* A stopped unit refuses everything already. */
	if (drv == NULL)
		return d == NULL ? 0 : BH_EIO;
	if (to != NULL)
		__atomic_fetch_or(&to->units, BIT(dev->unit), __ATOMIC_SEQ_CST);
	if (drv->attach(dev->unit, dev->stream, to) != 0) {
		iommu_unit_stop(dev->unit, dev->name);
		dev->domain = NULL;
		return trace_error(BH_EIO);
	}
	dev->domain = d;
	__atomic_store_n(&dev->hushed, false, __ATOMIC_RELAXED);
	return 0;
}
