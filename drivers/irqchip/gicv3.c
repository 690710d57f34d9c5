// SPDX-License-Identifier: Apache-2.0
/*
 * GICv3 and GICv4 by system registers (Arm IHI 0069): affinity routing on, group 1, priority drop
 * and deactivation apart (EOImode 1), so that a guest's interrupt stays active until the guest ends
 * it.
 */
#include <asm/sysreg.h>
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>

#include "gic.h"

#define GICD_SIZE 0x10000U
#define GICD_CTLR_ENABLE_G1A BIT(1) /* EnableGrp1 where there is one security state */
#define GICD_CTLR_ARE BIT(4)
#define GICD_CTLR_RWP BIT(31)

/* A redistributor: RD and SGI frames of 64 KiB, with VLPIs two more. */
#define GICR_SIZE 0x20000U
#define GICR_SIZE_VLPIS 0x40000U
#define GICR_WAKER 0x0014U
#define GICR_SGI_BASE 0x10000U
#define GICR_CTLR_RWP BIT(3)
#define GICR_TYPER_VLPIS BIT(1)
#define GICR_TYPER_LAST BIT(4)
#define GICR_WAKER_SLEEP BIT(1)
#define GICR_WAKER_CHILDREN_ASLEEP BIT(2)

#define GICD_IROUTER 0x6000U

#define ICC_CTLR_EOIMODE BIT(1)
#define ICC_SRE_SRE BIT(0)
#define ICC_SRE_DFB BIT(1)
#define ICC_SRE_DIB BIT(2)
#define ICC_SRE_ENABLE BIT(3)
#define ICC_SGI1R_RS_SHIFT 44U

/* Any GIC answers in far fewer turns. */
#define WAIT_TURNS 1000000U

static volatile u8 *dist;
static volatile u8 *regions[MACHINE_GICR_REGIONS_MAX];
static u64 mapped[MACHINE_GICR_REGIONS_MAX]; /* bytes of each */
static volatile u8 *redists[CONFIG_MAX_CPUS];
static u64 sgi_target[CONFIG_MAX_CPUS];
static void (*lpis)(u32 intid);

volatile u8 *gic_redist(u32 cpu)
{
	return redists[cpu];
}

u32 gic_dist_typer(void)
{
	return mmio_read32(dist + GICD_TYPER);
}

void gic_lpis_set(void (*fn)(u32 intid))
{
	lpis = fn;
}

static int wait_clear(volatile u8 *reg, u64 bit, const char *name)
{
	for (u32 i = 0; i < WAIT_TURNS; i++) {
		if ((mmio_read32(reg) & bit) == 0U)
			return 0;
		cpu_relax();
	}
	log_error("GICv3: CPU %u: %s reads 0x%x, bit 0x%llx did not clear", this_cpu()->id, name,
		  mmio_read32(reg), (unsigned long long)bit);
	return trace_error(BH_ETIMEDOUT);
}

/* GICR_TYPER.Affinity_Value (63:32) is Aff3.Aff2.Aff1.Aff0. */
static u32 affinity_value(u64 hwid)
{
	return (u32)(FIELD_GET(hwid, 39, 32) << 24 | FIELD_GET(hwid, 23, 0));
}

/* Redistributor of @affinity in what is mapped of one region; NULL if it is not there. */
static volatile u8 *redist_in(const struct machine_irqchip *chip, u32 region, u32 affinity)
{
	u64 at = 0;

	while (range_inside(at, GICR_SIZE, 0, mapped[region])) {
		volatile u8 *frame = regions[region] + at;
		u64 typer = mmio_read64(frame + GICR_TYPER);
		u64 stride = chip->gicv3.redist_stride;

		if (typer >> 32 == affinity)
			return frame;
		if ((typer & GICR_TYPER_LAST) != 0U)
			return NULL;
		if (stride == 0U)
			stride = ((typer & GICR_TYPER_VLPIS) != 0U) ? GICR_SIZE_VLPIS : GICR_SIZE;
		at += stride;
	}
	return NULL;
}

static volatile u8 *redist_find(u64 hwid)
{
	const struct machine_irqchip *chip = gic_find(IRQCHIP_GICV3);
	u32 affinity = affinity_value(hwid);

	for (u32 i = 0; i < chip->gicv3.redist_count; i++) {
		volatile u8 *frame = redist_in(chip, i, affinity);

		if (frame != NULL)
			return frame;
	}
	return NULL;
}

