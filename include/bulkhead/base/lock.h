/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locks, and the one place that says in which order they are taken (docs/design.md, law 8).
 *
 * A CPU may take a lock only if its class is greater than that of every lock it holds. Debug
 * builds check that at each acquisition; a violation is a broken invariant of Bulkhead.
 */
#ifndef BULKHEAD_BASE_LOCK_H
#define BULKHEAD_BASE_LOCK_H

#include <bulkhead/lib/types.h>

enum lock_class {
	LOCK_NONE,
	LOCK_MANAGEMENT,
	LOCK_PARTITION,
	LOCK_DEVICE_PARENT,
	LOCK_DEVICE,
	LOCK_MMIO_MAP,
	LOCK_VUART,
	LOCK_VDEV, /* a partition's other virtual devices */
	LOCK_STAGE2,
	LOCK_FRAME,
	LOCK_IOMMU_DOMAIN,
	LOCK_IOMMU_QUEUE,
	LOCK_OWN_MAP,
	LOCK_VIRQ, /* a partition's virtual interrupt controller */
	LOCK_IRQCHIP,
	LOCK_RUNQUEUE,
	LOCK_PCI_PORTS,
	LOCK_CONSOLE,
	LOCK_LOG,  /* anything may log that does not hold the port */
	LOCK_PORT, /* the console's UART */
	LOCK_CLASSES
};

/* Ticket lock: first come, first served, so that no CPU starves. */
struct spinlock {
	u32 next;
	u32 owner;
	u32 class; /* enum lock_class */
};

#define SPINLOCK_INIT(c) { .next = 0, .owner = 0, .class = (c) }

/* Interrupts are masked in all of Bulkhead, so there is no irq-saving variant. */
void spin_lock(struct spinlock *l);
bool spin_trylock(struct spinlock *l);
void spin_unlock(struct spinlock *l);

#endif
