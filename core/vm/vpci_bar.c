// SPDX-License-Identifier: Apache-2.0
/*
 * BARs in stage 2. Two that overlap: who was there first stays, the other is mapped when there is
 * room. A BAR that moves is unmapped, forgotten by every CPU, and only then mapped again.
 */
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/vplat.h>
#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/pcie/regs.h>

#include "vpci.h"

/* What of a BAR is mapped: all but the holes. */
struct stretch {
	u64 first, size;
};
#define STRETCHES_MAX (VPCI_HOLES_MAX + 1U)

static u32 stretches_of(const struct vpci_bar *b, struct stretch out[STRETCHES_MAX])
{
	u64 at = 0;
	u32 n = 0;

	for (u32 i = 0; i < VPCI_HOLES_MAX; i++) {
		const struct vpci_hole *h = &b->hole[i];

		if (h->size == 0U)
			continue;
		if (h->first > at)
			out[n++] = (struct stretch){ at, h->first - at };
		at = h->first + h->size;
	}
	if (at < b->size)
		out[n++] = (struct stretch){ at, b->size - at };
	return n;
}

static bool in_a_window(u64 base, u64 size)
{
	return range_inside(base, size, vplat.pci.window.v, vplat.pci.window_size) ||
	       range_inside(base, size, vplat.pci.window64.v, vplat.pci.window64_size);
}

u64 vpci_bar_address(const struct vpci_function *f, const struct vpci_bar *b)
{
	const u32 word = PCI_BAR0 / 4U + b->number;
	u64 at = f->value[word] & PCI_BAR_MEMORY_MASK;

	if (b->wide)
		at |= (u64)f->value[word + 1U] << 32;
	return in_a_window(at, b->size) ? at : 0U;
}

static bool overlaps(const struct vpci *v, u64 at, u64 size)
{
	for (u32 i = 0; i < v->count; i++) {
		for (u32 k = 0; k < v->fn[i].bar_count; k++) {
			const struct vpci_bar *o = &v->fn[i].bar[k];

			if (o->mapped && o->at.v < at + size && at < o->at.v + o->size)
				return true;
		}
	}
	return false;
}

static int change(struct s2 *s2, const struct pt_change *c)
{
	const u64 irqs = this_cpu()->irqs;
	struct s2_ticket t;
	int err;

	cpu_take_irqs();
	err = s2_change_open(s2, c, &t);
	if (err == 0)
		s2_ticket_wait(&t);
	vpci_breathe(irqs);
	return err;
}

static void stretches_unmap(struct s2 *s2, u64 at, const struct stretch *s, u32 n)
{
	for (u32 i = 0; i < n; i++) {
		const struct pt_change c = { .op = PT_UNMAP,
					     .va = at + s[i].first,
					     .size = s[i].size };

		(void)change(s2, &c);
	}
}

static int stretches_map(struct s2 *s2, const struct vpci_bar *b, u64 at, const struct stretch *s,
			 u32 n)
{
	for (u32 i = 0; i < n; i++) {
		const struct pt_change c = { .op = PT_MAP,
					     .va = at + s[i].first,
					     .size = s[i].size,
					     .pa = HPA(b->base.v + s[i].first),
					     .attr = PT_R | PT_W | PT_DEVICE };
		const int err = change(s2, &c);

		if (err != 0) {
			stretches_unmap(s2, at, s, i);
			return err;
		}
	}
	return 0;
}

void vpci_bars_unblock(struct vpci *v)
{
	for (u32 i = 0; i < v->count; i++) {
		for (u32 k = 0; k < v->fn[i].bar_count; k++) {
			struct vpci_bar *b = &v->fn[i].bar[k];

			b->blocked = false;
			if (!b->mapped)
				b->at = GPA(0);
		}
	}
}

static void bar_unmap(struct vpci *v, struct vpci_bar *b)
{
	struct stretch s[STRETCHES_MAX];
	const u32 n = stretches_of(b, s);

	v->busy = true;
	spin_unlock(&v->lock);
	stretches_unmap(v->s2, b->at.v, s, n);
	spin_lock(&v->lock);
	v->busy = false;
	b->mapped = false;
	/* There may be room for others now. */
	vpci_bars_unblock(v);
}

static void bar_map(struct vpci *v, const struct vpci_function *f, struct vpci_bar *b, u64 at)
{
	struct stretch s[STRETCHES_MAX];
	const u32 n = stretches_of(b, s);
	int err;

	b->at = GPA(at);
	if (overlaps(v, at, b->size)) {
		b->blocked = true;
		return;
	}
	v->busy = true;
	spin_unlock(&v->lock);
	err = stretches_map(v->s2, b, at, s, n);
	spin_lock(&v->lock);
	v->busy = false;
	b->mapped = err == 0;
	b->blocked = err != 0;
	if (err != 0)
		log_guest(LOG_INFO, v->partition, "%s: BAR %u at 0x%llx is not mapped: %s", f->name,
			  b->number, (unsigned long long)at, error_name(err));
}

