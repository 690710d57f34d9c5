// SPDX-License-Identifier: Apache-2.0
/*
 * VT-d domains: legacy context entries with a second level of their own. A device without an entry
 * is refused and recorded, so an entry is changed while it is not present.
 */
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cache.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/iommu/domain.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/mem/frame.h>

#include "vtd.h"
#include "vtd_regs.h"

/* Host addresses a format may hold; RAM is where the machine says. */
#define OUT_BITS 52U

static bool coherent(const struct vtd *v)
{
	return (v->ecap & ECAP_C) != 0U;
}

int vtd_caps(u32 index, struct iommu_caps *out)
{
	const struct vtd *v = &vtd_units[index];
	u32 flags = 0;

	/* Tables in a mode that firmware chose, and units without queue, are for blocking only. */
	if (v->ttm != 0U || !v->queued)
		return BH_ENOTSUP;
	if ((v->cap & CAP_SLLPS_2M) == 0U)
		flags = PT_F_PAGES_ONLY;
	else if ((v->cap & CAP_SLLPS_1G) == 0U)
		flags = PT_F_NO_HUGE;
	*out = (struct iommu_caps){
		.kind = PT_VTD,
		.in_bits = CAP_MGAW(v->cap),
		.out_bits = OUT_BITS,
		.levels = CAP_SAGAW(v->cap) << 2,
		.flags = flags,
		.domains = 1U << (4U + 2U * CAP_ND(v->cap)),
		.coherent = coherent(v),
		.caches_holes = (v->cap & (CAP_CM | CAP_RWBF)) != 0U,
	};
	return 0;
}

static void publish(const struct vtd *v, const void *p, size_t size)
{
	if (!coherent(v))
		cache_clean_invalidate(p, size);
	dma_mb();
}

/* Bus 15:8, device and function 7:0. */
static struct vtd_entry *entry_of(struct vtd *v, u32 stream)
{
	for (u32 i = 0; i < v->bus_count; i++) {
		if (v->bus[i].bus == stream >> 8)
			return &v->bus[i].context[stream & 0xffU];
	}
	return NULL;
}

static struct vtd_entry *context_make(const struct vtd *v)
{
	const u64 size = sizeof(struct vtd_entry[VTD_ENTRIES]);
	struct vtd_entry *context = NULL;
	hpa_t base;

	if (frame_alloc(size, size, &base) == 0)
		context = mmu_map(base, size, MMU_RAM_RW);
	if (context != NULL) {
		memset(context, 0, size);
		cache_clean_invalidate(context, size);
		publish(v, context, size);
	}
	return context;
}

int vtd_prepare(u32 index, u32 stream)
{
	struct vtd *v = &vtd_units[index];
	struct vtd_entry *root = &vtd_root[index][stream >> 8 & 0xffU];
	struct vtd_entry *context;
	int err;

	if (stream > 0xffffU)
		return trace_error(BH_ERANGE);
	if (entry_of(v, stream) != NULL)
		return 0;
	if (v->bus_count == VTD_BUSES_MAX) {
		log_error("iommu %u: device 0x%x is on one bus more than %u", index, stream,
			  VTD_BUSES_MAX);
		return trace_error(BH_EOVERFLOW);
	}
	context = context_make(v);
	if (context == NULL)
		return trace_error(BH_ENOMEM);
	spin_lock(&v->lock);
	v->bus[v->bus_count].bus = stream >> 8;
	v->bus[v->bus_count].context = context;
	v->bus_count++;
	write_once(root->low, mmu_pa(context).v | ROOT_P);
	publish(v, root, sizeof(*root));
	err = vtd_flush_write_buffer(v);
	if (err == 0)
		err = vtd_inval_dma(v);
	spin_unlock(&v->lock);
	return err;
}

/* What the unit may remember of the entry of @stream, under domain @did. */
static int entry_sync(struct vtd *v, u32 stream, u32 did)
{
	const u64 from = v->put;
	int err = vtd_flush_write_buffer(v);

	if (err == 0)
		err = vtd_put(v, QI_CONTEXT_DEVICE | QI_SID(stream) | QI_DID(did), 0);
	if (err == 0)
		err = vtd_put(v, QI_IOTLB_DOMAIN | QI_IOTLB_DR | QI_IOTLB_DW | QI_DID(did), 0);
	return err == 0 ? vtd_sync(v, from) : err;
}

/* An entry that was not present may be remembered under domain 0 (caching mode, 6.1). */
static int entry_change(struct vtd *v, u32 stream, struct vtd_entry *at, const struct vtd_entry *to)
{
	int err;

	write_once(at->low, 0);
	publish(v, at, sizeof(*at));
	err = entry_sync(v, stream, CONTEXT_DID(at->high));
	if (err != 0 || to->low == 0U)
		return err;
	at->high = to->high;
	publish(v, at, sizeof(*at));
	write_once(at->low, to->low);
	publish(v, at, sizeof(*at));
	return entry_sync(v, stream, 0);
}

