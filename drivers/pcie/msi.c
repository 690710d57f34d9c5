// SPDX-License-Identifier: Apache-2.0
/* MSI and MSI-X: capability and table of a function (PCI Express Base 6.0, 7.7.1 and 7.7.2). */
#include <bulkhead/arch/cache.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/mem/frame.h>
#include <bulkhead/pcie/msi.h>
#include <bulkhead/pcie/regs.h>

#include "internal.h"

#define HIGH_SHIFT 32U
#define ENTRIES_STEP 8U /* of a table, that are written in one piece */

static u32 config_read(const struct msi *m, u32 offset, u32 width)
{
	return pci_config_read(m->f->sbdf, offset, width);
}

static void config_write(const struct msi *m, u32 offset, u32 width, u32 value)
{
	pci_config_write(m->f->sbdf, offset, width, value);
}

/* ---- MSI-X ---- */

/* The table answers while memory is decoded: returns what COMMAND was. */
static u32 decode_on(const struct msi *m)
{
	const u32 command = config_read(m, PCI_COMMAND, 2);

	if ((command & PCI_COMMAND_MEMORY) == 0U)
		config_write(m, PCI_COMMAND, 2, command | PCI_COMMAND_MEMORY);
	return command;
}

static void decode_back(const struct msi *m, u32 command)
{
	if ((command & PCI_COMMAND_MEMORY) == 0U)
		config_write(m, PCI_COMMAND, 2, command);
}

static volatile u8 *entry_of(const struct msi *m, u32 vector)
{
	return m->table + (size_t)vector * PCI_MSIX_ENTRY;
}

static void entry_mask(const struct msi *m, u32 vector)
{
	volatile u8 *e = entry_of(m, vector);

	mmio_write32(e + PCI_MSIX_VECTOR_CONTROL,
		     m->vector[vector].masked ? PCI_MSIX_VECTOR_MASK : 0U);
}

/* Masked while it changes: a message of two halves goes nowhere good (7.7.2.2). */
static void entry_write(const struct msi *m, u32 vector)
{
	volatile u8 *e = entry_of(m, vector);
	const struct message *to = &m->vector[vector].message;

	mmio_write32(e + PCI_MSIX_VECTOR_CONTROL, PCI_MSIX_VECTOR_MASK);
	mmio_write32(e + PCI_MSIX_ADDRESS, (u32)to->address);
	mmio_write32(e + PCI_MSIX_ADDRESS_HIGH, (u32)(to->address >> HIGH_SHIFT));
	mmio_write32(e + PCI_MSIX_DATA, to->data);
	entry_mask(m, vector);
}

/* Entries of a step. Vectors that are not taken stay masked: they say nothing, ever. */
static void entries_write(const struct msi *m, u32 first)
{
	const u32 command = decode_on(m);

	for (u32 i = first; i < first + ENTRIES_STEP && i < m->f->msix.vectors; i++) {
		if (i < m->count)
			entry_write(m, i);
		else
			mmio_write32(entry_of(m, i) + PCI_MSIX_VECTOR_CONTROL,
				     PCI_MSIX_VECTOR_MASK);
	}
	decode_back(m, command);
}

static void msix_control(const struct msi *m, u32 bits)
{
	const u32 at = m->f->cap[PCIE_MSIX] + PCI_MSIX_CONTROL;
	const u32 control = config_read(m, at, 2) & ~(PCI_MSIX_ENABLE | PCI_MSIX_MASK_ALL);

	config_write(m, at, 2, control | bits);
}

/* On: masked as a whole; the table, piece by piece; then not masked. Off: off. */
static bool msix_step(const struct msi *m, u32 step)
{
	const u32 pieces = ALIGN_UP((u32)m->f->msix.vectors, ENTRIES_STEP) / ENTRIES_STEP;

	if (!m->on) {
		msix_control(m, 0);
		return false;
	}
	if (step == 0U)
		msix_control(m, PCI_MSIX_ENABLE | PCI_MSIX_MASK_ALL);
	else if (step <= pieces)
		entries_write(m, (step - 1U) * ENTRIES_STEP);
	else
		msix_control(m, PCI_MSIX_ENABLE);
	return step <= pieces;
}

