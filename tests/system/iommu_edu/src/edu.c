// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/base/log.h>
#include <bulkhead/fw/machine.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/pcie/config.h>

#include "edu.h"

#define PCI_VENDOR_DEVICE 0x00U
#define PCI_COMMAND 0x04U
#define PCI_COMMAND_MEMORY 0x2U
#define PCI_COMMAND_MASTER 0x4U
#define PCI_BAR0 0x10U
#define PCI_BAR_ADDRESS 0xfffffff0U
#define FUNCTIONS 256U

#define EDU_VENDOR_DEVICE 0x11e81234U
#define EDU_BAR_SIZE 0x100000U
#define EDU_REGS_SIZE 0x1000U
#define EDU_LIVENESS 0x04U /* reads the complement of what was written */
#define EDU_DMA_SOURCE 0x80U
#define EDU_DMA_DESTINATION 0x88U
#define EDU_DMA_COUNT 0x90U
#define EDU_DMA_COMMAND 0x98U
#define EDU_DMA_START 0x1U
#define EDU_DMA_TO_MEMORY 0x2U
#define EDU_BUFFER 0x40000U

static int find(struct edu *edu, const struct machine_segment **segment)
{
	for (u32 i = 0; i < machine.segment_count; i++) {
		const struct machine_segment *s = &machine.segment[i];

		for (u32 f = 0; f < FUNCTIONS; f++) {
			edu->function = PCI_SBDF(s->segment, s->bus_first, 0, f);
			*segment = s;
			if (pci_config_read(edu->function, PCI_VENDOR_DEVICE, 4) ==
			    EDU_VENDOR_DEVICE)
				return 0;
		}
	}
	return BH_ENODEV;
}

/* Where no firmware assigned the BAR, it gets the first place of the host's window. */
static int bar_address(const struct edu *edu, const struct machine_segment *s, hpa_t *pa)
{
	const struct machine_window *w = &s->window[MACHINE_WINDOW_MEM32];
	u64 bus = pci_config_read(edu->function, PCI_BAR0, 4) & PCI_BAR_ADDRESS;

	if (bus != 0U) {
		*pa = HPA(w->size == 0U ? bus : w->base.v + bus - w->bus);
		return 0;
	}
	bus = ALIGN_UP(w->bus, (u64)EDU_BAR_SIZE);
	if (!range_inside(bus, EDU_BAR_SIZE, w->bus, w->size)) {
		log_error("edu: BAR 0 has no address and segment %u no window for it", s->segment);
		return BH_ENOMEM;
	}
	pci_config_write(edu->function, PCI_BAR0, 4, (u32)bus);
	*pa = HPA(w->base.v + (bus - w->bus));
	return 0;
}

int edu_open(struct edu *edu)
{
	const struct machine_segment *segment;
	hpa_t pa;
	u32 command;
	int err = find(edu, &segment);

	if (err == 0)
		err = bar_address(edu, segment, &pa);
	if (err != 0)
		return err;
	command = pci_config_read(edu->function, PCI_COMMAND, 2);
	pci_config_write(edu->function, PCI_COMMAND, 2,
			 command | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	edu->regs = mmu_map(pa, EDU_REGS_SIZE, MMU_DEVICE);
	if (edu->regs == NULL)
		return BH_ENOMEM;
	mmio_write32(edu->regs + EDU_LIVENESS, 0x12345678U);
	if (mmio_read32(edu->regs + EDU_LIVENESS) != ~0x12345678U)
		return BH_EIO;
	log_info("edu: device 0x%x, registers at 0x%lx", edu->function.v, pa.v);
	return 0;
}

void edu_begin(const struct edu *edu, hpa_t pa, u32 size, enum edu_direction direction)
{
	bool out = direction == EDU_TO_MEMORY;

	mmio_write64(edu->regs + EDU_DMA_SOURCE, out ? EDU_BUFFER : pa.v);
	mmio_write64(edu->regs + EDU_DMA_DESTINATION, out ? pa.v : EDU_BUFFER);
	mmio_write64(edu->regs + EDU_DMA_COUNT, size);
	mmio_write64(edu->regs + EDU_DMA_COMMAND, EDU_DMA_START | (out ? EDU_DMA_TO_MEMORY : 0U));
}

bool edu_over(const struct edu *edu)
{
	return (mmio_read64(edu->regs + EDU_DMA_COMMAND) & EDU_DMA_START) == 0U;
}

int edu_dma(const struct edu *edu, hpa_t pa, u32 size, enum edu_direction direction)
{
	u64 deadline = timer_now() + 2U * timer_hz();

	edu_begin(edu, pa, size, direction);
	while (!edu_over(edu)) {
		if (timer_now() > deadline)
			return BH_ETIMEDOUT;
		cpu_relax();
	}
	return 0;
}
