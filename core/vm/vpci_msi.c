// SPDX-License-Identifier: Apache-2.0
/*
 * MSI and MSI-X as a guest writes them: kept here, and handed to vm/msi.h, whose business the
 * board's registers are.
 */
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/pcie/regs.h>

#include "vpci.h"

enum { ADDRESS, ADDRESS_HIGH, DATA, CONTROL };

static u32 field(const struct vpci_function *f, u32 offset, u32 size)
{
	return vpci_read(f, f->message + offset, size);
}

void vpci_msi_reset(struct vpci_function *f)
{
	f->on = false;
	f->due = false;
	for (u32 i = 0; i < f->vectors; i++)
		f->entry[i] = (struct vpci_entry){ .word = { [CONTROL] = PCI_MSIX_VECTOR_MASK } };
}

void vpci_msi_changed(struct vpci_function *f, enum vpci_act act)
{
	const u32 control = field(f, PCI_MSI_CONTROL, 2);
	const bool wide = (control & PCI_MSI_64BIT) != 0U;
	bool on = (control & PCI_MSI_ENABLE) != 0U;
	u64 address;

	if (act == VPCI_MSIX) {
		on = (control & (PCI_MSIX_ENABLE | PCI_MSIX_MASK_ALL)) == PCI_MSIX_ENABLE;
	} else {
		address = field(f, PCI_MSI_ADDRESS, 4);
		if (wide)
			address |= (u64)field(f, PCI_MSI_ADDRESS_HIGH, 4) << 32;
		msi_bind(f->fn->sbdf, 0, address, field(f, PCI_MSI_DATA + (wide ? 4U : 0U), 2));
	}
	if (on == f->on)
		return;
	f->on = on;
	f->due = true;
	msi_bind_enable(f->fn->sbdf, on);
}

/* Apart from the exit that asks for it, which is long by itself. */
static void piece(struct vpci *v, struct vpci_function *f)
{
	const u64 irqs = this_cpu()->irqs;

	v->busy = true;
	spin_unlock(&v->lock);
	cpu_take_irqs();
	f->due = msi_bind_step(f->fn->sbdf);
	vpci_breathe(irqs);
	spin_lock(&v->lock);
	v->busy = false;
}

bool vpci_msi_step(struct vpci *v)
{
	for (u32 i = 0; i < v->count; i++) {
		struct vpci_function *f = &v->fn[i];

		if (!f->due)
			continue;
		piece(v, f);
		return true;
	}
	return false;
}

static void word_write(struct vpci_function *f, u32 vector, u32 word, u32 value)
{
	struct vpci_entry *e = &f->entry[vector];
	const u32 old = e->word[word];

	e->word[word] = word == (u32)CONTROL ? value & PCI_MSIX_VECTOR_MASK : value;
	if (word == (u32)ADDRESS)
		e->word[word] &= ~3U;
	if (e->word[word] == old)
		return;
	if (word == (u32)CONTROL)
		msi_bind_mask(f->fn->sbdf, vector, e->word[word] != 0U);
	else
		msi_bind(f->fn->sbdf, vector, (u64)e->word[ADDRESS_HIGH] << 32 | e->word[ADDRESS],
			 e->word[DATA]);
}

/* Whole words or two of them, naturally aligned (7.7.2); else nobody answers. */
void vpci_msi_table(struct vpci_function *f, u64 offset, struct mmio_access *a)
{
	const u32 vector = (u32)(offset / PCI_MSIX_ENTRY);
	const u32 word = (u32)(offset % PCI_MSIX_ENTRY / 4U);
	const bool answers = a->size >= 4U && IS_ALIGNED(offset, a->size) && vector < f->vectors;
	u64 value = 0;

	if (answers && a->write) {
		word_write(f, vector, word, (u32)a->value);
		if (a->size == 8U)
			word_write(f, vector, word + 1U, (u32)(a->value >> 32));
	} else if (answers) {
		value = f->entry[vector].word[word];
		if (a->size == 8U)
			value |= (u64)f->entry[vector].word[word + 1U] << 32;
	}
	if (!a->write)
		a->value = value;
}

void vpci_msi_pending(const struct vpci_function *f, u64 offset, struct mmio_access *a)
{
	const u64 first = offset * 8U, end = first + 8ULL * a->size;
	u64 value = 0;

	for (u64 i = first; i < end && i < f->vectors && !a->write; i++) {
		if (msi_bind_pending(f->fn->sbdf, (u32)i))
			value |= BIT(i - first);
	}
	if (!a->write)
		a->value = value;
}
