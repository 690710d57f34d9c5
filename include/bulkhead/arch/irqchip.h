/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contract: interrupts of Bulkhead itself. One controller is in charge on a machine; its driver
 * (drivers/irqchip, or the local APIC on x86) registers the operations below.
 */
#ifndef BULKHEAD_ARCH_IRQCHIP_H
#define BULKHEAD_ARCH_IRQCHIP_H

#include <bulkhead/lib/types.h>

/*
 * Interrupt ids of this contract: what Bulkhead uses itself. Those of devices that partitions have
 * are bound by arch/virq.h.
 */
enum irq_id {
	IRQ_TIMER,    /* this CPU's own timer */
	IRQ_KICK,     /* another CPU wants this one to look at its state */
	IRQ_STOP,     /* another CPU panics */
	IRQ_CONSOLE,  /* the console's port has received something */
	IRQ_IOMMU,    /* an IOMMU has recorded faults */
	IRQ_GUEST,    /* acknowledged, and handed to whom it belongs */
	IRQ_SPURIOUS, /* acknowledged, belongs to nobody */
	IRQ_IDS
};

/* No acknowledgement says this. */
#define IRQ_NOT_ACKNOWLEDGED 0xffffffffU

struct irqchip_ops {
	const char *name;                      /* "GICv3", "x2APIC" */
	int (*cpu_init)(void);                 /* this CPU's part; boot CPU included */
	void (*send)(u32 cpu, enum irq_id id); /* KICK or STOP to one logical CPU */
	/*
	 * Acknowledges the most urgent pending interrupt and completes it. Returns false when
	 * there is none. NULL: the CPU itself acknowledges each.
	 */
	bool (*take)(enum irq_id *id);
	/* The rest of that behind an acknowledgement made elsewhere. NULL: cannot. */
	bool (*taken)(u32 acknowledged, enum irq_id *id);
	/*
	 * Takes the machine's shared interrupt @line (INTID, GSI), @level or edge triggered, as
	 * @id (IRQ_CONSOLE, IRQ_IOMMU) on logical CPU @cpu from now on; again to move it. The
	 * console has one line; IOMMUs have one each, where they have lines and not messages.
	 * BH_ENOENT: no such line. NULL: cannot.
	 */
	int (*listen)(enum irq_id id, u32 line, bool level, u32 cpu);
	/*
	 * What a device that nothing remaps is to write, and where, to have @id taken on logical
	 * CPU @cpu. BH_EOVERFLOW; BH_ERANGE: no message reaches that CPU. NULL: cannot.
	 */
	int (*message)(enum irq_id id, u32 cpu, u64 *address, u32 *data);
};

/* Called by the driver that found its hardware; a second call is refused with BH_EEXIST. */
int irqchip_register(const struct irqchip_ops *ops);

/* The controller in charge; NULL before STAGE_INTERRUPTS. */
const struct irqchip_ops *irqchip(void);

/* Once a controller is in charge: IRQ_KICK to a logical CPU; what is due where one was taken. */
void irq_kick(u32 cpu);
void irq_kicked(void);

/* A controller whose lines are messages: line @id was taken on this CPU, and is completed. */
void irq_line_taken(enum irq_id id);

/* Runs @fn on this CPU whenever @id is taken. One handler each; set before CPUs start. */
void irq_handler_set(enum irq_id id, void (*fn)(void));

#endif
