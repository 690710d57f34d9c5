// SPDX-License-Identifier: Apache-2.0
/*
 * SMMUv2 domains: a context bank for each stream, and what makes the unit forget. A bank is changed
 * while no stream leads to it: the device is refused in between.
 */
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cache.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/iommu/domain.h>
#include <bulkhead/lib/error.h>

#include "smmuv2.h"

/* Pages named one by one in an invalidation; for more the whole domain is forgotten. */
#define PAGES_EACH 8U

#define STREAM_ID(stream) ((stream) & 0xffffU)
#define STREAM_MASK(stream) ((stream) >> 16)

/* By IDR2.IAS and OAS, and the size of input for a walk from level 1 that none is too small for. */
static const u8 address_bits[] = { 32, 36, 40, 42, 44, 48 };
static const u8 blocking_t0sz[] = { 32, 28, 25, 25, 25, 25 };

static u32 width(u32 code)
{
	return code < ARRAY_SIZE(address_bits) ? code : (u32)ARRAY_SIZE(address_bits) - 1U;
}

static u32 streams_max(const struct smmu2 *s)
{
	u32 most = s->matches && s->groups < s->banks ? s->groups : s->banks;

	return most < SMMU2_STREAMS ? most : SMMU2_STREAMS;
}

int smmuv2_caps(u32 index, struct iommu_caps *out)
{
	const struct smmu2 *s = &smmu2_units[index];

	if (!s->translates || streams_max(s) == 0U)
		return BH_ENOTSUP;
	*out = (struct iommu_caps){
		.kind = PT_VMSA_S2,
		.in_bits = address_bits[width(s->input)],
		.out_bits = address_bits[width(s->output)],
		.levels = BIT(3) | BIT(4),
		.domains = s->wide_vmid ? 65536U : 256U,
		.coherent = s->coherent,
	};
	return 0;
}

/* ---- streams ---- */

static struct smmu2_stream *find(struct smmu2 *s, u32 stream)
{
	for (u32 i = 0; i < s->used; i++) {
		if (s->of[i].stream == stream)
			return &s->of[i];
	}
	return NULL;
}

/* Is there an id that both would match? */
static bool overlap(u32 a, u32 b)
{
	return (STREAM_ID(a ^ b) & ~(STREAM_MASK(a) | STREAM_MASK(b))) == 0U;
}

u32 smmu2_stream_of(const struct smmu2 *s, u32 id)
{
	const u32 used = load_acquire(&s->used);

	for (u32 i = 0; i < used; i++) {
		if (overlap(s->of[i].stream, id))
			return s->of[i].stream;
	}
	return id;
}

/* What the registers of @stream say from now on. */
static void route(const struct smmu2 *s, const struct smmu2_stream *t, u32 s2cr)
{
	const u32 valid = s->extended ? S2CR_EXIDVALID : 0U;

	mmio_write32(s->regs + SMMU_S2CR(t->group), s2cr | valid);
}

static u32 bank_of(const struct smmu2 *s, const struct smmu2_stream *t)
{
	return (u32)(t - s->of);
}

/* ---- banks ---- */

static u32 tcr_walks(const struct smmu2 *s)
{
	return TCR_RES1 | TCR_PASIZE(width(s->output)) |
	       (s->coherent ? TCR_IRGN0_WB | TCR_ORGN0_WB | TCR_SH0_IS : TCR_SH0_OS);
}

static u32 tcr_of(const struct smmu2 *s, const struct iommu_domain *d)
{
	if (d == NULL)
		return tcr_walks(s) | TCR_T0SZ(blocking_t0sz[width(s->input)]) | TCR_SL0(1U);
	return tcr_walks(s) | TCR_T0SZ(64U - d->format.in_bits) | TCR_SL0(d->format.levels - 2U);
}

