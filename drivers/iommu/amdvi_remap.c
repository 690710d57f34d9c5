// SPDX-License-Identifier: Apache-2.0
/*
 * AMD-Vi interrupt remapping (2.2.5): each source of messages has a table of its own, so that the
 * unit tells sources apart by their requester ids. The number of an entry is the vector that it
 * lets through: a message's data is looked up by its low bits, and an I/O APIC both sends the
 * vector of its line and ends a level by it.
 */
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>

#include "amdvi.h"

#define ENTRIES_LOG2 8U
#define ENTRIES (1U << ENTRIES_LOG2)
#define VECTOR_FIRST 16U
#define MESSAGE_DESTINATION(apic) FIELD_PREP(apic, 19, 12)
#define ENTRY_SOURCE(entry) ((entry) >> ENTRIES_LOG2)
#define ENTRY_NUMBER(entry) ((entry) & (ENTRIES - 1U))

struct irte_ga {
	u64 low, high;
};

union table {
	u32 basic[ENTRIES];
	struct irte_ga ga[ENTRIES];
};
_Static_assert(sizeof(union table) == 4096U, "interrupt remapping table, aligned to 128 bytes");

static union table tables[CONFIG_IOMMU_AMDVI_TABLES] __aligned(4096);
static u32 tables_used;

/* NULL: the source has none, and its messages reach nobody. */
static union table *table_of(u32 source)
{
	const u64 word = read_once(amdvi_device_table[source].word[2]);

	if ((word & DTE2_INTCTL) != DTE2_INTCTL_REMAP)
		return NULL;
	return &tables[((word & DTE2_INT_ROOT) - mmu_pa(tables).v) / sizeof(tables[0])];
}

static int entries_sync(struct amdvi *a, u32 source)
{
	const u64 from = a->put;
	int err;

	dma_mb();
	err = amdvi_put(a, CMD_INVALIDATE_INTERRUPT_TABLE | source, 0);
	return err == 0 ? amdvi_sync(a, from) : err;
}

/* Whatever the unit remembers of the source is that its messages are aborted. */
static int table_set(struct amdvi *a, u32 source, const union table *t)
{
	struct dte *e = &amdvi_device_table[source];
	const u64 from = a->put;
	int err;

	write_once(e->word[2], DTE2_INTCTL_REMAP | (mmu_pa(t).v & DTE2_INT_ROOT) |
				       DTE2_INT_TAB_LEN(ENTRIES_LOG2) | DTE2_IV);
	dma_mb();
	err = amdvi_put(a, CMD_INVALIDATE_DEVTAB_ENTRY | source, 0);
	if (err == 0)
		err = amdvi_put(a, CMD_INVALIDATE_INTERRUPT_TABLE | source, 0);
	return err == 0 ? amdvi_sync(a, from) : err;
}

static int table_give(struct amdvi *a, u32 source)
{
	int err;

	if (tables_used == CONFIG_IOMMU_AMDVI_TABLES) {
		log_error("iommu %u: device 0x%x has no messages: one more than "
			  "CONFIG_IOMMU_AMDVI_TABLES=%u",
			  a->index, source, (u32)CONFIG_IOMMU_AMDVI_TABLES);
		return trace_error(BH_EOVERFLOW);
	}
	spin_lock(&a->lock);
	err = table_set(a, source, &tables[tables_used]);
	spin_unlock(&a->lock);
	tables_used++;
	return err;
}

/*
 * Firmware of a machine whose units do not remap (an emulator's) names no I/O APIC, though
 * interrupts of each would have to come through.
 */
static bool lines_named(void)
{
	u32 unit, id;

	for (u32 i = 0; i < machine.irqchip_count; i++) {
		const pci_sbdf_t chip = { machine.irqchip[i].ioapic.id };

		if (machine.irqchip[i].kind == IRQCHIP_IOAPIC &&
		    machine_id_find(&machine, MACHINE_ID_LINES, chip, false, &unit, &id) != 0)
			return false;
	}
	return true;
}

int amdvi_interrupt_take(u32 index, u16 source, u8 vector, u32 *entry)
{
	int err;

	if (!lines_named())
		return BH_ENOTSUP;
	err = amdvi_prepare(index, source);
	if (err == 0 && table_of(source) == NULL)
		err = table_give(&amdvi_units[index], source);
	*entry = (u32)source << ENTRIES_LOG2 | vector;
	return err;
}

static int basic_route(struct amdvi *a, u32 source, u32 *e, const struct iommu_route *to)
{
	write_once(*e, (u32)(IRTE_VECTOR(to->vector) | IRTE_DESTINATION(to->apic) |
			     (to->level ? IRTE_RQ_EOI : 0U) | (to->on ? IRTE_REMAP_EN : 0U)));
	return entries_sync(a, source);
}

/* The two words cannot change at once: where the high one does, the entry is off meanwhile. */
static int ga_route(struct amdvi *a, u32 source, struct irte_ga *e, const struct iommu_route *to)
{
	const u64 high = IRTE_GA_VECTOR(to->vector) | IRTE_GA_DESTINATION_HIGH(to->apic);
	int err = 0;

	if (e->high != high && (e->low & IRTE_REMAP_EN) != 0U) {
		write_once(e->low, 0);
		err = entries_sync(a, source);
	}
	if (err != 0)
		return err;
	write_once(e->high, high);
	dma_mb();
	write_once(e->low, IRTE_GA_DESTINATION(to->apic) | (to->level ? IRTE_RQ_EOI : 0U) |
				   (to->on ? IRTE_REMAP_EN : 0U));
	return entries_sync(a, source);
}

int amdvi_interrupt_route(u32 index, u32 entry, const struct iommu_route *to)
{
	struct amdvi *a = &amdvi_units[index];
	const u32 source = ENTRY_SOURCE(entry);
	const u32 number = ENTRY_NUMBER(entry);
	union table *t = source < AMDVI_IDS ? table_of(source) : NULL;
	int err;

	if (t == NULL || to->vector != number || number < VECTOR_FIRST ||
	    (!a->xt && to->apic > 0xffU))
		return BH_EINVAL;
	spin_lock(&a->lock);
	err = a->ga ? ga_route(a, source, &t->ga[number], to)
		    : basic_route(a, source, &t->basic[number], to);
	spin_unlock(&a->lock);
	return err;
}

/*
 * Bits 10:8 of the data stay 0, as those of a fixed interrupt are. The destination is the entry's:
 * it makes no difference to a unit, but one is known (QEMU's) that does not see what I/O APICs
 * send.
 */
void amdvi_interrupt_form(u32 index, u32 entry, struct iommu_message *out)
{
	const u32 number = ENTRY_NUMBER(entry);
	const union table *t = table_of(ENTRY_SOURCE(entry));
	u64 to = 0;

	if (t != NULL)
		to = amdvi_units[index].ga ? t->ga[number].low : t->basic[number];
	out->address |= MESSAGE_DESTINATION(FIELD_GET(to, 15, 8));
	out->data = number;
}
