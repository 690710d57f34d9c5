// SPDX-License-Identifier: Apache-2.0
/*
 * The virtual CPU interface of GICv2 hardware (Arm IHI 0048, chapter 5): the guest has GICV where
 * it expects GICC; GICH is Bulkhead's. Nothing of it traps, deactivation included.
 */
#include <asm/virt.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/fw/machine.h>
#include <bulkhead/lib/error.h>

#include "vgic_hw.h"

#define GICH_SIZE 0x1000U
#define GICH_HCR 0x000U
#define GICH_VTR 0x004U
#define GICH_VMCR 0x008U
#define GICH_APR 0x0f0U
#define GICH_LR 0x100U

#define HCR_EN BIT(0)
#define HCR_LRENPIE BIT(2)
#define HCR_NPIE BIT(3)

/* GICH_LR: state, priority and EOI are elsewhere than in ICH_LR<n>_EL2. */
#define GICH_LR_HW BIT(31)
#define GICH_LR_STATE_SHIFT 28U
#define GICH_LR_PRIORITY_SHIFT 23U
#define GICH_LR_EOI BIT(19)
#define GICH_LR_PHYSICAL_SHIFT 10U

#define VCPUS_MAX 8U

static volatile u8 *gich;
static hpa_t gicv;

static u32 lr_count(void)
{
	return (mmio_read32(gich + GICH_VTR) & 0x3fU) + 1U;
}

static u64 lr_get(u32 n)
{
	const u64 v = mmio_read32(gich + GICH_LR + (size_t)n * 4U);
	u64 lr = (v & LR_VINTID) | FIELD_GET(v, 29, 28) << 62 |
		 FIELD_GET(v, 27, 23) << (LR_PRIORITY_SHIFT + 3U);

	if ((v & GICH_LR_HW) != 0U)
		return lr | LR_HW | FIELD_GET(v, 19, 10) << LR_PINTID_SHIFT;
	return lr | (v & LR_SOURCE) | ((v & GICH_LR_EOI) != 0U ? LR_EOI : 0U);
}

static void lr_set(u32 n, u64 lr)
{
	u64 v = (lr & LR_VINTID) | (lr >> 62) << GICH_LR_STATE_SHIFT |
		FIELD_GET(lr, 55, 51) << GICH_LR_PRIORITY_SHIFT;

	if ((lr & LR_HW) != 0U)
		v |= GICH_LR_HW | FIELD_GET(lr, 41, 32) << GICH_LR_PHYSICAL_SHIFT;
	else
		v |= (lr & LR_SOURCE) | ((lr & LR_EOI) != 0U ? GICH_LR_EOI : 0U);
	mmio_write32(gich + GICH_LR + (size_t)n * 4U, (u32)v);
}

static bool lr_reuse(u32 n, u64 lr)
{
	if ((lr_get(n) & LR_STATE) != 0U)
		return false;
	lr_set(n, lr);
	return true;
}

static void lr_read(u32 set, u64 *lr)
{
	vgic_lrs_read(set, lr, lr_get);
}

static void lr_write(u32 set, const u64 *lr)
{
	vgic_lrs_write(set, lr, lr_set);
}

static void control(u32 flags)
{
	u32 hcr = HCR_EN;

	if ((flags & VGIC_CONTROL_MORE) != 0U)
		hcr |= HCR_NPIE;
	if ((flags & VGIC_CONTROL_ACTIVE) != 0U)
		hcr |= HCR_LRENPIE;
	mmio_write32(gich + GICH_HCR, hcr);
}

static u32 ends(void)
{
	const u32 hcr = mmio_read32(gich + GICH_HCR);

	mmio_write32(gich + GICH_HCR, hcr & ~(u32)BITS(31, 27));
	return (u32)FIELD_GET(hcr, 31, 27);
}

/* Deactivation cannot be trapped: an end that met no list register is taken for the most urgent. */
static bool split(void)
{
	return false;
}

static void load(const struct vgic_cpu *c)
{
	mmio_write32(gich + GICH_VMCR, (u32)c->vmcr);
	mmio_write32(gich + GICH_APR, (u32)c->ap0r[0]);
	control(c->control);
}

static void put(struct vgic_cpu *c)
{
	c->vmcr = mmio_read32(gich + GICH_VMCR);
	c->ap0r[0] = mmio_read32(gich + GICH_APR);
	mmio_write32(gich + GICH_HCR, 0);
}

static int find(void)
{
	for (u32 i = 0; i < machine.irqchip_count; i++) {
		const struct machine_irqchip *chip = &machine.irqchip[i];

		if (chip->kind != IRQCHIP_GICV2 || chip->gicv2.hyp.v == 0U ||
		    chip->gicv2.vcpu.v == 0U)
			continue;
		gicv = chip->gicv2.vcpu;
		gich = mmu_map(chip->gicv2.hyp, GICH_SIZE, MMU_DEVICE);
		return gich != NULL ? 0 : trace_error(BH_ENOMEM);
	}
	return BH_ENODEV;
}

static int cpu_init(void)
{
	const int err = gich == NULL ? find() : 0;

	if (err != 0)
		return err;
	mmio_write32(gich + GICH_HCR, 0);
	for (u32 i = 0; i < lr_count(); i++)
		mmio_write32(gich + GICH_LR + (size_t)i * 4U, 0);
	return 0;
}

static hpa_t page(void)
{
	return gicv;
}

const struct vgic_interface vgic_v2 = {
	.ops = {
		.lr_count = lr_count,
		.lr_read = lr_read,
		.lr_write = lr_write,
		.lr_set = lr_set,
		.lr_reuse = lr_reuse,
		.control = control,
		.ends = ends,
		.split = split,
		VGIC_HW_OPS,
	},
	.version = 2,
	.vcpus_max = VCPUS_MAX,
	.cpu_init = cpu_init,
	.page = page,
	.load = load,
	.put = put,
};
