// SPDX-License-Identifier: Apache-2.0
/* The machine an arm64 guest believes in, and how a Linux Image says where it wants to be. */
#include <asm/pmu.h>
#include <asm/vgic.h>
#include <asm/vplat.h>
#include <bulkhead/arch/vplat.h>
#include <bulkhead/fw/machine.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/fdt_put.h>
#include <bulkhead/lib/printf.h>

const char vplat_uart_path[] = "/pl011@9000000";

/* The header (Linux Documentation/arch/arm64/booting.rst), little endian. */
struct image_head {
	u32 code[2];
	u64 text_offset;
	u64 image_size;
	u64 flags;
	u64 reserved[3];
	u32 magic;
	u32 pe;
};

#define IMAGE_MAGIC 0x644d5241U
#define IMAGE_BIG_ENDIAN BIT(0)
#define IMAGE_ALIGN MIB(2)

/* Images from before the field was there. */
#define IMAGE_OLD_OFFSET 0x80000U

_Static_assert(sizeof(struct image_head) == 64U, "booting.rst");

int vplat_kernel(enum payload_type type __unused, const void *head, size_t n, u64 file_size,
		 gpa_t ram, u64 ram_size, struct vplat_payload *out, const char **why)
{
	struct image_head h;
	u64 base = ALIGN_UP(ram.v, IMAGE_ALIGN);

	*why = "no arm64 Image: the magic number is missing";
	if (n < sizeof(h))
		return BH_EINVAL;
	memcpy(&h, head, sizeof(h));
	if (h.magic != IMAGE_MAGIC)
		return BH_EINVAL;
	*why = "a big-endian Image";
	if ((h.flags & IMAGE_BIG_ENDIAN) != 0U)
		return BH_EINVAL;
	if (h.image_size == 0U) {
		h.text_offset = IMAGE_OLD_OFFSET;
		h.image_size = file_size;
	}
	*why = "it does not fit into RAM";
	if (h.image_size < file_size)
		h.image_size = file_size;
	if (h.text_offset > ram_size ||
	    !range_inside(base + h.text_offset, h.image_size, ram.v, ram_size))
		return BH_ERANGE;
	*out = (struct vplat_payload){
		.load = base + h.text_offset,
		.size = h.image_size,
		.entry = base + h.text_offset,
	};
	return 0;
}

/* ---- devicetree bindings: arm/cpus, arm/psci, arm,gic, arm,gic-v3, arm,arch_timer, pl011 ---- */

#define PHANDLE_GIC VPLAT_PHANDLE_GIC
#define PHANDLE_CLOCK 2U

const u32 vplat_clock = PHANDLE_CLOCK;

#define CLOCK_HZ 24000000U

#define GIC_SPI 0U
#define GIC_PPI 1U
#define GIC_EDGE_RISING 1U
#define GIC_LEVEL_HIGH 4U
#define INTID_PPI 16U
#define INTID_SPI 32U

/* Secure and non-secure physical, virtual, hypervisor; as PPI numbers. */
static const u8 timer_ppi[] = { 13, 14, 11, 10 };

u32 vplat_irq_cells(u32 intid, bool level, u32 cells[VPLAT_IRQ_CELLS_MAX])
{
	cells[0] = intid >= INTID_SPI ? GIC_SPI : GIC_PPI;
	cells[1] = intid - (intid >= INTID_SPI ? INTID_SPI : INTID_PPI);
	cells[2] = level ? GIC_LEVEL_HIGH : GIC_EDGE_RISING;
	return 3;
}

static int describe_cpus(void *fdt, u32 vcpus)
{
	int err = fdt_begin_node(fdt, "cpus");

	err |= fdt_property_u32(fdt, "#address-cells", 1);
	err |= fdt_property_u32(fdt, "#size-cells", 0);
	for (u32 i = 0; i < vcpus && err == 0; i++) {
		char name[16];

		(void)bh_snprintf(name, sizeof(name), "cpu@%llx",
				  (unsigned long long)vplat_affinity(i));
		err |= fdt_begin_node(fdt, name);
		err |= fdt_put_string(fdt, "device_type", "cpu");
		err |= fdt_put_string(fdt, "compatible", "arm,armv8");
		err |= fdt_put_string(fdt, "enable-method", "psci");
		err |= fdt_property_u32(fdt, "reg", (u32)vplat_affinity(i));
		err |= fdt_end_node(fdt);
	}
	err |= fdt_end_node(fdt);
	return err;
}

static int describe_psci(void *fdt)
{
	static const char compatible[] = "arm,psci-1.0\0"
					 "arm,psci-0.2";
	int err = fdt_begin_node(fdt, "psci");

	err |= fdt_property(fdt, "compatible", compatible, (int)sizeof(compatible));
	err |= fdt_put_string(fdt, "method", "hvc");
	err |= fdt_end_node(fdt);
	return err;
}

/* What the guest has is what the machine has. */
static bool gic_is_v2(void)
{
	for (u32 i = 0; i < machine.irqchip_count; i++) {
		if (machine.irqchip[i].kind == IRQCHIP_GICV2)
			return true;
	}
	return false;
}

