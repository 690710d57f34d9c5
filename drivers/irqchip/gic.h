/* SPDX-License-Identifier: Apache-2.0 */
/* What GICv2 and GICv3 share (Arm IHI 0048, IHI 0069): interrupt numbers and the distributor. */
#ifndef DRIVERS_IRQCHIP_GIC_H
#define DRIVERS_IRQCHIP_GIC_H

#include <bulkhead/arch/irqchip.h>
#include <bulkhead/fw/machine.h>
#include <bulkhead/irqchip/gic.h>
#include <bulkhead/lib/types.h>

#define GICD_CTLR 0x0000U
#define GICD_TYPER 0x0004U
#define GICD_IGROUPR 0x0080U
#define GICD_ISENABLER 0x0100U
#define GICD_ICENABLER 0x0180U
#define GICD_ICPENDR 0x0280U
#define GICD_ICACTIVER 0x0380U
#define GICD_IPRIORITYR 0x0400U
#define GICD_ICFGR 0x0c00U

/* Of a redistributor's first frame. */
#define GICR_CTLR 0x0000U
#define GICR_TYPER 0x0008U

/* SGIs that stand for enum irq_id. */
#define SGI_KICK GIC_SGI_KICK
#define SGI_STOP 1U
/* The EL2 physical timer where no table says otherwise (Arm BSA, PPI assignments). */
#define TIMER_INTID_DEFAULT 26U
#define INTID_SPI_FIRST 32U
#define INTID_SPI_END 1020U
#define INTID_LPI_FIRST 8192U

/* All of Bulkhead's interrupts have one priority, in the middle of what any GIC implements. */
#define GIC_PRIORITY 0xa0U
#define GIC_PRIORITY_MASK 0xf0U

/*
 * The group of all our interrupts. GICv3 hands group 0 to FIQ, so there it is 1. A GICv2 without
 * security states answers for group 0 only at the registers used here; one with them has put what
 * we may use into group 1 already and ignores the write.
 */
enum gic_group { GIC_GROUP0, GIC_GROUP1 };

/* The first controller of @kind; NULL if the machine has none. */
const struct machine_irqchip *gic_find(enum irqchip_kind kind);

/* INTID of Bulkhead's timer: a PPI. */
u32 gic_timer_intid(void);

/*
 * What @intid means to Bulkhead. The timer is disarmed: its line must be low before the
 * interrupt is completed, or it would be taken again.
 */
enum irq_id gic_acknowledged(u32 intid);

/*
 * A distributor or redistributor register block for 32 interrupts of a CPU, SGIs and PPIs: all
 * off, none pending, in @group, one priority; then only what Bulkhead uses on. @base
 * addresses the registers as GICD_* above have them.
 */
void gic_private_init(volatile u8 *base, enum gic_group group);

/* The same for shared interrupts, of which @end is one past the last; all stay off. */
void gic_shared_init(volatile u8 *dist, u32 end, enum gic_group group);

/* The driver in charge offers what guests need. */
void gic_guest_offer(const struct gic_guest_ops *ops);

/* An acknowledged interrupt that is not Bulkhead's own; its priority is dropped. */
void gic_forward(u32 intid);

/* Trigger of shared interrupt @intid. Boot: nobody else writes the register. */
void gic_shared_trigger(volatile u8 *dist, u32 intid, bool level);

/* A register with a bit an interrupt: writes the one of @intid. */
void gic_bit_write(volatile u8 *base, u32 reg, u32 intid);

/* irqchip_ops.listen of both. */
int gic_listen(enum irq_id id, u32 line, bool level, u32 cpu);

/* GICv3: the first frame of the redistributor of logical CPU @cpu; NULL: it has not begun. */
volatile u8 *gic_redist(u32 cpu);

/* GICv3: GICD_TYPER. */
u32 gic_dist_typer(void);

/* Boot: who takes LPIs; @fn runs where one was taken, when it is completed. */
void gic_lpis_set(void (*fn)(u32 intid));

/* One past the last INTID the distributor has, from GICD_TYPER. */
u32 gic_intid_end(volatile u8 *dist);

#endif
