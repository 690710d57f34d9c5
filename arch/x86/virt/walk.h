/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's own page tables, read by Bulkhead (SDM volume 3, chapter 4). */
#ifndef VIRT_WALK_H
#define VIRT_WALK_H

#include <asm/msr.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/types.h>

struct walk_state {
	u64 cr0, cr3, cr4, efer;
	/* Reads @size bytes (4 or 8) of the guest's memory; false if there is none. */
	bool (*read)(void *ctx, gpa_t at, size_t size, u64 *out);
	void *ctx;
};

#define ENTRY_PRESENT BIT(0)
#define ENTRY_LARGE BIT(7)

/* A paging mode: levels from the root down, index bits each, and which may hold large leaves. */
struct paging {
	u8 levels;
	u8 bits;     /* of an index below the root */
	u8 top_bits; /* of the root's */
	u8 entry;    /* bytes */
	u8 large;    /* levels, bit 1 for the one above the last */
	u64 root;    /* address bits of CR3 */
};

static const struct paging mode_32 = { 2, 10, 10, 4, 0, BITS(31, 12) };
static const struct paging mode_32_pse = { 2, 10, 10, 4, BIT(1), BITS(31, 12) };
static const struct paging mode_pae = { 3, 9, 2, 8, BIT(1), BITS(31, 5) };
static const struct paging mode_4 = { 4, 9, 9, 8, BIT(1) | BIT(2), BITS(51, 12) };
static const struct paging mode_5 = { 5, 9, 9, 8, BIT(1) | BIT(2), BITS(51, 12) };

static inline const struct paging *mode_of(const struct walk_state *s)
{
	if ((s->efer & EFER_LMA) != 0U)
		return (s->cr4 & CR4_LA57) != 0U ? &mode_5 : &mode_4;
	if ((s->cr4 & CR4_PAE) != 0U)
		return &mode_pae;
	return (s->cr4 & CR4_PSE) != 0U ? &mode_32_pse : &mode_32;
}

/* Address of a leaf that covers @shift bits. 4 MiB pages have bits 39:32 in 20:13 (PSE-36). */
static inline u64 leaf_address(const struct paging *p, u64 entry, u32 shift)
{
	if (p->entry == 4U && shift > PAGE_SHIFT)
		return (entry & BITS(31, 22)) | FIELD_GET(entry, 20, 13) << 32;
	return entry & BITS(51, 12) & ~(BIT(shift) - 1U);
}

static inline int walk_mode(const struct walk_state *s, const struct paging *p, gva_t gva,
			    gpa_t *out)
{
	const u64 va = gva.v;
	u32 shift = PAGE_SHIFT + p->levels * p->bits;
	u64 mask = BIT(p->top_bits) - 1U;
	u64 table = s->cr3 & p->root;

	for (u32 level = p->levels; level-- > 0U;) {
		u64 index, entry;

		shift -= p->bits;
		index = (va >> shift) & mask;
		mask = BIT(p->bits) - 1U;
		if (!s->read(s->ctx, GPA(table + index * p->entry), p->entry, &entry) ||
		    (entry & ENTRY_PRESENT) == 0U)
			return BH_EFAULT;
		if (level == 0U || ((p->large & BIT(level)) != 0U && (entry & ENTRY_LARGE) != 0U)) {
			*out = GPA(leaf_address(p, entry, shift) | (va & (BIT(shift) - 1U)));
			return 0;
		}
		table = entry & (p->entry == 4U ? BITS(31, 12) : BITS(51, 12));
	}
	return BH_EFAULT;
}

/*
 * Where @gva lies: 0 and @out, or BH_EFAULT if the tables do not map it. Rights are not asked:
 * the guest's CPU has, before the exit. Every paging mode there is, none included. The usual one
 * has code of its own, for a guest waits meanwhile.
 */
static inline int walk_gva(const struct walk_state *s, gva_t gva, gpa_t *out)
{
	const struct paging *p = mode_of(s);

	if ((s->cr0 & CR0_PG) == 0U) {
		*out = GPA((u32)gva.v);
		return 0;
	}
	return p == &mode_4 ? walk_mode(s, &mode_4, gva, out) : walk_mode(s, p, gva, out);
}

#endif
