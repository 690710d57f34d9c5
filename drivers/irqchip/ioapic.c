// SPDX-License-Identifier: Apache-2.0
/*
 * I/O APICs (Intel 82093AA data sheet) and the 8259 pair in front of them: whatever firmware
 * routed is masked, until a partition is given a line.
 */
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/fw/machine.h>
#include <bulkhead/lib/error.h>

#define IOREGSEL 0x00U
#define IOWIN 0x10U
#define IOAPICVER 0x01U
#define IOREDTBL 0x10U /* two words an entry, low one first */
#define REDIR_MASKED BIT(16)

#define PIC1_CMD 0x20
#define PIC1_DATA 0x21
#define PIC2_CMD 0xa0
#define PIC2_DATA 0xa1
#define PIC_ICW1_INIT 0x11U
#define PIC_ICW4_8086 0x01U
#define PIC1_VECTOR 0x20U
#define PIC2_VECTOR 0x28U
#define PIC_CASCADE 2U
#define PIC_ALL 0xffU

static u32 ioapic_read(volatile u8 *regs, u32 index)
{
	mmio_write32(regs + IOREGSEL, index);
	return mmio_read32(regs + IOWIN);
}

static void ioapic_write(volatile u8 *regs, u32 index, u32 v)
{
	mmio_write32(regs + IOREGSEL, index);
	mmio_write32(regs + IOWIN, v);
}

/*
 * Masking leaves an interrupt alone that was sent already, or that waits as a spurious one: the
 * vectors get out of the way of exceptions all the same.
 */
static void pics_silence(void)
{
	port_write8(PIC1_CMD, PIC_ICW1_INIT);
	port_write8(PIC2_CMD, PIC_ICW1_INIT);
	port_write8(PIC1_DATA, PIC1_VECTOR);
	port_write8(PIC2_DATA, PIC2_VECTOR);
	port_write8(PIC1_DATA, 1U << PIC_CASCADE);
	port_write8(PIC2_DATA, PIC_CASCADE);
	port_write8(PIC1_DATA, PIC_ICW4_8086);
	port_write8(PIC2_DATA, PIC_ICW4_8086);
	port_write8(PIC1_DATA, PIC_ALL);
	port_write8(PIC2_DATA, PIC_ALL);
}

static int ioapic_mask_all(const struct machine_irqchip *chip)
{
	volatile u8 *regs = mmu_map(chip->base, PAGE_SIZE, MMU_DEVICE);
	u32 version;
	u32 last;

	if (regs == NULL)
		return trace_error(BH_ENOMEM);
	version = ioapic_read(regs, IOAPICVER);
	if (version == 0xffffffffU) {
		log_error("I/O APIC %u at 0x%llx: version register reads 0x%x: nothing there",
			  chip->ioapic.id, (unsigned long long)chip->base.v, version);
		return trace_error(BH_EIO);
	}
	last = (u32)FIELD_GET(version, 23, 16);
	for (u32 i = 0; i <= last; i++)
		ioapic_write(regs, IOREDTBL + 2U * i, (u32)REDIR_MASKED);
	log_info("I/O APIC %u at 0x%llx: GSI %u to %u masked", chip->ioapic.id,
		 (unsigned long long)chip->base.v, chip->ioapic.gsi_base,
		 chip->ioapic.gsi_base + last);
	return 0;
}

static int ioapic_init(void)
{
	int err = BH_ENODEV;

	if (machine.has_8259)
		pics_silence();
	for (u32 i = 0; i < machine.irqchip_count; i++) {
		if (machine.irqchip[i].kind != IRQCHIP_IOAPIC)
			continue;
		err = ioapic_mask_all(&machine.irqchip[i]);
		if (err != 0)
			break;
	}
	return err;
}
UNIT_DEFINE(ioapic, 4, 30, ioapic_init);
