// SPDX-License-Identifier: Apache-2.0
/*
 * Faults: taken out of the units' records, counted, and told with the partition they belong to. A
 * device that floods is hushed by its unit, so that nobody's CPU pays for it.
 */
#include <bulkhead/arch/irqchip.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/iommu/interrupt.h>
#include <bulkhead/lib/error.h>

#include "common.h"

/* What is taken in one piece: others have their turn in between. */
#define FAULTS_STEP 1U

static struct {
	struct spinlock lock; /* LOCK_DEVICE: the units' records, budgets */
	iommu_fault_fn sink;
	void (*more)(void);
	u64 all, unowned; /* atomic */
	u32 asked;        /* units somebody wants looked at, a bit each; atomic */
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

/* By unit: the CPU that takes its interrupt, and the one that did before; atomic. */
static struct {
	bool on;
	u32 cpu, before;
} heard[MACHINE_IOMMUS_MAX];

/*
 * Units whose interrupt this CPU takes, or took until it followed another device: of that one
 * something may be on its way, or left. Those without an interrupt are everybody's.
 */
static u32 own_units(void)
{
	const u32 cpu = this_cpu()->id;
	u32 set = 0;

	for (u32 i = 0; i < machine.iommu_count; i++) {
		if (!__atomic_load_n(&heard[i].on, __ATOMIC_RELAXED) ||
		    __atomic_load_n(&heard[i].cpu, __ATOMIC_RELAXED) == cpu ||
		    __atomic_load_n(&heard[i].before, __ATOMIC_RELAXED) == cpu)
			set |= (u32)BIT(i);
	}
	return set;
}

static int listen(u32 unit, u32 cpu);

/* Who faults pays: the next one is taken by a CPU of its owner. */
static void follow(const struct iommu_device *dev)
{
	if (heard[dev->unit].on && heard[dev->unit].cpu != dev->cpu)
		(void)listen(dev->unit, dev->cpu);
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
	if (dev == NULL)
		return;
	follow(dev);
	if (!budget_take(dev))
		hush(dev);
}

static u32 take(u32 *set, u32 max)
{
	u32 n = 0;

	while (n < max) {
		struct iommu_fault f;

		if (iommu_next_fault_among(set, &f) != 0)
			break;
		n++;
		fault_hear(&f);
	}
	return n;
}

/*
 * Whoever finds another CPU at it leaves word, which is looked at once more after the unlock. What
 * is left of units in @mine the caller comes back for.
 */
static u32 take_of(u32 set, u32 mine, u32 max)
{
	u32 n = 0;

	__atomic_fetch_or(&faults.asked, set, __ATOMIC_SEQ_CST);
	while (n < max && __atomic_load_n(&faults.asked, __ATOMIC_SEQ_CST) != 0U &&
	       spin_trylock(&faults.lock)) {
		u32 left = __atomic_exchange_n(&faults.asked, 0U, __ATOMIC_SEQ_CST);

		n += take(&left, max - n);
		__atomic_fetch_or(&faults.asked, left & ~mine, __ATOMIC_SEQ_CST);
		spin_unlock(&faults.lock);
	}
	return n;
}

u32 iommu_faults_take(u32 max)
{
	return take_of(IOMMU_ALL_UNITS, 0, max);
}

void iommu_faults_more_set(void (*fn)(void))
{
	faults.more = fn;
}

void iommu_faults_step(void)
{
	const u32 own = own_units();

	if (take_of(own, own, FAULTS_STEP) == FAULTS_STEP && faults.more != NULL)
		faults.more();
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

static int listen_line(const struct iommu_driver *drv, u32 unit, u32 cpu)
{
	const u32 line = machine.iommu[unit].irq_event;
	int err;

	if (drv->interrupt == NULL || line == 0U || irqchip()->listen == NULL)
		return BH_ENOTSUP;
	err = irqchip()->listen(IRQ_IOMMU, line, drv->level, cpu);
	if (err == 0 && !heard[unit].on)
		err = drv->interrupt(unit);
	return err;
}

static int listen_message(const struct iommu_driver *drv, u32 unit, u32 cpu)
{
	struct iommu_message m;
	int err;

	if (irqchip()->message == NULL)
		return BH_ENOTSUP;
	err = irqchip()->message(IRQ_IOMMU, cpu, &m.address, &m.data);
	return err == 0 ? drv->interrupt_message(unit, &m) : err;
}

static int listen(u32 unit, u32 cpu)
{
	const struct iommu_driver *drv = iommu_driver_of(unit);
	int err;

	if (drv == NULL)
		return BH_ENOTSUP;
	err = drv->interrupt_message != NULL ? listen_message(drv, unit, cpu)
					     : listen_line(drv, unit, cpu);
	__atomic_store_n(&heard[unit].before, heard[unit].on ? heard[unit].cpu : cpu,
			 __ATOMIC_RELAXED);
	__atomic_store_n(&heard[unit].cpu, cpu, __ATOMIC_RELAXED);
	__atomic_store_n(&heard[unit].on, err == 0, __ATOMIC_RELAXED);
	return err;
}

int iommu_faults_listen(struct iommu_device *dev, u32 cpu)
{
	dev->cpu = cpu;
	return listen(dev->unit, cpu);
}

/* Before other CPUs start: none of them may take the interrupt without a handler. */
static int iommu_faults_init(void)
{
	irq_handler_set(IRQ_IOMMU, iommu_faults_step);
	return 0;
}
UNIT_DEFINE(iommu_faults, 4, 15, iommu_faults_init);
