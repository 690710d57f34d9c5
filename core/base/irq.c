// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/irqchip.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/arch/upcall.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>

/* So many at one entry; a source that never falls silent must not hold the CPU here for ever. */
#define IRQS_PER_ENTRY 64U

static const struct irqchip_ops *chip;
static void (*handlers[IRQ_IDS])(void);

int irqchip_register(const struct irqchip_ops *ops)
{
	if (chip != NULL) {
		log_error("interrupt controller %s: refused, %s is in charge already", ops->name,
			  chip->name);
		return trace_error(BH_EEXIST);
	}
	chip = ops;
	return 0;
}

const struct irqchip_ops *irqchip(void)
{
	return chip;
}

void irq_handler_set(enum irq_id id, void (*fn)(void))
{
	handlers[id] = fn;
}

/* The counters are read by other CPUs, which wait for them to move. */
static void count(u64 *counter)
{
	__atomic_store_n(counter, *counter + 1U, __ATOMIC_RELEASE);
}

static void dispatch(enum irq_id id)
{
	struct cpu *c = this_cpu();

	if (id == IRQ_GUEST)
		return;
	count(&c->irqs);
	if (id == IRQ_STOP)
		upcall_stop();
	if (id == IRQ_TIMER)
		count(&c->ticks);
	if (id == IRQ_KICK)
		count(&c->kicks);
	if (id < IRQ_IDS && handlers[id] != NULL)
		handlers[id]();
}

void upcall_irq(void)
{
	for (u32 i = 0; i < IRQS_PER_ENTRY; i++) {
		enum irq_id id = IRQ_SPURIOUS;

		if (chip == NULL || !chip->take(&id))
			return;
		dispatch(id);
	}
}

void irq_line_taken(enum irq_id id)
{
	dispatch(id);
}

void irq_kick(u32 cpu)
{
	chip->send(cpu, IRQ_KICK);
}

void irq_kicked(void)
{
	struct cpu *c = this_cpu();

	count(&c->irqs);
	count(&c->kicks);
	handlers[IRQ_KICK]();
}

enum irq_id upcall_irq_taken(u32 acknowledged)
{
	enum irq_id id = IRQ_SPURIOUS;

	if (acknowledged == IRQ_NOT_ACKNOWLEDGED ? chip->take(&id) : chip->taken(acknowledged, &id))
		dispatch(id);
	return id;
}

/* The boot CPU's part, once the drivers of this stage (prio 20) have found their hardware. */
static int interrupts_init(void)
{
	int err;

	if (chip == NULL) {
		log_error("no driver for this machine's interrupt controller: enable it in Kconfig "
			  "(GICV2, GICV3, or the local APIC)");
		return trace_error(BH_ENOTSUP);
	}
	err = chip->cpu_init();
	if (err != 0) {
		log_error("interrupt controller %s: CPU 0: %s", chip->name, error_name(err));
		return err;
	}
	err = timer_cpu_init();
	if (err != 0) {
		log_error("timer: no usable frequency: %s", error_name(err));
		return err;
	}
	log_info("interrupts by %s, time by %s at %llu Hz", chip->name, timer_source(),
		 (unsigned long long)timer_hz());
	return 0;
}
UNIT_DEFINE(interrupts, 4, 80, interrupts_init);
