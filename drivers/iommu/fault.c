// SPDX-License-Identifier: Apache-2.0
/*
 * Faults: taken out of the units' records, counted, and told with the partition they belong to. A
 * device that floods is hushed by its unit, so that nobody's CPU pays for it.
 */
#include <bulkhead/arch/irqchip.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>

#include "common.h"

/* Most that one interrupt takes: all that the largest queue holds. */
#define FAULTS_MAX 256U

static struct {
	struct spinlock lock; /* LOCK_DEVICE: the units' records, budgets */
	iommu_fault_fn sink;
	u64 all, unowned; /* atomic */
} faults = { .lock = SPINLOCK_INIT(LOCK_DEVICE) };

iommu_fault_fn iommu_fault_sink_set(iommu_fault_fn fn)
{
	const iommu_fault_fn before = faults.sink;

	faults.sink = fn;
	return before;
}

/* Source ids are requester ids without the segment on units that know PCI functions alone. */
static struct iommu_device *culprit(const struct iommu_fault *f)
{
	const enum iommu_kind kind = machine.iommu[f->unit].kind;
	const bool pci = kind == IOMMU_VTD || kind == IOMMU_AMDVI;

	return iommu_device_find(f->unit, pci ? f->who.v & 0xffffU : f->who.v);
}

static void report(const struct iommu_fault *f, const struct iommu_device *dev)
{
	const char *what = f->write ? "write" : "read";

	if (dev != NULL)
		log_guest(LOG_WARN, dev->owner, "iommu: %s %s 0x%llx of partition %s, reason 0x%x",
			  dev->name, what, (unsigned long long)f->addr.v, dev->partition,
			  f->reason);
	else
		log_guest(LOG_WARN, LOG_OWNER_SELF,
			  "iommu: device 0x%x of unit %u %s 0x%llx of no partition, reason 0x%x",
			  f->who.v, f->unit, what, (unsigned long long)f->addr.v, f->reason);
}

/* A second's worth, filled by time, one taken for each fault. False: it is used up. */
static bool budget_take(struct iommu_device *dev)
{
	const u64 now = timer_now();
	const u64 hz = timer_hz();
	const u64 full = (u64)CONFIG_IOMMU_FAULT_RATE * (hz == 0U ? 1U : hz);
	const u64 gained = now - dev->filled;

	if (gained >= hz || dev->filled == 0U)
		dev->credit = full;
	else
		dev->credit += gained * CONFIG_IOMMU_FAULT_RATE;
	dev->credit = dev->credit > full ? full : dev->credit;
	dev->filled = now;
	if (dev->credit < hz)
		return false;
	dev->credit -= hz;
	return true;
}

static void hush(struct iommu_device *dev)
{
	const struct iommu_driver *drv = iommu_driver_of(dev->unit);

	if (drv == NULL || drv->hush == NULL || __atomic_load_n(&dev->hushed, __ATOMIC_RELAXED))
		return;
	__atomic_store_n(&dev->hushed, true, __ATOMIC_RELAXED);
	drv->hush(dev->unit, dev->stream);
	log_guest(
		LOG_WARN, dev->owner,
		"iommu: %s of partition %s: more than %u faults a second; further ones are refused "
		"in silence",
		dev->name, dev->partition, (u32)CONFIG_IOMMU_FAULT_RATE);
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
	if (dev != NULL && !budget_take(dev))
		hush(dev);
}

u32 iommu_faults_take(u32 max)
{
	u32 n = 0;

	if (!spin_trylock(&faults.lock))
		return 0;
	while (n < max) {
		struct iommu_fault f;

		if (iommu_next_fault(&f) != 0)
			break;
		n++;
		fault_hear(&f);
	}
	spin_unlock(&faults.lock);
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

/* ---- the interrupt ---- */

static void recorded(void)
{
	(void)iommu_faults_take(FAULTS_MAX);
}

int iommu_faults_listen(const struct iommu_device *dev, u32 cpu)
{
	const struct iommu_driver *drv = iommu_driver_of(dev->unit);
	const u32 line = machine.iommu[dev->unit].irq_event;
	int err;

	if (drv == NULL || drv->interrupt == NULL || line == 0U || irqchip()->listen == NULL)
		return BH_ENOTSUP;
	err = irqchip()->listen(IRQ_IOMMU, line, drv->level, cpu);
	return err == 0 ? drv->interrupt(dev->unit) : err;
}

/* Before other CPUs start: none of them may take the interrupt without a handler. */
static int iommu_faults_init(void)
{
	irq_handler_set(IRQ_IOMMU, recorded);
	return 0;
}
UNIT_DEFINE(iommu_faults, 4, 15, iommu_faults_init);
