// SPDX-License-Identifier: Apache-2.0
/*
 * Memory in a function that its resets keep: the controller memory buffer and the persistent memory
 * region of NVMe (NVM Express 1.4, 3.1.11 to 3.1.19, 4.7, 4.8). Found at boot by class, cleared
 * after each reset. The function masters nothing meanwhile; what it says is checked against its
 * BARs once.
 */
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>

#include "reset.h"

#define CLASS_NVME 0x0108U
#define REGISTERS_BYTES 0x1000ULL

#define NVME_CAP 0x0U
#define NVME_CAP_PMRS BIT(56)
#define NVME_CAP_CMBS BIT(57)
#define NVME_CMBLOC 0x38U /* offset 31:12, BAR 2:0 */
#define NVME_CMBSZ 0x3cU  /* size 31:12, its unit 11:8: 4 KiB times 16 to the power of it */
#define NVME_CMBMSC 0x50U
#define NVME_CMBMSC_CRE 0x1ULL
#define NVME_PMRCAP 0xe00U /* BAR 7:5 */
#define NVME_PMRCTL 0xe04U
#define NVME_PMRCTL_EN 0x1U
#define NVME_PMRSTS 0xe08U
#define NVME_PMRSTS_NRDY 0x100U

#define UNIT_MOST 6U /* 64 GiB */

/* What one step clears. */
#define PIECE 1024U

static void decode(const struct pcie_clean *c, bool on)
{
	const u32 v = clean_read(c, PCI_COMMAND, 2);

	clean_write(c, PCI_COMMAND, 2, on ? v | PCI_COMMAND_MEMORY : v & ~PCI_COMMAND_MEMORY);
}

/* @size bytes at @offset of BAR @bar, if it has them. */
static int kept_map(struct pcie_clean *c, struct pcie_memory *m, u32 bar, u64 offset, u64 size)
{
	const struct pcie_bar *b = bar < PCIE_BARS ? &c->f->bar[bar] : NULL;
	char text[SBDF_TEXT];

	if (b != NULL && b->kind != MACHINE_WINDOW_IO && b->base.v != 0U &&
	    range_inside(offset, size, 0, b->size) && IS_ALIGNED(size, PIECE))
		m->at = mmu_map(HPA(b->base.v + offset), size, MMU_DEVICE);
	m->size = size;
	if (m->at != NULL)
		return 0;
	log_error("pcie: %s: its memory of 0x%llx bytes at 0x%llx of BAR %u cannot be cleared",
		  sbdf_text(text, c->f->sbdf), (unsigned long long)size, (unsigned long long)offset,
		  bar);
	return BH_ENOMEM;
}

static int buffer_find(struct pcie_clean *c, u64 cap)
{
	u32 location, size, unit;

	if ((cap & NVME_CAP_CMBS) != 0U)
		mmio_write64(c->registers + NVME_CMBMSC, NVME_CMBMSC_CRE);
	location = mmio_read32(c->registers + NVME_CMBLOC);
	size = mmio_read32(c->registers + NVME_CMBSZ);
	if ((cap & NVME_CAP_CMBS) != 0U)
		mmio_write64(c->registers + NVME_CMBMSC, 0);
	unit = (size >> 8) & 0xfU;
	if (size >> 12 == 0U || unit > UNIT_MOST)
		return 0;
	return kept_map(c, &c->memory[0], location & 7U, (u64)(location >> 12) << (12U + 4U * unit),
			(u64)(size >> 12) << (12U + 4U * unit));
}

static int region_find(struct pcie_clean *c, u64 cap)
{
	u32 bar;

	if ((cap & NVME_CAP_PMRS) == 0U)
		return 0;
	bar = (mmio_read32(c->registers + NVME_PMRCAP) >> 5) & 7U;
	return kept_map(c, &c->memory[1], bar, 0, bar < PCIE_BARS ? c->f->bar[bar].size : 0U);
}

int kept_find(struct pcie_clean *c)
{
	const struct pcie_bar *b = &c->f->bar[0];
	u64 cap;
	int err;

	if (c->f->class >> 8 != CLASS_NVME || b->base.v == 0U || b->kind == MACHINE_WINDOW_IO ||
	    b->size < REGISTERS_BYTES)
		return 0;
	c->registers = mmu_map(b->base, REGISTERS_BYTES, MMU_DEVICE);
	if (c->registers == NULL)
		return trace_error(BH_ENOMEM);
	decode(c, true);
	cap = mmio_read64(c->registers + NVME_CAP);
	err = buffer_find(c, cap);
	if (err == 0)
		err = region_find(c, cap);
	decode(c, false);
	return err;
}

bool kept_open(const struct pcie_clean *c)
{
	decode(c, true);
	if (c->memory[0].at != NULL)
		mmio_write64(c->registers + NVME_CMBMSC, NVME_CMBMSC_CRE);
	if (c->memory[1].at == NULL)
		return true;
	mmio_write32(c->registers + NVME_PMRCTL, NVME_PMRCTL_EN);
	return (mmio_read32(c->registers + NVME_PMRSTS) & NVME_PMRSTS_NRDY) == 0U;
}

bool kept_clear(const struct pcie_clean *c, u64 *done)
{
	u64 at = *done;

	for (u32 i = 0; i < PCIE_MEMORIES; i++) {
		const struct pcie_memory *m = &c->memory[i];

		if (m->at == NULL)
			continue;
		if (at >= m->size) {
			at -= m->size;
			continue;
		}
		for (u32 k = 0; k < PIECE; k += sizeof(u64))
			mmio_write64(m->at + at + k, 0);
		*done += PIECE;
		return false;
	}
	return true;
}

void kept_close(const struct pcie_clean *c)
{
	if (c->memory[0].at != NULL)
		mmio_write64(c->registers + NVME_CMBMSC, 0);
	if (c->memory[1].at != NULL) {
		/* What was written has arrived when this is read. */
		(void)mmio_read32(c->registers + NVME_PMRSTS);
		mmio_write32(c->registers + NVME_PMRCTL, 0);
	}
	decode(c, false);
}
