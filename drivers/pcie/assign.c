// SPDX-License-Identifier: Apache-2.0
/*
 * Addresses for BARs. Where firmware has given any behind a host bridge, what it gave is checked
 * and nothing else is done; where it has given none, every BAR gets a place in the host's windows,
 * bus by bus, and each bridge the window that its buses used.
 */
#include <bulkhead/base/log.h>
#include <bulkhead/fw/machine.h>

#include "internal.h"

#define IO_STEP 0x1000ULL /* what bridges can tell apart */
#define MEMORY_STEP MIB(1)
#define IO_END 0x10000ULL /* of what all devices and bridges can decode */

/* The part of a window that is still free, in addresses of the bus. */
struct cursor {
	u64 next, end;
};

/* A bridge whose buses are being given addresses. */
struct frame {
	u16 bridge; /* PCIE_NONE: the root buses */
	u16 next, end;
	bool io, prefetch64; /* every bridge down to here has these windows */
	u64 start[MACHINE_WINDOWS];
};

struct assign {
	struct pcie_tree *t;
	const struct pcie_host *h;
	struct cursor cursor[MACHINE_WINDOWS];
	u32 depth;
	struct frame frame[PCIE_DEPTH_MAX + 1U];
};

static const char *const kind_name[MACHINE_WINDOWS] = { "I/O", "32-bit", "64-bit" };

/* Takes @size bytes at a multiple of @size; false if they are not there. */
static bool cursor_take(struct cursor *c, u64 size, u64 step, u64 *out)
{
	u64 align = size > step ? size : step, at;

	if (size > c->end || c->next > c->end - size || c->next > ~0ULL - (align - 1U))
		return false;
	at = ALIGN_UP(c->next, align);
	if (at > c->end - size)
		return false;
	*out = at;
	c->next = at + size;
	return true;
}

/* The next bridge window begins here. */
static void cursor_align(struct cursor *c, u64 step)
{
	if (c->next <= ~0ULL - (step - 1U))
		c->next = ALIGN_UP(c->next, step);
	if (c->next > c->end)
		c->next = c->end;
}

static u64 step_of(u32 kind)
{
	return kind == (u32)MACHINE_WINDOW_IO ? IO_STEP : MEMORY_STEP;
}

/* Memory BARs get pages of their own: stage 2 cannot give away less. */
static bool place(struct assign *a, const struct frame *fr, struct pcie_bar *b)
{
	enum machine_window_kind from = b->kind;
	u64 step = b->kind == MACHINE_WINDOW_IO ? 1U : PAGE_SIZE;

	if (from == MACHINE_WINDOW_IO && !fr->io)
		return false;
	/* Behind a bridge only what may be prefetched has a window above 4 GiB. */
	if (from == MACHINE_WINDOW_MEM64 && fr->bridge != PCIE_NONE &&
	    !(b->prefetch && fr->prefetch64))
		from = MACHINE_WINDOW_MEM32;
	if (!cursor_take(&a->cursor[from], b->size, step, &b->bus)) {
		if (from != MACHINE_WINDOW_MEM64)
			return false;
		from = MACHINE_WINDOW_MEM32;
		if (!cursor_take(&a->cursor[from], b->size, step, &b->bus))
			return false;
	}
	b->base = HPA(a->h->window[from].base.v + (b->bus - a->h->window[from].bus));
	return true;
}

static void bars_assign(struct assign *a, const struct frame *fr, struct pcie_function *f)
{
	char text[SBDF_TEXT];

	for (u32 i = 0; i < PCIE_BARS; i++) {
		struct pcie_bar *b = &f->bar[i];
		u32 at = PCI_BAR0 + 4U * i;

		if (b->size == 0U)
			continue;
		if (!place(a, fr, b)) {
			log_warn("pcie: %s: BAR %u of 0x%lx bytes has no room in the %s window",
				 sbdf_text(text, f->sbdf), i, b->size, kind_name[b->kind]);
			b->bus = 0;
			continue;
		}
		pcie_host_write(a->h, fn_bdf(f), at, 4, (u32)b->bus);
		if (b->kind == MACHINE_WINDOW_MEM64)
			pcie_host_write(a->h, fn_bdf(f), at + 4U, 4, (u32)(b->bus >> 32));
	}
}