static int redist_wake(volatile u8 *frame)
{
	volatile u8 *waker = frame + GICR_WAKER;

	mmio_write32(waker, mmio_read32(waker) & ~(u32)GICR_WAKER_SLEEP);
	return wait_clear(waker, GICR_WAKER_CHILDREN_ASLEEP, "GICR_WAKER");
}

static int interface_init(void)
{
	write_sysreg(SYS_ICC_SRE_EL2, ICC_SRE_SRE | ICC_SRE_DFB | ICC_SRE_DIB | ICC_SRE_ENABLE);
	isb();
	if ((read_sysreg(SYS_ICC_SRE_EL2) & ICC_SRE_SRE) == 0U) {
		log_error("GICv3: CPU %u: ICC_SRE_EL2.SRE stays 0: firmware must allow system "
			  "registers (ICC_SRE_EL3)",
			  this_cpu()->id);
		return trace_error(BH_ENOTSUP);
	}
	write_sysreg(SYS_ICH_HCR_EL2, 0);
	write_sysreg(SYS_ICC_CTLR_EL1, ICC_CTLR_EOIMODE);
	write_sysreg(SYS_ICC_BPR1_EL1, 0);
	write_sysreg(SYS_ICC_PMR_EL1, GIC_PRIORITY_MASK);
	write_sysreg(SYS_ICC_IGRPEN1_EL1, 1);
	isb();
	return 0;
}

/* ICC_SGI1R_EL1: everything that names a CPU. */
static u64 sgi_target_of(u64 hwid)
{
	const u64 aff0 = FIELD_GET(hwid, 7, 0);

	return FIELD_GET(hwid, 39, 32) << 48 | (aff0 >> 4) << ICC_SGI1R_RS_SHIFT |
	       FIELD_GET(hwid, 23, 16) << 32 | FIELD_GET(hwid, 15, 8) << 16 | BIT(aff0 & 15U);
}

static int gicv3_cpu_init(void)
{
	volatile u8 *frame = redist_find(cpu_hwid());
	int err;

	if (frame == NULL) {
		log_error("GICv3: CPU %u (MPIDR 0x%llx): no redistributor has this affinity",
			  this_cpu()->id, (unsigned long long)cpu_hwid());
		return trace_error(BH_ENOENT);
	}
	err = redist_wake(frame);
	if (err != 0)
		return err;
	redists[this_cpu()->id] = frame;
	sgi_target[this_cpu()->id] = sgi_target_of(cpu_hwid());
	gic_private_init(frame + GICR_SGI_BASE, GIC_GROUP1);
	err = wait_clear(frame + GICR_CTLR, GICR_CTLR_RWP, "GICR_CTLR");
	if (err != 0)
		return err;
	return interface_init();
}

static void gicv3_send(u32 cpu, enum irq_id id)
{
	const u64 sgi = (id == IRQ_STOP) ? SGI_STOP : SGI_KICK;

	/* What the receiver will look at must be there before the interrupt is. */
	dsb();
	write_sysreg(SYS_ICC_SGI1R_EL1, sgi_target[cpu] | sgi << 24);
	isb();
}

/* LPIs have no active state: nothing is left to be deactivated. */
static bool lpi_taken(u32 intid, enum irq_id *id)
{
	if (intid < INTID_LPI_FIRST)
		return false;
	mb_complete();
	write_sysreg(SYS_ICC_EOIR1_EL1, intid);
	isb();
	*id = IRQ_GUEST;
	if (lpis != NULL)
		lpis(intid);
	return true;
}

static bool gicv3_taken(u32 intid, enum irq_id *id)
{
	if (intid >= INTID_SPI_END)
		return lpi_taken(intid, id);
	mb_complete();
	*id = gic_acknowledged(intid);
	write_sysreg(SYS_ICC_EOIR1_EL1, intid);
	if (*id == IRQ_GUEST)
		gic_forward(intid);
	else
		write_sysreg(SYS_ICC_DIR_EL1, intid);
	isb();
	return true;
}

static bool gicv3_take(enum irq_id *id)
{
	return gicv3_taken((u32)read_sysreg(SYS_ICC_IAR1_EL1), id);
}