/* @d NULL: a stage 2 that maps nothing, so that faults are recorded where the stream's are. */
static void bank_fill(const struct smmu2 *s, const struct smmu2_stream *t,
		      const struct iommu_domain *d)
{
	const u32 bank = bank_of(s, t);
	volatile u8 *global1 = s->regs + s->page;
	volatile u8 *cb = smmu2_bank(s, bank);

	mmio_write32(cb + SMMU_CB_SCTLR, 0);
	smmu2_bank_clear(s, bank);
	mmio_write32(global1 + SMMU_CBA2R(bank),
		     CBA2R_VA64 | (s->wide_vmid ? CBA2R_VMID16(t->vmid) : 0U));
	mmio_write32(global1 + SMMU_CBAR(bank),
		     CBAR_TYPE_S2 | (s->wide_vmid ? 0U : CBAR_VMID(t->vmid)));
	mmio_write32(cb + SMMU_CB_TCR, tcr_of(s, d));
	mmio_write64(cb + SMMU_CB_TTBR0, d == NULL ? mmu_pa(iommu_nothing).v : d->pt.root);
	dma_mb();
	mmio_write32(cb + SMMU_CB_SCTLR,
		     SCTLR_M | SCTLR_CFRE | SCTLR_HUPCF | (s->listens ? SCTLR_CFIE : 0U));
}

static int stream_change(struct smmu2 *s, struct smmu2_stream *t, const struct iommu_domain *d)
{
	int err;

	route(s, t, S2CR_TYPE_FAULT);
	mmio_write32(s->regs + SMMU_TLBIVMID, t->vmid);
	s->wanted++;
	err = smmu2_sync(s);
	if (err != 0)
		return err;
	t->vmid = d == NULL ? 0U : d->id;
	__atomic_store_n(&t->hushed, false, __ATOMIC_RELAXED);
	bank_fill(s, t, d);
	route(s, t, S2CR_TYPE_TRANS | S2CR_CBNDX(bank_of(s, t)));
	return 0;
}

/* Can the unit tell @stream from others, and does nobody have a part of it? */
static int stream_check(const struct smmu2 *s, u32 stream)
{
	const u32 id = STREAM_ID(stream) & ~STREAM_MASK(stream);

	if ((id & ~s->id_bits) != 0U || (STREAM_MASK(stream) & ~s->mask_bits) != 0U) {
		log_error("iommu %u: stream 0x%x with mask 0x%x is more than the unit has: 0x%x "
			  "with mask 0x%x",
			  s->index, STREAM_ID(stream), STREAM_MASK(stream), s->id_bits,
			  s->mask_bits);
		return trace_error(BH_ERANGE);
	}
	for (u32 i = 0; i < s->used; i++) {
		if (overlap(stream, s->of[i].stream)) {
			log_error("iommu %u: stream 0x%x with mask 0x%x has ids of stream 0x%x "
				  "with mask 0x%x",
				  s->index, STREAM_ID(stream), STREAM_MASK(stream),
				  STREAM_ID(s->of[i].stream), STREAM_MASK(s->of[i].stream));
			return trace_error(BH_EBUSY);
		}
	}
	if (s->used == streams_max(s)) {
		log_error("iommu %u: stream 0x%x is one more than %u: the unit has %u context "
			  "banks, %u stream mappings",
			  s->index, STREAM_ID(stream), s->used, s->banks, s->groups);
		return trace_error(BH_EOVERFLOW);
	}
	return 0;
}

int smmuv2_prepare(u32 index, u32 stream)
{
	struct smmu2 *s = &smmu2_units[index];
	struct smmu2_stream *t;
	int err;

	if (find(s, stream) != NULL)
		return 0;
	err = stream_check(s, stream);
	if (err != 0)
		return err;
	cache_clean_invalidate(iommu_nothing, sizeof(iommu_nothing));
	spin_lock(&s->lock);
	t = &s->of[s->used];
	*t = (struct smmu2_stream){ .stream = stream,
				    .group = s->matches ? s->used : STREAM_ID(stream) };
	bank_fill(s, t, NULL);
	if (s->matches)
		mmio_write32(s->regs + SMMU_SMR(t->group), stream | (s->extended ? 0U : SMR_VALID));
	route(s, t, S2CR_TYPE_TRANS | S2CR_CBNDX(bank_of(s, t)));
	store_release(&s->used, s->used + 1U);
	spin_unlock(&s->lock);
	return 0;
}

