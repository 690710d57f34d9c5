// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/percpu.h>

#include "fake.h"

static u32 pending[CONFIG_MAX_CPUS]; /* bit i: enum irq_id i */
static u32 lost;                     /* likewise */

void fake_irqchip_reset(void)
{
	for (u32 i = 0; i < CONFIG_MAX_CPUS; i++)
		__atomic_store_n(&pending[i], 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&lost, 0, __ATOMIC_SEQ_CST);
}

void fake_irq_lose(enum irq_id id)
{
	__atomic_fetch_or(&lost, 1U << id, __ATOMIC_SEQ_CST);
}

void fake_irq_raise(u32 cpu, enum irq_id id)
{
	if ((__atomic_load_n(&lost, __ATOMIC_SEQ_CST) & (1U << id)) == 0U)
		__atomic_fetch_or(&pending[cpu], 1U << id, __ATOMIC_SEQ_CST);
}

static int chip_cpu_init(void)
{
	return 0;
}

static bool chip_take(enum irq_id *id)
{
	u32 cpu = this_cpu()->id;

	if (fake_alarm_take(cpu))
		fake_irq_raise(cpu, IRQ_TIMER);
	for (u32 i = 0; i < IRQ_IDS; i++) {
		u32 bit = 1U << i;

		if ((__atomic_fetch_and(&pending[cpu], ~bit, __ATOMIC_SEQ_CST) & bit) != 0U) {
			*id = (enum irq_id)i;
			return true;
		}
	}
	return false;
}

const struct irqchip_ops fake_irqchip = {
	.name = "fake irqchip",
	.cpu_init = chip_cpu_init,
	.send = fake_irq_raise,
	.take = chip_take,
};
