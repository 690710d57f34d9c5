// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/percpu.h>
#include <bulkhead/base/panic.h>

#include "lock_check.h"

static const char *const class_names[] = {
	[LOCK_NONE] = "none",
	[LOCK_MANAGEMENT] = "management",
	[LOCK_PARTITION] = "partition",
	[LOCK_DEVICE_PARENT] = "device parent",
	[LOCK_DEVICE] = "device",
	[LOCK_MMIO_MAP] = "MMIO map",
	[LOCK_VUART] = "virtual UART",
	[LOCK_VDEV] = "virtual device",
	[LOCK_STAGE2] = "stage 2",
	[LOCK_FRAME] = "frame",
	[LOCK_IOMMU_DOMAIN] = "IOMMU domain",
	[LOCK_IOMMU_QUEUE] = "IOMMU queue",
	[LOCK_OWN_MAP] = "own map",
	[LOCK_VIRQ] = "virtual interrupts",
	[LOCK_IRQCHIP] = "interrupt controller",
	[LOCK_RUNQUEUE] = "run queue",
	[LOCK_PCI_PORTS] = "PCI ports",
	[LOCK_CONSOLE] = "console",
	[LOCK_LOG] = "log",
	[LOCK_PORT] = "console port",
};

_Static_assert(ARRAY_SIZE(class_names) == LOCK_CLASSES, "each has a name");

static const char *class_name(u32 class)
{
	return (class < ARRAY_SIZE(class_names)) ? class_names[class] : "unknown";
}

void lock_check_take(const struct spinlock *l)
{
	const struct cpu *c = this_cpu();

	if (c->panicking != 0U)
		return;
	for (u32 i = 0; i < c->lock_depth; i++)
		if (l->class <= c->lock_held[i])
			panic("lock order: CPU %u takes \"%s\" while it holds \"%s\"", c->id,
			      class_name(l->class), class_name(c->lock_held[i]));
}

void lock_check_taken(const struct spinlock *l)
{
	struct cpu *c = this_cpu();

	if (c->panicking != 0U)
		return;
	if (c->lock_depth >= ARRAY_SIZE(c->lock_held))
		panic("lock order: CPU %u holds %u locks, \"%s\" is one too many", c->id,
		      c->lock_depth, class_name(l->class));
	c->lock_held[c->lock_depth] = (u8)l->class;
	c->lock_depth++;
}

void lock_check_release(const struct spinlock *l)
{
	struct cpu *c = this_cpu();
	u32 i = c->lock_depth;

	if (c->panicking != 0U)
		return;
	while (i > 0U && c->lock_held[i - 1U] != l->class)
		i--;
	if (i == 0U)
		panic("lock order: CPU %u releases \"%s\" and does not hold it", c->id,
		      class_name(l->class));
	for (; i < c->lock_depth; i++)
		c->lock_held[i - 1U] = c->lock_held[i];
	c->lock_depth--;
}