static bool unmap_one(struct vpci *v)
{
	for (u32 i = 0; i < v->count; i++) {
		const struct vpci_function *f = &v->fn[i];
		const bool on = vpci_decodes(f);

		for (u32 k = 0; k < f->bar_count; k++) {
			struct vpci_bar *b = &v->fn[i].bar[k];

			if (b->mapped && (!on || vpci_bar_address(f, b) != b->at.v)) {
				bar_unmap(v, b);
				return true;
			}
		}
	}
	return false;
}

static bool map_one(struct vpci *v)
{
	for (u32 i = 0; i < v->count; i++) {
		const struct vpci_function *f = &v->fn[i];

		for (u32 k = 0; k < f->bar_count && vpci_decodes(f); k++) {
			struct vpci_bar *b = &v->fn[i].bar[k];
			const u64 at = vpci_bar_address(f, b);

			if (at == 0U || b->mapped || (b->blocked && b->at.v == at))
				continue;
			bar_map(v, f, b, at);
			return true;
		}
	}
	return false;
}

bool vpci_step(struct vpci *v)
{
	return vpci_msi_step(v) || unmap_one(v) || map_one(v);
}

/* The BAR that has the byte at @gpa; NULL: none. */
static const struct vpci_bar *bar_at(struct vpci *v, u64 gpa, struct vpci_function **of)
{
	for (u32 i = 0; i < v->count; i++) {
		for (u32 k = 0; k < v->fn[i].bar_count; k++) {
			const struct vpci_bar *b = &v->fn[i].bar[k];

			if (b->mapped && gpa >= b->at.v && gpa - b->at.v < b->size) {
				*of = &v->fn[i];
				return b;
			}
		}
	}
	return NULL;
}

/* What stage 2 maps was mapped since; what nobody has reads all-ones, as behind a root port. */
static enum trap_result window_answer(struct vpci *v, u64 gpa, struct mmio_access *a)
{
	struct vpci_function *f = NULL;
	const struct vpci_bar *b = bar_at(v, gpa, &f);
	const struct vpci_hole *h = NULL;

	if (b == NULL) {
		a->value = a->write ? a->value : ~0ULL;
		return TRAP_RESUME;
	}
	h = vpci_hole_at(b, gpa - b->at.v);
	if (h == NULL)
		return TRAP_RETRY;
	vpci_hole_access(f, b, h, gpa - b->at.v, a);
	return TRAP_RESUME;
}

static enum trap_result window_access(struct vpci *v, u64 gpa, struct mmio_access *a)
{
	enum trap_result result = TRAP_RETRY;

	spin_lock(&v->lock);
	if (!v->busy)
		result = window_answer(v, gpa, a);
	spin_unlock(&v->lock);
	return result;
}

enum trap_result vpci_window(void *ctx, struct mmio_access *a)
{
	return window_access(ctx, vplat.pci.window.v + a->offset, a);
}

enum trap_result vpci_window64(void *ctx, struct mmio_access *a)
{
	return window_access(ctx, vplat.pci.window64.v + a->offset, a);
}

/* ---- boot ---- */

static void hole_add(struct vpci_bar *b, u64 first, u64 size)
{
	const u64 begin = ALIGN_DOWN(first, PAGE_SIZE);
	const u64 end = ALIGN_UP(first + size, PAGE_SIZE);
	struct vpci_hole *h = &b->hole[0];

	/* The second one is behind the first, or part of it. */
	if (h->size != 0U && begin <= h->first + h->size && h->first <= end) {
		const u64 last = h->first + h->size > end ? h->first + h->size : end;

		h->first = h->first < begin ? h->first : begin;
		h->size = last - h->first;
		return;
	}
	if (h->size != 0U && h->first > begin) {
		b->hole[1] = *h;
	} else if (h->size != 0U) {
		h = &b->hole[1];
	}
	*h = (struct vpci_hole){ .first = begin, .size = end - begin };
}

static void holes_build(const struct pcie_function *fn, struct vpci_bar *b)
{
	if (fn->cap[PCIE_MSIX] == 0U)
		return;
	if (fn->msix.table_bar == b->number)
		hole_add(b, fn->msix.table, (u64)fn->msix.vectors * PCI_MSIX_ENTRY);
	if (fn->msix.pba_bar == b->number)
		hole_add(b, fn->msix.pba, PCI_MSIX_PENDING_BYTES(fn->msix.vectors));
	for (u32 i = 0; i < VPCI_HOLES_MAX; i++) {
		struct vpci_hole *h = &b->hole[i];

		if (h->size != 0U)
			h->page = mmu_map(HPA(b->base.v + h->first), h->size, MMU_DEVICE);
	}
}

void vpci_bars_build(struct vpci_function *f)
{
	for (u8 i = 0; i < PCIE_BARS; i++) {
		const struct pcie_bar *from = &f->fn->bar[i];
		struct vpci_bar *b = &f->bar[f->bar_count];

		if (from->size == 0U || from->kind == MACHINE_WINDOW_IO ||
		    !IS_ALIGNED(from->base.v | from->size, PAGE_SIZE) || from->base.v == 0U)
			continue;
		*b = (struct vpci_bar){ .number = i,
					.wide = from->kind == MACHINE_WINDOW_MEM64,
					.base = from->base,
					.size = from->size };
		if (in_a_window(from->base.v, from->size))
			b->first = from->base.v;
		holes_build(f->fn, b);
		f->bar_count++;
	}
}