static void private_enable(u32 intid, bool on)
{
	volatile u8 *base = redists[this_cpu()->id] + GICR_SGI_BASE;

	gic_bit_write(base, on ? GICD_ISENABLER : GICD_ICENABLER, intid);
}

static void shared_setup(u32 intid, bool level)
{
	gic_shared_trigger(dist, intid, level);
}

static void shared_enable(u32 intid, bool on)
{
	gic_bit_write(dist, on ? GICD_ISENABLER : GICD_ICENABLER, intid);
}

static void shared_route(u32 intid, u32 cpu)
{
	mmio_write64(dist + GICD_IROUTER + 8U * (u64)intid, cpus[cpu].hwid & MPIDR_AFF_MASK);
}

static void deactivate(u32 intid)
{
	write_sysreg(SYS_ICC_DIR_EL1, intid);
}

static struct gic_guest_ops guest_ops = {
	.version = 3,
	.linked = true,
	.private_enable = private_enable,
	.shared_setup = shared_setup,
	.shared_enable = shared_enable,
	.shared_route = shared_route,
	.deactivate = deactivate,
};

static const struct irqchip_ops gicv3_ops = {
	.name = "GICv3",
	.cpu_init = gicv3_cpu_init,
	.send = gicv3_send,
	.take = gicv3_take,
	.taken = gicv3_taken,
	.listen = gic_listen,
};

/* Maps @most bytes of each region of redistributors, or all it has. */
static int map_regions(const struct machine_irqchip *chip, u64 most)
{
	for (u32 i = 0; i < chip->gicv3.redist_count; i++) {
		const struct machine_range *r = &chip->gicv3.redist[i];

		mapped[i] = r->size < most ? r->size : most;
		regions[i] = mmu_map(r->base, mapped[i], MMU_DEVICE);
		if (regions[i] == NULL)
			return trace_error(BH_ENOMEM);
	}
	return 0;
}

static bool every_cpu_found(void)
{
	for (u32 i = 0; i < machine.cpu_count; i++) {
		if (machine.cpu[i].enabled && redist_find(machine.cpu[i].hwid) == NULL)
			return false;
	}
	return true;
}

/*
 * A region may have room for many more CPUs than there are, whose redistributors come first unless
 * firmware left some out.
 */
static int map_registers(const struct machine_irqchip *chip)
{
	int err;

	dist = mmu_map(chip->base, GICD_SIZE, MMU_DEVICE);
	if (dist == NULL)
		return trace_error(BH_ENOMEM);
	err = map_regions(chip, (u64)machine.cpu_count * GICR_SIZE_VLPIS);
	return err != 0 || every_cpu_found() ? err : map_regions(chip, UINT64_MAX);
}

static int dist_init(void)
{
	int err;

	mmio_write32(dist + GICD_CTLR, 0);
	err = wait_clear(dist + GICD_CTLR, GICD_CTLR_RWP, "GICD_CTLR");
	if (err != 0)
		return err;
	mmio_write32(dist + GICD_CTLR, GICD_CTLR_ARE);
	gic_shared_init(dist, gic_intid_end(dist), GIC_GROUP1);
	mmio_write32(dist + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_ENABLE_G1A);
	return wait_clear(dist + GICD_CTLR, GICD_CTLR_RWP, "GICD_CTLR");
}

static int gicv3_init(void)
{
	const struct machine_irqchip *chip = gic_find(IRQCHIP_GICV3);
	int err;

	if (chip == NULL)
		return BH_ENODEV;
	if (id_field(read_sysreg(id_aa64pfr0_el1), ID_PFR0_GIC_SHIFT) == 0U) {
		log_error("GICv3 at 0x%llx: this CPU has no GIC system registers (ID_AA64PFR0_EL1)",
			  (unsigned long long)chip->base.v);
		return trace_error(BH_ENOTSUP);
	}
	err = map_registers(chip);
	if (err != 0) {
		log_error("GICv3 at 0x%llx: cannot map its registers: raise ARM64_MAP_TABLES",
			  (unsigned long long)chip->base.v);
		return err;
	}
	err = dist_init();
	if (err != 0)
		return err;
	guest_ops.end = gic_intid_end(dist);
	guest_ops.maintenance = chip->gicv3.maintenance;
	gic_guest_offer(&guest_ops);
	return irqchip_register(&gicv3_ops);
}
UNIT_DEFINE(gicv3, 4, 20, gicv3_init);