static void frame_enter(struct assign *a, u16 bridge)
{
	const struct pcie_function *f = &a->t->fn[bridge];
	const struct frame *up = &a->frame[a->depth - 1U];
	struct frame *fr = &a->frame[a->depth++];

	*fr = (struct frame){
		.bridge = bridge,
		.next = f->child_first,
		.end = (u16)(f->child_first + f->child_count),
		.io = up->io && f->io_window,
		.prefetch64 = (up->bridge == PCIE_NONE || up->prefetch64) && f->prefetch64,
	};
	for (u32 k = 0; k < MACHINE_WINDOWS; k++) {
		cursor_align(&a->cursor[k], step_of(k));
		fr->start[k] = a->cursor[k].next;
	}
}

/* Registers of a bridge's window: base and limit of @kind, or one that is empty. */
static void window_write(const struct assign *a, const struct pcie_function *f, u32 kind, u64 base,
			 u64 end)
{
	bool empty = base == end;
	u64 last = end - 1U;
	u32 bdf = fn_bdf(f),
	    v = empty ? 0xfff0U : (u32)(((base >> 16) & 0xfff0U) | (last & 0xfff00000U));

	switch (kind) {
	case MACHINE_WINDOW_IO:
		v = empty ? 0x00f0U : (u32)(((base >> 8) & 0xf0U) | (last & 0xf000U));
		pcie_host_write(a->h, bdf, PCI_IO_WINDOW, 2, v);
		pcie_host_write(a->h, bdf, PCI_IO_WINDOW_HIGH, 4, 0);
		break;
	case MACHINE_WINDOW_MEM32:
		pcie_host_write(a->h, bdf, PCI_MEMORY_WINDOW, 4, v);
		break;
	default:
		pcie_host_write(a->h, bdf, PCI_PREFETCH_WINDOW, 4, v);
		pcie_host_write(a->h, bdf, PCI_PREFETCH_BASE_HIGH, 4,
				empty ? 0U : (u32)(base >> 32));
		pcie_host_write(a->h, bdf, PCI_PREFETCH_LIMIT_HIGH, 4,
				empty ? 0U : (u32)(last >> 32));
		break;
	}
}

static void frame_leave(struct assign *a)
{
	const struct frame *fr = &a->frame[--a->depth];

	for (u32 k = 0; k < MACHINE_WINDOWS && fr->bridge != PCIE_NONE; k++) {
		cursor_align(&a->cursor[k], step_of(k));
		window_write(a, &a->t->fn[fr->bridge], k, fr->start[k], a->cursor[k].next);
	}
}

static void cursors_open(struct assign *a)
{
	for (u32 k = 0; k < MACHINE_WINDOWS; k++) {
		const struct machine_window *w = &a->h->window[k];
		u64 limit = k == (u32)MACHINE_WINDOW_IO      ? IO_END
			    : k == (u32)MACHINE_WINDOW_MEM32 ? GIB(4)
							     : ~0ULL;
		u64 end = w->size > limit || w->bus > limit - w->size ? limit : w->bus + w->size;

		/* Address 0 is how a BAR says that it has none. */
		a->cursor[k] = (struct cursor){ w->bus == 0U ? step_of(k) : w->bus, end };
		if (w->size == 0U || a->cursor[k].next > end)
			a->cursor[k].next = end;
	}
}

/* Every function of the host, from bridge to bridge in depth. */
static void host_program(struct pcie_tree *t, const struct pcie_host *h, u32 first)
{
	struct assign a = { .t = t, .h = h, .depth = 1 };

	cursors_open(&a);
	a.frame[0] = (struct frame){
		.bridge = PCIE_NONE, .next = (u16)first, .end = (u16)t->count, .io = true
	};
	while (a.depth != 0U) {
		struct frame *fr = &a.frame[a.depth - 1U];
		struct pcie_function *f = &t->fn[fr->next];

		if (fr->next == fr->end) {
			frame_leave(&a);
			continue;
		}
		fr->next++;
		if (f->parent != fr->bridge)
			continue;
		bars_assign(&a, fr, f);
		if (f->state == PCIE_PATH)
			frame_enter(&a, (u16)(f - t->fn));
	}
}

