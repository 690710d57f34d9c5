// SPDX-License-Identifier: Apache-2.0
/* GICv2 by memory-mapped CPU interfaces (Arm IHI 0048). At most eight CPUs. */
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>

#include "gic.h"

#define GICD_SIZE 0x1000U
#define GICD_ITARGETSR 0x0800U
#define GICD_SGIR 0x0f00U
#define GICD_CTLR_ENABLE 1U

#define GICC_SIZE 0x2000U /* GICC_DIR is in the second page */
#define GICC_CTLR 0x0000U
#define GICC_PMR 0x0004U
#define GICC_BPR 0x0008U
#define GICC_IAR 0x000cU
#define GICC_EOIR 0x0010U
#define GICC_IIDR 0x00fcU
#define GICC_DIR 0x1000U
#define GICC_CTLR_ENABLE BIT(0)
#define GICC_CTLR_EOIMODE BIT(9)
#define GICC_IAR_INTID 0x3ffU
#define GICC_IIDR_PRODUCT_SHIFT 20U

static volatile u8 *dist;
static volatile u8 *cpu_if;
static u8 target[CONFIG_MAX_CPUS]; /* each CPU's bit in GICD_SGIR; 0: not up */

/*
 * The registers of private interrupts are banked: every CPU reads its own number there, but
 * interrupts that are not implemented read 0.
 */
static u8 own_target(void)
{
	for (u32 i = 0; i < INTID_SPI_FIRST; i++) {
		u8 t = mmio_read8(dist + GICD_ITARGETSR + i);

		if (t != 0U)
			return t;
	}
	/* One CPU only: the field is not implemented (IHI 0048, 4.3.12). */
	return 1U;
}

static int gicv2_cpu_init(void)
{
	target[this_cpu()->id] = own_target();
	gic_private_init(dist, GIC_GROUP0);
	mmio_write32(cpu_if + GICC_PMR, GIC_PRIORITY_MASK);
	mmio_write32(cpu_if + GICC_BPR, 0);
	mmio_write32(cpu_if + GICC_CTLR, GICC_CTLR_ENABLE | GICC_CTLR_EOIMODE);
	return 0;
}

static void gicv2_send(u32 cpu, enum irq_id id)
{
	u32 sgi = (id == IRQ_STOP) ? SGI_STOP : SGI_KICK;

	/* What the receiver will look at must be there before the interrupt is. */
	mb_complete();
	mmio_write32(dist + GICD_SGIR, (u32)target[cpu] << 16 | sgi);
}

static bool gicv2_take(enum irq_id *id)
{
	u32 iar = mmio_read32(cpu_if + GICC_IAR);
	u32 intid = iar & GICC_IAR_INTID;

	if (intid >= INTID_SPI_END)
		return false;
	*id = gic_acknowledged(intid);
	mb_complete();
	/* With the sender's number, as it was read. */
	mmio_write32(cpu_if + GICC_EOIR, iar);
	if (*id == IRQ_GUEST)
		gic_forward(intid);
	else
		mmio_write32(cpu_if + GICC_DIR, iar);
	return true;
}

static void private_enable(u32 intid, bool on)
{
	gic_bit_write(dist, on ? GICD_ISENABLER : GICD_ICENABLER, intid);
}

static void shared_setup(u32 intid, bool level)
{
	gic_shared_trigger(dist, intid, level);
}

static void shared_route(u32 intid, u32 cpu)
{
	mmio_write8(dist + GICD_ITARGETSR + intid, target[cpu]);
}

static void deactivate(u32 intid)
{
	mmio_write32(cpu_if + GICC_DIR, intid);
}

static struct gic_guest_ops guest_ops = {
	.version = 2,
	.private_enable = private_enable,
	.shared_setup = shared_setup,
	.shared_enable = private_enable,
	.shared_route = shared_route,
	.deactivate = deactivate,
};

static const struct irqchip_ops gicv2_ops = {
	.name = "GICv2",
	.cpu_init = gicv2_cpu_init,
	.send = gicv2_send,
	.take = gicv2_take,
	.listen = gic_listen,
};

/*
 * QEMU's, which names no product, ends one CPU's part of a shared interrupt alone, so that it never
 * comes again (10.0, gic_clear_active()), and does not look whether a level is still high by then:
 * a timer that has run out once more before its handler is done is lost (gic_complete_irq()).
 */
static bool ends_linked(void)
{
	return mmio_read32(cpu_if + GICC_IIDR) >> GICC_IIDR_PRODUCT_SHIFT != 0U;
}

static int gicv2_init(void)
{
	const struct machine_irqchip *chip = gic_find(IRQCHIP_GICV2);

	if (chip == NULL)
		return BH_ENODEV;
	dist = mmu_map(chip->base, GICD_SIZE, MMU_DEVICE);
	cpu_if = mmu_map(chip->gicv2.cpu, GICC_SIZE, MMU_DEVICE);
	if (dist == NULL || cpu_if == NULL) {
		log_error("GICv2 at 0x%llx, CPU interface at 0x%llx: cannot map its registers",
			  (unsigned long long)chip->base.v, (unsigned long long)chip->gicv2.cpu.v);
		return trace_error(BH_ENOMEM);
	}
	mmio_write32(dist + GICD_CTLR, 0);
	gic_shared_init(dist, gic_intid_end(dist), GIC_GROUP0);
	mmio_write32(dist + GICD_CTLR, GICD_CTLR_ENABLE);
	guest_ops.end = gic_intid_end(dist);
	guest_ops.maintenance = chip->gicv2.maintenance;
	guest_ops.linked = ends_linked();
	gic_guest_offer(&guest_ops);
	return irqchip_register(&gicv2_ops);
}
UNIT_DEFINE(gicv2, 4, 21, gicv2_init);