/* ---- MSI ---- */

static u32 plain_control(const struct msi *m)
{
	return config_read(m, m->f->cap[PCIE_MSI] + PCI_MSI_CONTROL, 2);
}

/* Where what lies behind the address is. */
static u32 plain_at(const struct pcie_function *f, u32 control, u32 reg)
{
	return f->cap[PCIE_MSI] + reg + ((control & PCI_MSI_64BIT) != 0U ? 4U : 0U);
}

static void plain_mask(struct msi *m)
{
	const u32 control = plain_control(m);
	char text[SBDF_TEXT];

	if ((control & PCI_MSI_MASKS) != 0U)
		config_write(m, plain_at(m->f, control, PCI_MSI_MASK), 4,
			     m->vector[0].masked ? 0xffffffffU : 0xfffffffeU);
	else if (message_enable(&m->vector[0].irq, !m->vector[0].masked) != 0)
		log_error("pcie: %s: its message cannot be masked", sbdf_text(text, m->f->sbdf));
}

/* Returns what its control register holds then. */
static u32 plain_off(const struct pcie_function *f)
{
	const u32 at = f->cap[PCIE_MSI] + PCI_MSI_CONTROL;
	const u32 off = pci_config_read(f->sbdf, at, 2) & ~(PCI_MSI_ENABLE | PCI_MSI_MULTIPLE);

	pci_config_write(f->sbdf, at, 2, off);
	return off;
}

static void plain_message(const struct pcie_function *f, u32 control, const struct message *to)
{
	const u32 cap = f->cap[PCIE_MSI];

	pci_config_write(f->sbdf, cap + PCI_MSI_ADDRESS, 4, (u32)to->address);
	if ((control & PCI_MSI_64BIT) != 0U)
		pci_config_write(f->sbdf, cap + PCI_MSI_ADDRESS_HIGH, 4,
				 (u32)(to->address >> HIGH_SHIFT));
	pci_config_write(f->sbdf, plain_at(f, control, PCI_MSI_DATA), 2, to->data);
}

u32 msi_plain_write(const struct pcie_function *f, const struct message *to)
{
	const u32 off = plain_off(f);

	plain_message(f, off, to);
	return off;
}

/* Off, nothing is left of what it was told. */
static bool plain_step(struct msi *m, u32 step)
{
	static const struct message nothing;
	const u32 at = m->f->cap[PCIE_MSI] + PCI_MSI_CONTROL;

	switch (step) {
	case 0:
		(void)plain_off(m->f);
		return true;
	case 1:
		plain_message(m->f, plain_control(m), m->on ? &m->vector[0].message : &nothing);
		return m->on;
	case 2:
		plain_mask(m);
		return true;
	default:
		config_write(m, at, 2, plain_control(m) | PCI_MSI_ENABLE);
		return false;
	}
}

/* ---- both ---- */

u32 msi_vectors(const struct pcie_function *f, u32 most, enum msi_kind *kind)
{
	*kind = MSI_NONE;
	if (f->cap[PCIE_MSIX] != 0U && f->msix.vectors != 0U) {
		*kind = MSI_X;
		return f->msix.vectors < most ? f->msix.vectors : most;
	}
	if (f->cap[PCIE_MSI] == 0U || most == 0U)
		return 0;
	*kind = MSI_PLAIN;
	return 1;
}

/* Behind an ITS; behind an IOMMU; or with nothing in between. */
static int source_of(const struct pcie_function *f, struct message_source *s)
{
	*s = (struct message_source){ f->its, f->msi_id };
	if (f->its != PCIE_NONE)
		return 0;
	*s = (struct message_source){ f->iommu, f->sbdf.v & 0xffffU };
	if (f->iommu == PCIE_NONE)
		s->unit = MESSAGE_NO_UNIT;
	/* Whose id it bears there nobody knows. */
	return f->alias_count == 0U ? 0 : BH_ENOTSUP;
}

