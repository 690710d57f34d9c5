/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a GIC driver does for interrupts of guests. Priority drop and deactivation are apart: the
 * driver drops the priority of an interrupt that is not Bulkhead's own and hands it on; it stays
 * active, and so cannot come again, until it is deactivated, by the guest's end of interrupt or
 * here.
 */
#ifndef BULKHEAD_IRQCHIP_GIC_H
#define BULKHEAD_IRQCHIP_GIC_H

#include <bulkhead/lib/types.h>

/* The SGI that is IRQ_KICK. */
#define GIC_SGI_KICK 0U

struct gic_guest_ops {
	u32 version;     /* 2 or 3 */
	u32 end;         /* one past the last INTID */
	u32 maintenance; /* INTID, 0: unknown */
	/* A guest's end of an interrupt ends the physical one its list register is linked to. */
	bool linked;
	/* A private interrupt of this CPU: may it be taken? */
	void (*private_enable)(u32 intid, bool on);
	/* Boot: trigger of a shared interrupt, in Bulkhead's group and priority, off. */
	void (*shared_setup)(u32 intid, bool level);
	void (*shared_enable)(u32 intid, bool on);
	/* To logical CPU @cpu. */
	void (*shared_route)(u32 intid, u32 cpu);
	/* Private ones on the CPU they belong to. */
	void (*deactivate)(u32 intid);
};

/* The driver in charge; NULL on a machine without a GIC. */
const struct gic_guest_ops *gic_guest(void);

/* Boot: who takes what is not Bulkhead's own; @fn runs where it was taken. */
void gic_forward_set(void (*fn)(u32 intid));

#endif
