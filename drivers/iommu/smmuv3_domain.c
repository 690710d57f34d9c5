// SPDX-License-Identifier: Apache-2.0
/*
 * SMMUv3 domains: stream table entries with a stage 2 of their own, and what makes the unit forget
 * them. An entry is changed while it is not valid: the device is refused in between.
 */
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cache.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/iommu/domain.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/mem/frame.h>

#include "smmuv3.h"

/* Pages named one by one in an invalidation; for more the whole domain is forgotten. */
#define PAGES_EACH 8U

/* By IDR5.OAS. */
static const u8 address_bits[] = { 32, 36, 40, 42, 44, 48 };

static u32 output_size(const struct smmu *s)
{
	const u32 oas = IDR5_OAS(mmio_read32(s->regs + SMMU_IDR5));

	return oas < ARRAY_SIZE(address_bits) ? oas : (u32)ARRAY_SIZE(address_bits) - 1U;
}

int smmuv3_caps(u32 index, struct iommu_caps *out)
{
	const struct smmu *s = &smmu_units[index];

	if (s->fixed || !smmu_has_stage2(s))
		return BH_ENOTSUP;
	*out = (struct iommu_caps){
		.kind = PT_VMSA_S2,
		.in_bits = address_bits[output_size(s)],
		.out_bits = address_bits[output_size(s)],
		.levels = BIT(3) | BIT(4),
		.domains = (s->idr0 & IDR0_VMID16) != 0U ? 65536U : 256U,
		.coherent = s->coherent,
	};
	return 0;
}

/* The entry of @stream, where it is nobody else's; NULL: smmuv3_prepare() did not make it so. */
static struct ste *entry_of(struct smmu *s, u32 stream)
{
	if (s->sid_bits < 32U && stream >> s->sid_bits != 0U)
		return NULL;
	if (!s->two_levels)
		return &s->mem->level2[stream];
	for (u32 i = 0; i < s->own_count; i++) {
		if (s->own[i].first == ALIGN_DOWN(stream, BLOCK_ENTRIES))
			return &s->own[i].ste[stream % BLOCK_ENTRIES];
	}
	return NULL;
}

static void publish(const struct smmu *s, const void *p, size_t size)
{
	if (!s->coherent)
		cache_clean_invalidate(p, size);
	dma_mb();
}

/* Memory for one more block, a copy of the shared one. */
static struct ste *block_make(const struct smmu *s)
{
	const u64 size = sizeof(struct ste[BLOCK_ENTRIES]);
	struct ste *block = NULL;
	hpa_t base;

	if (frame_alloc(size, size, &base) == 0)
		block = mmu_map(base, size, MMU_RAM_RW);
	if (block != NULL) {
		memcpy(block, s->mem->level2, size);
		publish(s, block, size);
	}
	return block;
}

/* It takes the place of the shared one: the unit finds the same, whichever it reads. */
static int block_link(struct smmu *s, u32 stream, struct ste *block)
{
	u64 *descriptor = &s->mem->level1[stream >> SPLIT];
	const u64 from = s->put;
	int err;

	s->own[s->own_count].first = ALIGN_DOWN(stream, BLOCK_ENTRIES);
	s->own[s->own_count].ste = block;
	s->own_count++;
	write_once(*descriptor, mmu_pa(block).v | STD_SPAN(SPLIT));
	publish(s, descriptor, sizeof(*descriptor));
	err = smmu_put(s, CMD_CFGI_ALL, CMD_CFGI_RANGE_ALL);
	return err == 0 ? smmu_sync(s, from) : err;
}

int smmuv3_prepare(u32 index, u32 stream)
{
	struct smmu *s = &smmu_units[index];
	struct ste *block;
	int err;

	if (stream >> s->sid_bits != 0U) {
		log_error("iommu %u: stream 0x%x is more than the unit has: %u bits", index, stream,
			  s->sid_bits);
		return trace_error(BH_ERANGE);
	}
	if (entry_of(s, stream) != NULL)
		return 0;
	if (s->own_count == OWN_BLOCKS) {
		log_error("iommu %u: stream 0x%x is in one block of %u more than %u", index, stream,
			  BLOCK_ENTRIES, OWN_BLOCKS);
		return trace_error(BH_EOVERFLOW);
	}
	block = block_make(s);
	if (block == NULL)
		return trace_error(BH_ENOMEM);
	spin_lock(&s->lock);
	err = block_link(s, stream, block);
	spin_unlock(&s->lock);
	return err;
}

static struct ste domain_ste(const struct smmu *s, const struct iommu_domain *d)
{
	const struct pt_format *f = &d->format;
	struct ste ste = { 0 };