int smmuv2_attach(u32 index, u32 stream, const struct iommu_domain *d)
{
	struct smmu2 *s = &smmu2_units[index];
	struct smmu2_stream *t;
	int err = BH_ERANGE;

	spin_lock(&s->lock);
	t = find(s, stream);
	if (t != NULL)
		err = stream_change(s, t, d);
	spin_unlock(&s->lock);
	return err;
}

/* No interrupt of its bank, and what the bank records is not looked at. */
void smmuv2_hush(u32 index, u32 stream)
{
	struct smmu2 *s = &smmu2_units[index];
	struct smmu2_stream *t;

	spin_lock(&s->lock);
	t = find(s, stream);
	if (t != NULL) {
		volatile u8 *sctlr = smmu2_bank(s, bank_of(s, t)) + SMMU_CB_SCTLR;

		mmio_write32(sctlr, mmio_read32(sctlr) & ~SCTLR_CFIE);
		__atomic_store_n(&t->hushed, true, __ATOMIC_RELAXED);
	}
	spin_unlock(&s->lock);
}

void smmuv2_stop(u32 index)
{
	struct smmu2 *s = &smmu2_units[index];

	spin_lock(&s->lock);
	for (u32 i = 0; i < s->groups; i++)
		mmio_write32(s->regs + SMMU_S2CR(i), S2CR_TYPE_FAULT);
	spin_unlock(&s->lock);
}

/* ---- invalidation ---- */

/*
 * One synchronization at a time; what is wanted meanwhile shares the next one, so that nobody waits
 * for more than two.
 */
static void sync_advance(struct smmu2 *s)
{
	if ((mmio_read32(s->regs + SMMU_sTLBGSTATUS) & TLBGSTATUS_GSACTIVE) != 0U)
		return;
	s->done = s->begun;
	if (s->begun != s->wanted) {
		s->begun = s->wanted;
		mmio_write32(s->regs + SMMU_sTLBGSYNC, 0);
	}
}

int smmu2_sync(struct smmu2 *s)
{
	const u64 to = s->wanted;

	for (u32 i = 0; i < IOMMU_POLLS; i++) {
		sync_advance(s);
		if (s->done >= to)
			return 0;
		cpu_relax();
	}
	log_error("iommu %u: SMMU_sTLBGSTATUS stays 0x%x: the unit does not end what it began",
		  s->index, mmio_read32(s->regs + SMMU_sTLBGSTATUS));
	return trace_error(BH_ETIMEDOUT);
}

/* A bank that translates by @vmid, which invalidations by address go through; NULL: none does. */
static volatile u8 *bank_with(const struct smmu2 *s, u32 vmid)
{
	for (u32 i = 0; i < s->used; i++) {
		if (s->of[i].vmid == vmid)
			return smmu2_bank(s, i);
	}
	return NULL;
}

static void put_range(const struct smmu2 *s, const struct iommu_flush *f)
{
	const u32 reg = f->tables ? SMMU_CB_TLBIIPAS2 : SMMU_CB_TLBIIPAS2L;
	volatile u8 *cb = bank_with(s, f->id);

	if (cb == NULL || f->size == 0U || f->size > PAGES_EACH * PAGE_SIZE) {
		mmio_write32(s->regs + SMMU_TLBIVMID, f->id);
		return;
	}
	for (u64 at = 0; at < f->size; at += PAGE_SIZE)
		mmio_write64(cb + reg, (f->iova.v + at) >> PAGE_SHIFT);
}

int smmuv2_flush(u32 index, const struct iommu_flush *f, struct iommu_mark *m)
{
	struct smmu2 *s = &smmu2_units[index];

	spin_lock(&s->lock);
	dma_mb();
	put_range(s, f);
	m->from = s->wanted;
	s->wanted++;
	m->to = s->wanted;
	sync_advance(s);
	spin_unlock(&s->lock);
	return 0;
}

int smmuv2_flushed(u32 index, const struct iommu_mark *m)
{
	struct smmu2 *s = &smmu2_units[index];
	bool done;

	spin_lock(&s->lock);
	sync_advance(s);
	done = s->done >= m->to;
	spin_unlock(&s->lock);
	return done ? 0 : BH_EAGAIN;
}
