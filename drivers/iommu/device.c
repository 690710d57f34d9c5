// SPDX-License-Identifier: Apache-2.0
/*
 * Devices as IOMMUs know them: who has which, what each is attached to, and whose a fault is.
 */
#include <bulkhead/base/lock.h>
#include <bulkhead/base/log.h>
#include <bulkhead/fw/machine.h>
#include <bulkhead/iommu/domain.h>
#include <bulkhead/lib/error.h>

/* Grows while partitions are built, then stays. */
static struct iommu_device devices[CONFIG_IOMMU_DEVICES];
static u32 device_count;

static struct {
	struct spinlock lock; /* LOCK_DEVICE: the units' records of faults */
	iommu_fault_fn sink;
	u64 all, unowned; /* atomic */
} faults = { .lock = SPINLOCK_INIT(LOCK_DEVICE) };

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

static struct iommu_device *find(u32 unit, u32 stream)
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
	other = find(unit, stream);
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

	/* A stopped unit refuses everything already. */
	if (drv == NULL)
		return d == NULL ? 0 : BH_EIO;
	if (d != NULL)
		__atomic_fetch_or(&d->units, BIT(dev->unit), __ATOMIC_SEQ_CST);
	if (drv->attach(dev->unit, dev->stream, d) != 0) {
		iommu_unit_stop(dev->unit, dev->name);
		dev->domain = NULL;
		return trace_error(BH_EIO);
	}
	dev->domain = d;
	return 0;
}

/* ---- faults ---- */

void iommu_fault_sink_set(iommu_fault_fn fn)
{
	faults.sink = fn;
}

/* Stream ids are requester ids without the segment on units that know PCI functions alone. */
static struct iommu_device *culprit(const struct iommu_fault *f)
{
	const enum iommu_kind kind = machine.iommu[f->unit].kind;
	const bool pci = kind == IOMMU_VTD || kind == IOMMU_AMDVI;

	return find(f->unit, pci ? f->who.v & 0xffffU : f->who.v);
}

static void report(const struct iommu_fault *f, const struct iommu_device *dev)
{
	const char *what = f->write ? "write" : "read";

	if (dev != NULL)
		log_guest(LOG_WARN, dev->owner,
			  "iommu: %s %s 0x%llx of partition %s refused, reason 0x%x", dev->name,
			  what, (unsigned long long)f->addr.v, dev->partition, f->reason);
	else
		log_guest(LOG_WARN, LOG_OWNER_SELF,
			  "iommu: device 0x%x of unit %u: %s 0x%llx of no partition refused, "
			  "reason 0x%x",
			  f->who.v, f->unit, what, (unsigned long long)f->addr.v, f->reason);
}

static void fault_hear(const struct iommu_fault *f)
{
	struct iommu_device *dev = culprit(f);

	__atomic_fetch_add(&faults.all, 1U, __ATOMIC_RELAXED);
	if (dev != NULL)
		__atomic_fetch_add(&dev->faults, 1U, __ATOMIC_RELAXED);
	else
		__atomic_fetch_add(&faults.unowned, 1U, __ATOMIC_RELAXED);
	report(f, dev);
	if (faults.sink != NULL)
		faults.sink(f, dev);
}

u32 iommu_faults_take(u32 max)
{
	u32 n = 0;

	while (n < max) {
		struct iommu_fault f;
		int err;

		if (!spin_trylock(&faults.lock))
			break;
		err = iommu_next_fault(&f);
		spin_unlock(&faults.lock);
		if (err != 0)
			break;
		n++;
		fault_hear(&f);
	}
	return n;
}

u64 iommu_fault_count(void)
{
	return __atomic_load_n(&faults.all, __ATOMIC_RELAXED);
}

u64 iommu_fault_count_unowned(void)
{
	return __atomic_load_n(&faults.unowned, __ATOMIC_RELAXED);
}