	ste.word[0] = STE0_CONFIG_S2 | STE0_V;
	ste.word[1] = STE1_SHCFG_INCOMING;
	ste.word[2] = STE2_S2VMID(d->id) | STE2_S2T0SZ(64U - f->in_bits) |
		      STE2_S2SL0(f->levels - 2U) | STE2_S2IR0_WB | STE2_S2OR0_WB | STE2_S2SH0_IS |
		      STE2_S2PS(output_size(s)) | STE2_S2AA64 | STE2_S2R;
	ste.word[3] = d->pt.root;
	return ste;
}

static int entry_sync(struct smmu *s, u32 stream)
{
	const u64 from = s->put;
	const int err = smmu_put(s, CMD_CFGI_STE | CMD_STREAM(stream), CMD_LEAF);

	return err == 0 ? smmu_sync(s, from) : err;
}

static int entry_change(struct smmu *s, u32 stream, struct ste *at, const struct ste *to)
{
	int err;

	write_once(at->word[0], 0);
	publish(s, at, sizeof(*at));
	err = entry_sync(s, stream);
	if (err != 0)
		return err;
	for (u32 i = 1; i < ARRAY_SIZE(at->word); i++)
		at->word[i] = to->word[i];
	publish(s, at, sizeof(*at));
	write_once(at->word[0], to->word[0]);
	publish(s, at, sizeof(*at));
	return entry_sync(s, stream);
}

int smmuv3_attach(u32 index, u32 stream, const struct iommu_domain *d)
{
	struct smmu *s = &smmu_units[index];
	const struct ste to = d == NULL ? smmu_blocking_ste(s) : domain_ste(s, d);
	struct ste *at;
	int err = BH_ERANGE;

	spin_lock(&s->lock);
	at = entry_of(s, stream);
	if (at != NULL)
		err = entry_change(s, stream, at, &to);
	spin_unlock(&s->lock);
	return err;
}

static int put_range(struct smmu *s, const struct iommu_flush *f)
{
	u64 leaf = CMD_LEAF;
	int err = 0;

	if (f->tables)
		leaf = 0;
	if (f->size == 0U || f->size > PAGES_EACH * PAGE_SIZE)
		return smmu_put(s, CMD_TLBI_S12_VMALL | CMD_VMID(f->id), 0);
	for (u64 at = 0; at < f->size && err == 0; at += PAGE_SIZE)
		err = smmu_put(s, CMD_TLBI_S2_IPA | CMD_VMID(f->id), (f->iova.v + at) | leaf);
	return err;
}

int smmuv3_flush(u32 index, const struct iommu_flush *f, struct iommu_mark *m)
{
	struct smmu *s = &smmu_units[index];
	int err;

	spin_lock(&s->lock);
	m->from = s->put;
	dma_mb();
	err = put_range(s, f);
	if (err == 0)
		err = smmu_put_sync(s);
	m->to = s->put;
	spin_unlock(&s->lock);
	return err;
}

int smmuv3_flushed(u32 index, const struct iommu_mark *m)
{
	struct smmu *s = &smmu_units[index];
	int err;

	spin_lock(&s->lock);
	err = smmu_done(s, m->from, m->to);
	spin_unlock(&s->lock);
	return err;
}

/* One word of a valid entry is changed at once; without S2R nothing is recorded. */
void smmuv3_hush(u32 index, u32 stream)
{
	struct smmu *s = &smmu_units[index];
	struct ste *at;

	spin_lock(&s->lock);
	at = entry_of(s, stream);
	if (at != NULL) {
		write_once(at->word[2], at->word[2] & ~STE2_S2R);
		publish(s, at, sizeof(*at));
		(void)entry_sync(s, stream);
	}
	spin_unlock(&s->lock);
}

/* By wire: an address of 0 is no message. */
int smmuv3_interrupt(u32 index)
{
	struct smmu *s = &smmu_units[index];

	if ((s->idr0 & IDR0_MSI) != 0U)
		mmio_write64(s->regs + SMMU_EVENTQ_IRQ_CFG0, 0);
	mmio_write32(s->regs + SMMU_IRQ_CTRL, IRQ_CTRL_EVENTQ_IRQEN);
	return iommu_poll(smmu_reg(s, SMMU_IRQ_CTRLACK, "SMMU_IRQ_CTRLACK"), ~0U,
			  IRQ_CTRL_EVENTQ_IRQEN);
}

void smmuv3_stop(u32 index)
{
	struct smmu *s = &smmu_units[index];

	spin_lock(&s->lock);
	mmio_write32(s->regs + SMMU_CR0, 0);
	(void)iommu_poll(smmu_reg(s, SMMU_CR0ACK, "SMMU_CR0ACK"), CR0_SMMUEN, 0);
	spin_unlock(&s->lock);
}
