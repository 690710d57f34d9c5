// SPDX-License-Identifier: Apache-2.0
/*
 * Messages to local APICs. Behind a unit that remaps, each interrupt has an entry that takes it
 * from its own source alone; a unit that does not remap would let any message of any device
 * through, so there nobody gets one. With no unit at all a message is what the local APICs read:
 * such a device reaches all memory anyhow, and its owner has been told so.
 */
#include <asm/lapic.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/percpu.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/iommu/interrupt.h>
#include <bulkhead/irqchip/message.h>
#include <bulkhead/lib/error.h>

#define DESTINATION_MAX 0xfeU

static void taken(void *ctx)
{
	struct message_irq *m = ctx;

	__atomic_store_n(&m->count, m->count + 1U, __ATOMIC_RELAXED);
	m->fn(m->ctx);
}

static bool remapped(const struct message_irq *m)
{
	return m->source.unit != MESSAGE_NO_UNIT;
}

static int x86_open(const struct message_source *s, u32 count __unused)
{
	const struct iommu_driver *drv;

	if (s->unit == MESSAGE_NO_UNIT)
		return machine.iommu_count == 0U ? 0 : BH_ENOTSUP;
	drv = iommu_driver_of(s->unit);
	return drv == NULL || drv->interrupt_take == NULL ? BH_ENOTSUP : 0;
}

static int route(const struct message_irq *m, bool on)
{
	const struct iommu_route to = {
		.apic = (u32)cpus[m->cpu].hwid, .vector = (u8)m->id, .level = m->level, .on = on
	};

	return iommu_interrupt_route(m->source.unit, m->entry, &to);
}

static int x86_take(struct message_irq *m)
{
	u8 vector = 0;
	int err;

	if (m->cpu >= cpu_count)
		return trace_error(BH_EINVAL);
	if (!remapped(m) && cpus[m->cpu].hwid > DESTINATION_MAX)
		return trace_error(BH_ERANGE);
	err = lapic_vector_take(taken, m, &vector);
	if (err != 0)
		return err;
	m->id = vector;
	m->on = false;
	if (remapped(m))
		err = iommu_interrupt_take(m->source.unit, (u16)m->source.id, vector, &m->entry);
	if (err == 0 && remapped(m))
		err = route(m, false);
	if (err != 0)
		lapic_vector_free(vector);
	return err;
}

/* Without remapping a source masks itself, or does not. */
static int x86_enable(struct message_irq *m, bool on)
{
	int err;

	if (!remapped(m))
		return on ? 0 : BH_ENOTSUP;
	err = route(m, on);
	if (err == 0)
		m->on = on;
	return err;
}

static int x86_route(struct message_irq *m, u32 cpu)
{
	const u32 before = m->cpu;
	int err;

	if (!remapped(m))
		return BH_ENOTSUP;
	if (cpu >= cpu_count)
		return trace_error(BH_EINVAL);
	m->cpu = cpu;
	err = route(m, m->on);
	if (err != 0)
		m->cpu = before;
	return err;
}

static int x86_release(struct message_irq *m)
{
	const int err = remapped(m) ? route(m, false) : 0;

	lapic_vector_free((u8)m->id);
	return err;
}

static void x86_message(const struct message_irq *m, struct message *out)
{
	struct iommu_message r;

	if (!remapped(m)) {
		*out = (struct message){
			APIC_MESSAGE_BASE | APIC_MESSAGE_DESTINATION((u32)cpus[m->cpu].hwid), m->id
		};
		return;
	}
	iommu_interrupt_message(m->source.unit, m->entry, &r);
	*out = (struct message){ r.address, r.data };
}

static const struct message_ops remapping_ops = {
	.name = "IOMMU",
	.open = x86_open,
	.take = x86_take,
	.enable = x86_enable,
	.route = x86_route,
	.release = x86_release,
	.message = x86_message,
};

static int message_x86_init(void)
{
	return message_controller_set(&remapping_ops);
}
UNIT_DEFINE(message_x86, 4, 25, message_x86_init);