/* What holds memory or registers that cannot be behind a BAR; NULL if nothing does. */
static const char *collision(const struct pcie_host *h, const struct pcie_bar *b)
{
	const struct machine_window *w = h->window;
	bool inside = w[0].size + w[1].size + w[2].size == 0U;

	if (b->base.v + (b->size - 1U) < b->base.v)
		return "the end of the address space";
	for (u32 i = 0; i < MACHINE_WINDOWS; i++)
		inside = inside ||
			 ((i == (u32)MACHINE_WINDOW_IO) == (b->kind == MACHINE_WINDOW_IO) &&
			  range_inside(b->bus, b->size, w[i].bus, w[i].size));
	if (!inside)
		return "what is outside the host's windows";
	for (u32 i = 0; i < machine.ram_count && b->kind != MACHINE_WINDOW_IO; i++) {
		if (range_overlaps(machine.ram[i].base.v, machine.ram[i].size, b->base.v, b->size))
			return "RAM";
	}
	for (u32 i = 0; i < machine.segment_count && b->kind != MACHINE_WINDOW_IO; i++) {
		const struct machine_segment *s = &machine.segment[i];

		if (range_overlaps(s->ecam.v, s->ecam_size, b->base.v, b->size) ||
		    range_overlaps(s->dw.config.base.v, s->dw.config.size, b->base.v, b->size))
			return "configuration space";
	}
	return NULL;
}

/* The function up to @at that has a byte of its BAR @bar before that one; NULL if none has. */
static const struct pcie_function *bar_shared(const struct pcie_tree *t, u32 at, u32 bar)
{
	const struct pcie_bar *b = &t->fn[at].bar[bar];

	for (u32 i = 0; i <= at; i++) {
		for (u32 k = 0; k < (i == at ? bar : PCIE_BARS); k++) {
			const struct pcie_bar *o = &t->fn[i].bar[k];

			if (o->base.v != 0U &&
			    (o->kind == MACHINE_WINDOW_IO) == (b->kind == MACHINE_WINDOW_IO) &&
			    range_overlaps(o->base.v, o->size, b->base.v, b->size))
				return &t->fn[i];
		}
	}
	return NULL;
}

/* A BAR whose place cannot be right is taken for one without address. */
static void bars_check(struct pcie_tree *t, const struct pcie_host *h, u32 at)
{
	struct pcie_function *f = &t->fn[at];
	char text[SBDF_TEXT], other[SBDF_TEXT];

	for (u32 i = 0; i < PCIE_BARS; i++) {
		struct pcie_bar *b = &f->bar[i];
		const struct pcie_function *o;
		const char *what;

		if (b->base.v == 0U)
			continue;
		what = collision(h, b);
		o = what == NULL ? bar_shared(t, at, i) : NULL;
		if (what == NULL && o == NULL)
			continue;
		log_warn("pcie: %s: BAR %u not used: 0x%lx + 0x%lx is also %s%s",
			 sbdf_text(text, f->sbdf), i, b->base.v, b->size, what != NULL ? what : "",
			 o != NULL ? sbdf_text(other, o->sbdf) : "");
		b->base = HPA(0);
		b->bus = 0;
	}
}

void host_assign(struct pcie_tree *t, const struct pcie_host *h, u32 first)
{
	bool windows = false, assigned = false;

	for (u32 k = 0; k < MACHINE_WINDOWS; k++)
		windows = windows || h->window[k].size != 0U;
	for (u32 i = first; i < t->count; i++) {
		for (u32 k = 0; k < PCIE_BARS; k++)
			assigned = assigned || t->fn[i].bar[k].base.v != 0U;
	}
	if (windows && !assigned) {
		host_program(t, h, first);
		return;
	}
	for (u32 i = first; i < t->count; i++)
		bars_check(t, h, i);
}
