// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/lib/error.h>

#include "gic.h"

static const struct gic_guest_ops *guest_ops;
static void (*forward)(u32 intid);
static u8 listened[INTID_SPI_END]; /* enum irq_id by INTID, atomic; 0: nobody listens */
_Static_assert(IRQ_TIMER == 0 && IRQ_IDS <= 256, "ids that are listened to are bytes, not 0");

const struct gic_guest_ops *gic_guest(void)
{
	return guest_ops;
}

void gic_guest_offer(const struct gic_guest_ops *ops)
{
	guest_ops = ops;
}

int gic_listen(enum irq_id id, u32 line, bool level, u32 cpu)
{
	if (line < INTID_SPI_FIRST || line >= guest_ops->end)
		return BH_ENOENT;
	if (listened[line] != (u8)id)
		guest_ops->shared_setup(line, level);
	__atomic_store_n(&listened[line], (u8)id, __ATOMIC_RELAXED);
	guest_ops->shared_route(line, cpu);
	guest_ops->shared_enable(line, true);
	return 0;
}

void gic_forward_set(void (*fn)(u32 intid))
{
	forward = fn;
}

void gic_forward(u32 intid)
{
	if (forward != NULL)
		forward(intid);
	else
		guest_ops->deactivate(intid);
}

void gic_bit_write(volatile u8 *base, u32 reg, u32 intid)
{
	mmio_write32(base + reg + (size_t)(intid / 32U) * 4U, 1U << (intid % 32U));
}

void gic_shared_trigger(volatile u8 *dist, u32 intid, bool level)
{
	volatile u8 *reg = dist + GICD_ICFGR + (size_t)(intid / 16U) * 4U;
	const u32 edge = 2U << (2U * (intid % 16U));
	const u32 value = mmio_read32(reg);

	mmio_write32(reg, level ? value & ~edge : value | edge);
}

const struct machine_irqchip *gic_find(enum irqchip_kind kind)
{
	for (u32 i = 0; i < machine.irqchip_count; i++)
		if (machine.irqchip[i].kind == kind)
			return &machine.irqchip[i];
	return NULL;
}

u32 gic_timer_intid(void)
{
	return (machine.timer.hyp_intid != 0U) ? machine.timer.hyp_intid : TIMER_INTID_DEFAULT;
}

static enum irq_id listens(u32 intid)
{
	if (intid >= INTID_SPI_END)
		return IRQ_TIMER;
	return (enum irq_id)__atomic_load_n(&listened[intid], __ATOMIC_RELAXED);
}

enum irq_id gic_acknowledged(u32 intid)
{
	enum irq_id id;

	if (intid == SGI_KICK)
		return IRQ_KICK;
	if (intid == SGI_STOP)
		return IRQ_STOP;
	id = listens(intid);
	if (id != IRQ_TIMER)
		return id;
	if (intid != gic_timer_intid())
		return IRQ_GUEST;
	timer_disarm();
	return IRQ_TIMER;
}

/* Registers with a bit an interrupt, 32 interrupts from @intid on: into the known state. */
static void block_reset(volatile u8 *base, u32 intid, enum gic_group group)
{
	u32 at = intid / 8U;

	mmio_write32(base + GICD_ICENABLER + at, 0xffffffffU);
	mmio_write32(base + GICD_ICPENDR + at, 0xffffffffU);
	mmio_write32(base + GICD_ICACTIVER + at, 0xffffffffU);
	/* Ignored where a secure world keeps the groups to itself. */
	mmio_write32(base + GICD_IGROUPR + at, (group == GIC_GROUP1) ? 0xffffffffU : 0U);
	for (u32 i = 0; i < 32U; i += 4U)
		mmio_write32(base + GICD_IPRIORITYR + intid + i, GIC_PRIORITY * 0x01010101U);
}

void gic_private_init(volatile u8 *base, enum gic_group group)
{
	block_reset(base, 0, group);
	mmio_write32(base + GICD_ISENABLER,
		     (1U << SGI_KICK) | (1U << SGI_STOP) | (1U << gic_timer_intid()));
}

void gic_shared_init(volatile u8 *dist, u32 end, enum gic_group group)
{
	for (u32 intid = INTID_SPI_FIRST; intid < end; intid += 32U)
		block_reset(dist, intid, group);
}

u32 gic_intid_end(volatile u8 *dist)
{
	u32 end = 32U * ((mmio_read32(dist + GICD_TYPER) & 0x1fU) + 1U);

	return (end < INTID_SPI_END) ? end : INTID_SPI_END;
}