static int table_map(struct msi *m)
{
	const struct pcie_function *f = m->f;
	const u64 table = f->bar[f->msix.table_bar].base.v;
	const u64 pba = f->bar[f->msix.pba_bar].base.v;

	if (table == 0U || pba == 0U)
		return BH_ENOTSUP;
	m->table = mmu_map(HPA(table + f->msix.table), (u64)f->msix.vectors * PCI_MSIX_ENTRY,
			   MMU_DEVICE);
	m->pba = mmu_map(HPA(pba + f->msix.pba), ALIGN_UP((u64)f->msix.vectors, 64U) / 8U,
			 MMU_DEVICE);
	return m->table == NULL || m->pba == NULL ? trace_error(BH_ENOMEM) : 0;
}

int msi_open(struct msi *m, const struct pcie_function *f, struct msi_vector *vector, u32 count)
{
	int err;

	*m = (struct msi){ .f = f, .vector = vector };
	if (msi_vectors(f, count, &m->kind) != count || count == 0U)
		return trace_error(BH_EINVAL);
	err = source_of(f, &m->source);
	if (err == 0 && m->kind == MSI_X)
		err = table_map(m);
	if (err == 0)
		err = message_open(&m->source, count);
	return err;
}

int msi_take(struct msi *m, u32 vector, u32 cpu, void (*fn)(void *ctx), void *ctx, u64 doorbell)
{
	struct msi_vector *v = &m->vector[vector];
	int err;

	*v = (struct msi_vector){
		.irq = { .source = m->source, .index = vector, .cpu = cpu, .fn = fn, .ctx = ctx },
		.masked = true,
	};
	err = message_take(&v->irq);
	if (err == 0)
		err = message_enable(&v->irq, true);
	if (err != 0)
		return err;
	message_of(&v->irq, &v->message);
	if (doorbell != 0U)
		v->message.address = doorbell + (v->message.address & PAGE_MASK);
	m->count = vector + 1U;
	return 0;
}

void msi_mask(struct msi *m, u32 vector, bool masked)
{
	u32 command;

	if (vector >= m->count)
		return;
	m->vector[vector].masked = masked;
	if (!m->on)
		return;
	if (m->kind == MSI_PLAIN) {
		plain_mask(m);
		return;
	}
	command = decode_on(m);
	entry_mask(m, vector);
	decode_back(m, command);
}

bool msi_pending(const struct msi *m, u32 vector)
{
	u32 command, bits, control;

	if (vector >= m->count)
		return false;
	if (m->kind == MSI_PLAIN) {
		control = plain_control(m);
		return (control & PCI_MSI_MASKS) != 0U &&
		       (config_read(m, plain_at(m->f, control, PCI_MSI_PENDING), 4) & 1U) != 0U;
	}
	command = decode_on(m);
	bits = mmio_read32(m->pba + (size_t)(vector / 32U) * 4U);
	decode_back(m, command);
	return (bits >> (vector % 32U) & 1U) != 0U;
}

void msi_enable_begin(struct msi *m, bool on)
{
	m->on = on && m->count != 0U;
	m->step = 0;
	m->begun = m->kind != MSI_NONE;
}

bool msi_enable_step(struct msi *m)
{
	const u32 step = m->step;

	if (!m->begun)
		return false;
	m->step++;
	m->begun = m->kind == MSI_X ? msix_step(m, step) : plain_step(m, step);
	return m->begun;
}

void msi_enable(struct msi *m, bool on)
{
	bool more;

	msi_enable_begin(m, on);
	do {
		more = msi_enable_step(m);
	} while (more);
}

/* ---- memory of the controller of messages, which stands below the frames ---- */

static void *memory(u64 size, u64 align)
{
	const u64 bytes = ALIGN_UP(size, PAGE_SIZE);
	hpa_t base;
	void *p = NULL;

	if (frame_alloc(bytes, align < PAGE_SIZE ? PAGE_SIZE : align, &base) == 0)
		p = mmu_map(base, bytes, MMU_RAM_RW);
	if (p == NULL)
		log_error("messages: no memory for tables: %llu KiB wanted, %llu KiB free",
			  (unsigned long long)(bytes >> 10),
			  (unsigned long long)(frame_free_bytes() >> 10));
	else
		cache_zero(p, bytes);
	return p;
}

static int msi_memory_init(void)
{
	message_memory_set(memory);
	return 0;
}
UNIT_DEFINE(msi_memory, 6, 55, msi_memory_init);
