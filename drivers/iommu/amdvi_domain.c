// SPDX-License-Identifier: Apache-2.0
/*
 * AMD-Vi domains: a device table entry with tables of its own. An entry goes through "reaches
 * nothing", because its two words cannot change at once.
 */
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/base/log.h>
#include <bulkhead/iommu/domain.h>
#include <bulkhead/lib/error.h>

#include "amdvi.h"

/* Pages named one by one in an invalidation; for more the whole domain is forgotten. */
#define PAGES_EACH 8U

/* Four levels; tables of more are never needed. */
int amdvi_caps(u32 index __unused, struct iommu_caps *out)
{
	*out = (struct iommu_caps){
		.kind = PT_AMDVI,
		.in_bits = 48,
		.out_bits = 52,
		.levels = BIT(3) | BIT(4),
		.domains = 65536,
		.coherent = true,
		/* NpCache is in its PCI capability; to take it for granted costs a flush a map. */
		.caches_holes = true,
	};
	return 0;
}

int amdvi_prepare(u32 index, u32 stream)
{
	if (stream < AMDVI_IDS)
		return 0;
	log_error("iommu %u: device 0x%x is beyond CONFIG_IOMMU_AMDVI_BUSES=%u", index, stream,
		  (u32)CONFIG_IOMMU_AMDVI_BUSES);
	return trace_error(BH_ERANGE);
}

/* What the unit may remember of the entry, and of the domain @id that it had. */
static int entry_sync(struct amdvi *a, u32 stream, u32 id)
{
	const u64 from = a->put;
	int err = amdvi_put(a, CMD_INVALIDATE_DEVTAB_ENTRY | stream, 0);

	if (err == 0)
		err = amdvi_put(a, CMD_INVALIDATE_IOMMU_PAGES | CMD_DOMAIN(id), CMD_PAGES_ALL);
	return err == 0 ? amdvi_sync(a, from) : err;
}

static void entry_open(struct dte *e, const struct iommu_domain *d)
{
	write_once(e->word[1], DTE1_DOMAIN(d->id));
	dma_mb();
	write_once(e->word[0], (d->pt.root & DTE0_ROOT) | DTE0_MODE(d->format.levels) | DTE0_IR |
				       DTE0_IW | DTE0_TV | DTE0_V);
	dma_mb();
}

/* Everything is forgotten when the unit has this table. Ids beyond it are refused. */
int amdvi_open(u32 index __unused, u32 stream, const struct iommu_domain *d)
{
	if (stream < AMDVI_IDS)
		entry_open(&amdvi_device_table[stream], d);
	return 0;
}

static int entry_change(struct amdvi *a, u32 stream, const struct iommu_domain *d)
{
	struct dte *e = &amdvi_device_table[stream];
	int err;

	write_once(e->word[0], amdvi_dte_blocking());
	write_once(e->word[2], e->word[2] & ~DTE2_IG);
	dma_mb();
	err = entry_sync(a, stream, (u32)FIELD_GET(e->word[1], 15, 0));
	if (err != 0)
		return err;
	write_once(e->word[1], 0);
	dma_mb();
	if (d != NULL)
		entry_open(e, d);
	return entry_sync(a, stream, 0);
}

int amdvi_attach(u32 index, u32 stream, const struct iommu_domain *d)
{
	struct amdvi *a = &amdvi_units[index];
	int err;

	if (stream >= AMDVI_IDS)
		return BH_ERANGE;
	spin_lock(&a->lock);
	err = entry_change(a, stream, d);
	spin_unlock(&a->lock);
	return err;
}

static int put_range(struct amdvi *a, const struct iommu_flush *f)
{
	const u64 command = CMD_INVALIDATE_IOMMU_PAGES | CMD_DOMAIN(f->id);
	const u64 tables = f->tables ? CMD_PAGES_PDE : 0U;
	int err = 0;

	if (f->size == 0U || f->size > PAGES_EACH * PAGE_SIZE)
		return amdvi_put(a, command, CMD_PAGES_ALL);
	for (u64 at = 0; at < f->size && err == 0; at += PAGE_SIZE)
		err = amdvi_put(a, command, (f->iova.v + at) | tables);
	return err;
}

int amdvi_flush(u32 index, const struct iommu_flush *f, struct iommu_mark *m)
{
	struct amdvi *a = &amdvi_units[index];
	int err;

	spin_lock(&a->lock);
	m->from = a->put;
	dma_mb();
	err = put_range(a, f);
	if (err == 0)
		err = amdvi_put_wait(a);
	m->to = a->put;
	spin_unlock(&a->lock);
	return err;
}

int amdvi_flushed(u32 index, const struct iommu_mark *m)
{
	struct amdvi *a = &amdvi_units[index];
	int err;

	spin_lock(&a->lock);
	err = amdvi_done(a, m->from, m->to);
	spin_unlock(&a->lock);
	return err;
}

void amdvi_hush(u32 index, u32 stream)
{
	struct amdvi *a = &amdvi_units[index];
	struct dte *e = &amdvi_device_table[stream];

	spin_lock(&a->lock);
	write_once(e->word[1], e->word[1] | DTE1_SA);
	write_once(e->word[2], e->word[2] | DTE2_IG);
	dma_mb();
	(void)entry_sync(a, stream, (u32)FIELD_GET(e->word[1], 15, 0));
	spin_unlock(&a->lock);
}

/* Every entry as at first, and a new buffer by which everything is forgotten. */
void amdvi_stop(u32 index)
{
	struct amdvi *a = &amdvi_units[index];
	const u64 control = mmio_read64(a->regs + CONTROL);
	u64 from;

	spin_lock(&a->lock);
	for (u32 i = 0; i < AMDVI_IDS; i++) {
		write_once(amdvi_device_table[i].word[0], amdvi_dte_blocking());
		write_once(amdvi_device_table[i].word[2], AMDVI_NO_MESSAGES);
	}
	mmio_write64(a->regs + CONTROL, control & ~CONTROL_CMD_BUF_EN);
	amdvi_commands_init(a);
	mmio_write64(a->regs + CONTROL, control | CONTROL_CMD_BUF_EN);
	from = a->put;
	if (amdvi_put(a, CMD_INVALIDATE_IOMMU_ALL, 0) != 0 || amdvi_sync(a, from) != 0)
		log_error("iommu %u: what it remembers cannot be taken from it", index);
	spin_unlock(&a->lock);
}
