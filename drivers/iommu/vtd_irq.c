// SPDX-License-Identifier: Apache-2.0
/*
 * VT-d interrupt remapping: entries that let a source's message through to one vector of one local
 * APIC (5.1, 9.9). The source id of each is checked by the unit.
 */
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cache.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>

#include "vtd.h"
#include "vtd_regs.h"

#define VECTOR_FIRST 16U

/* Remappable format (5.1.2.2): handle 14:0 in bits 19:5, handle 15 in bit 2. */
#define MESSAGE_REMAPPABLE BIT(4)

int vtd_interrupt_take(u32 index, u16 source, u8 vector __unused, u32 *entry)
{
	struct vtd *v = &vtd_units[index];
	int err = 0;

	if ((v->ecap & ECAP_IR) == 0U || !v->queued)
		return BH_ENOTSUP;
	spin_lock(&v->lock);
	if (v->irt_used == VTD_ENTRIES) {
		err = BH_EOVERFLOW;
	} else {
		*entry = v->irt_used;
		vtd_irt[index][*entry].high = IRTE_HIGH_SID(source) | IRTE_HIGH_SVT_ALL;
		v->irt_used++;
	}
	spin_unlock(&v->lock);
	return err;
}

static int entry_sync(struct vtd *v, struct vtd_entry *e, u32 entry)
{
	const u64 from = v->put;
	int err;

	if ((v->ecap & ECAP_C) == 0U)
		cache_clean_invalidate(e, sizeof(*e));
	dma_mb();
	err = vtd_flush_write_buffer(v);
	if (err == 0)
		err = vtd_put(v, QI_IEC_ENTRY | QI_IEC_IIDX(entry), 0);
	return err == 0 ? vtd_sync(v, from) : err;
}

/*
 * What the unit itself sends, which no entry remaps (5.1, 11.4.5 to 11.4.7). It is written while
 * the event is masked, and no more than one is on its way until all records were taken.
 */
int vtd_interrupt_message(u32 index, const struct iommu_message *m)
{
	struct vtd *v = &vtd_units[index];
	u32 control;

	spin_lock(&v->lock);
	mmio_write32(v->regs + FECTL_REG, FECTL_IM);
	mmio_write32(v->regs + FEDATA_REG, m->data);
	mmio_write32(v->regs + FEADDR_REG, (u32)m->address);
	mmio_write32(v->regs + FEUADDR_REG, (u32)(m->address >> 32));
	mmio_write32(v->regs + FECTL_REG, 0);
	control = mmio_read32(v->regs + FECTL_REG);
	spin_unlock(&v->lock);
	return (control & FECTL_IM) == 0U ? 0 : trace_error(BH_EIO);
}

void vtd_interrupt_form(u32 index __unused, u32 entry, struct iommu_message *out)
{
	out->address |= MESSAGE_REMAPPABLE | FIELD_PREP(entry, 19, 5) |
			FIELD_PREP(entry >> 15, 2, 2);
}

/* The half that changes is written at once, so the unit never sees half an entry. */
int vtd_interrupt_route(u32 index, u32 entry, const struct iommu_route *to)
{
	struct vtd *v = &vtd_units[index];
	const bool wide = (v->ecap & ECAP_EIM) != 0U;
	struct vtd_entry *e;
	u64 low;
	int err;

	if (entry >= v->irt_used || to->vector < VECTOR_FIRST || (!wide && to->apic > 0xffU))
		return BH_EINVAL;
	low = IRTE_V(to->vector) | (wide ? IRTE_DST(to->apic) : IRTE_DST(to->apic << 8));
	low |= to->level ? IRTE_TM : 0ULL;
	low |= to->on ? IRTE_P : 0ULL;
	e = &vtd_irt[index][entry];
	spin_lock(&v->lock);
	write_once(e->low, low);
	err = entry_sync(v, e, entry);
	spin_unlock(&v->lock);
	return err;
}