static struct vtd_entry entry_for(const struct iommu_domain *d)
{
	return (struct vtd_entry){
		.low = d->pt.root | CONTEXT_P,
		.high = CONTEXT_HIGH_AW(d->format.levels) | CONTEXT_HIGH_DID(d->id),
	};
}

/* The unit's own tables are not in use yet: everything is forgotten when they are. */
int vtd_open(u32 index, u32 stream, const struct iommu_domain *d)
{
	struct vtd *v = &vtd_units[index];
	struct vtd_entry *at;
	const int err = vtd_prepare(index, stream);

	at = err == 0 ? entry_of(v, stream) : NULL;
	if (at == NULL)
		return err;
	*at = entry_for(d);
	publish(v, at, sizeof(*at));
	return 0;
}

int vtd_attach(u32 index, u32 stream, const struct iommu_domain *d)
{
	struct vtd *v = &vtd_units[index];
	struct vtd_entry *at;
	struct vtd_entry to = { 0, 0 };
	int err = BH_ERANGE;

	if (d != NULL)
		to = entry_for(d);
	spin_lock(&v->lock);
	at = entry_of(v, stream);
	if (at != NULL)
		err = entry_change(v, stream, at, &to);
	spin_unlock(&v->lock);
	return err;
}

/* Without PSI, or beyond MAMV, the whole domain is forgotten. */
static int put_range(struct vtd *v, const struct iommu_flush *f)
{
	const u64 common = QI_IOTLB_DR | QI_IOTLB_DW | QI_DID(f->id);
	u64 pages = 1;
	u32 order = 0;

	while (f->size != 0U && pages << PAGE_SHIFT < f->size) {
		pages <<= 1;
		order++;
	}
	/* 2^order pages hold the range, if it does not lie across their boundary. */
	while (f->size != 0U && order < 52U &&
	       ((f->iova.v ^ (f->iova.v + f->size - 1U)) >> PAGE_SHIFT >> order) != 0U)
		order++;
	if (f->size == 0U || (v->cap & CAP_PSI) == 0U || order > CAP_MAMV(v->cap))
		return vtd_put(v, QI_IOTLB_DOMAIN | common, 0);
	return vtd_put(v, QI_IOTLB_PAGES | common,
		       ALIGN_DOWN(f->iova.v, PAGE_SIZE << order) | QI_IOTLB_AM(order) |
			       (f->tables ? 0U : QI_IOTLB_IH));
}

int vtd_flush(u32 index, const struct iommu_flush *f, struct iommu_mark *m)
{
	struct vtd *v = &vtd_units[index];
	int err;

	spin_lock(&v->lock);
	m->from = v->put;
	dma_mb();
	err = vtd_flush_write_buffer(v);
	if (err == 0)
		err = put_range(v, f);
	if (err == 0)
		err = vtd_put_wait(v);
	m->to = v->put;
	spin_unlock(&v->lock);
	return err;
}

int vtd_flushed(u32 index, const struct iommu_mark *m)
{
	struct vtd *v = &vtd_units[index];
	int err;

	spin_lock(&v->lock);
	err = vtd_done(v, m->from, m->to);
	spin_unlock(&v->lock);
	return err;
}

/* Counts whether the entry is present or not. */
void vtd_hush(u32 index, u32 stream)
{
	struct vtd *v = &vtd_units[index];
	struct vtd_entry *at;

	spin_lock(&v->lock);
	at = entry_of(v, stream);
	if (at != NULL) {
		write_once(at->low, at->low | CONTEXT_FPD);
		publish(v, at, sizeof(*at));
		(void)entry_sync(v, stream, CONTEXT_DID(at->high));
	}
	spin_unlock(&v->lock);
}

/* The root table as it was at first, and a new queue by which everything is forgotten. */
void vtd_stop(u32 index)
{
	struct vtd *v = &vtd_units[index];

	spin_lock(&v->lock);
	memset(vtd_root[index], 0, sizeof(vtd_root[0]));
	publish(v, vtd_root[index], sizeof(vtd_root[0]));
	memset(vtd_irt[index], 0, sizeof(vtd_irt[0]));
	publish(v, vtd_irt[index], sizeof(vtd_irt[0]));
	(void)vtd_inval_init(v);
	if (vtd_inval_dma(v) != 0 || ((v->ecap & ECAP_IR) != 0U && vtd_inval_interrupts(v) != 0))
		log_error("iommu %u: what it remembers cannot be taken from it", index);
	spin_unlock(&v->lock);
}