static int describe_v2m(void *fdt)
{
	const u64 reg[] = { VPLAT_V2M_BASE, VPLAT_V2M_SIZE };
	char name[16];
	int err;

	(void)bh_snprintf(name, sizeof(name), "v2m@%llx", (unsigned long long)reg[0]);
	err = fdt_begin_node(fdt, name);
	err |= fdt_put_string(fdt, "compatible", "arm,gic-v2m-frame");
	err |= fdt_property(fdt, "msi-controller", NULL, 0);
	err |= fdt_put_reg(fdt, reg, ARRAY_SIZE(reg));
	err |= fdt_property_u32(fdt, "phandle", VPLAT_PHANDLE_V2M);
	err |= fdt_end_node(fdt);
	return err;
}

static int describe_gic(void *fdt, u32 vcpus, bool v2m)
{
	const bool v2 = gic_is_v2();
	const u64 reg[] = {
		VPLAT_GICD_BASE,
		VPLAT_GICD_SIZE,
		v2 ? VPLAT_GICC_BASE : VPLAT_GICR_BASE,
		v2 ? VPLAT_GICC_SIZE : vcpus * VPLAT_GICR_STRIDE,
	};
	int err = fdt_begin_node(fdt, "intc@8000000");

	err |= fdt_put_string(fdt, "compatible", v2 ? "arm,cortex-a15-gic" : "arm,gic-v3");
	err |= fdt_property_u32(fdt, "#address-cells", 2);
	err |= fdt_property_u32(fdt, "#size-cells", 2);
	err |= fdt_property(fdt, "ranges", NULL, 0);
	err |= fdt_property_u32(fdt, "#interrupt-cells", 3);
	err |= fdt_property(fdt, "interrupt-controller", NULL, 0);
	err |= fdt_put_reg(fdt, reg, ARRAY_SIZE(reg));
	err |= fdt_property_u32(fdt, "phandle", PHANDLE_GIC);
	if (v2m)
		err |= describe_v2m(fdt);
	err |= fdt_end_node(fdt);
	return err;
}

static int describe_timer(void *fdt)
{
	u32 cells[3U * ARRAY_SIZE(timer_ppi)];
	int err = fdt_begin_node(fdt, "timer");

	for (size_t i = 0; i < ARRAY_SIZE(timer_ppi); i++)
		(void)vplat_irq_cells(INTID_PPI + timer_ppi[i], true, &cells[3U * i]);
	err |= fdt_put_string(fdt, "compatible", "arm,armv8-timer");
	err |= fdt_property(fdt, "always-on", NULL, 0);
	err |= fdt_put_cells(fdt, "interrupts", cells, ARRAY_SIZE(cells));
	err |= fdt_end_node(fdt);
	return err;
}

/* A vcpu's own, where the machine has counters that interrupt their CPU. */
static int describe_pmu(void *fdt)
{
	u32 irq[VPLAT_IRQ_CELLS_MAX];
	const u32 n = vplat_irq_cells(VGIC_PPI_PMU, true, irq);
	int err;

	if (!pmu_described())
		return 0;
	err = fdt_begin_node(fdt, "pmu");
	err |= fdt_put_string(fdt, "compatible", "arm,armv8-pmuv3");
	err |= fdt_put_cells(fdt, "interrupts", irq, n);
	err |= fdt_end_node(fdt);
	return err;
}

/* Of the virtual UART, and of devices that are handed over: firmware has set theirs. */
static int describe_clock(void *fdt)
{
	int err = fdt_begin_node(fdt, "apb-pclk");

	err |= fdt_put_string(fdt, "compatible", "fixed-clock");
	err |= fdt_property_u32(fdt, "#clock-cells", 0);
	err |= fdt_property_u32(fdt, "clock-frequency", CLOCK_HZ);
	err |= fdt_property_u32(fdt, "phandle", PHANDLE_CLOCK);
	err |= fdt_end_node(fdt);
	return err;
}

static int describe_uart(void *fdt)
{
	static const char compatible[] = "arm,pl011\0"
					 "arm,primecell";
	static const char clocks[] = "uartclk\0"
				     "apb_pclk";
	const u64 reg[] = { VPLAT_UART_BASE, VPLAT_UART_SIZE };
	const u32 clock[] = { PHANDLE_CLOCK, PHANDLE_CLOCK };
	u32 irq[VPLAT_IRQ_CELLS_MAX];
	const u32 n = vplat_irq_cells(VPLAT_UART_INTID, true, irq);
	int err = fdt_begin_node(fdt, &vplat_uart_path[1]);

	err |= fdt_property(fdt, "compatible", compatible, (int)sizeof(compatible));
	err |= fdt_put_reg(fdt, reg, ARRAY_SIZE(reg));
	err |= fdt_put_cells(fdt, "interrupts", irq, n);
	err |= fdt_put_cells(fdt, "clocks", clock, ARRAY_SIZE(clock));
	err |= fdt_property(fdt, "clock-names", clocks, (int)sizeof(clocks));
	err |= fdt_end_node(fdt);
	return err;
}

int vplat_describe(void *fdt, u32 vcpus, bool console, bool doorbell)
{
	int err = fdt_property_u32(fdt, "interrupt-parent", PHANDLE_GIC);

	if (err == 0)
		err = describe_cpus(fdt, vcpus);
	if (err == 0)
		err = describe_psci(fdt);
	if (err == 0)
		err = describe_gic(fdt, vcpus, doorbell);
	if (err == 0)
		err = describe_timer(fdt);
	if (err == 0)
		err = describe_pmu(fdt);
	if (err == 0)
		err = describe_clock(fdt);
	if (err == 0 && console)
		err = describe_uart(fdt);
	return err;
}
