// SPDX-License-Identifier: Apache-2.0
/*
 * The reset ladder, one function after the other, one configuration access or a few a step. Every
 * function of the owner is off before the first is reset, so that none of them sends anything to
 * another, and a reset of a bus meets nobody at work.
 */
#include <bulkhead/arch/timer.h>
#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>

#include "reset.h"

#define MS_PER_SECOND 1000U

/* Times in ms. What a specification gives is the least; patience is Bulkhead's. */
#define FLR_MS 100U      /* PCIe 6.0, 6.6.2 */
#define POWER_MS 10U     /* D3hot to D0 and back: PCI PM 1.2, 5.6.1 */
#define BUS_HOLD_MS 2U   /* PCIe 6.0, 7.5.1.3.13: at least 1 */
#define BUS_MS 100U      /* PCIe 6.0, 6.6.1 */
#define PENDING_MS 1000U /* completions time out before that: PCIe 6.0, 7.5.3.16 */
#define POLL_MS 10U
#define OPEN_MS 60000U
#define RETURN_MS 60000U /* some devices take that long to answer again */

enum phase {
	QUIET,   /* bus mastering and messages off, out of D3: every function */
	PENDING, /* until nothing is under way */
	TRIGGER,
	POWER_UP, /* it is in D3hot */
	RELEASE,  /* the bus is in reset */
	RETURN,   /* until whatever was reset answers as itself */
	RESTORE,
	OPEN, /* until memory that was not reset can be reached */
	CLEAR,
	NEXT,
	PHASES
};

/* Rungs that need a function without transactions under way. */
#define GENTLE (BIT(PCIE_RESET_FLR) | BIT(PCIE_RESET_AF) | BIT(PCIE_RESET_D3))

static const char *const way_names[PCIE_RESET_WAYS] = { "FLR", "AF FLR", "D3", "bus" };

const char *pcie_reset_way_name(u32 way)
{
	return way < PCIE_RESET_WAYS ? way_names[way] : "no";
}

/* ---- what may be tried ---- */

static bool behind(const struct pcie_function *f, const struct pcie_function *other)
{
	return f->parent != PCIE_NONE && f->host == other->host && f->parent == other->parent;
}

bool pcie_reset_bus_possible(const struct pcie_tree *t, const struct pcie_function *f)
{
	const struct pcie_function *up = f->parent == PCIE_NONE ? NULL : &t->fn[f->parent];

	for (u32 i = 0; up != NULL && i < up->child_count; i++) {
		const struct pcie_function *o = &t->fn[up->child_first + i];

		if (fn_bridge(o) || o->state != PCIE_OFF)
			return false;
	}
	return up != NULL;
}

/* A function behind the bridge above fn[@i] that is not among the owner's; NULL: there is none. */
static const struct pcie_function *stranger(const struct pcie_reset *r, u32 i)
{
	const struct pcie_function *f = r->fn[i].f;
	const struct pcie_function *up = f->parent == PCIE_NONE ? NULL : &r->t->fn[f->parent];

	for (u32 k = 0; up != NULL && k < up->child_count; k++) {
		const struct pcie_function *o = &r->t->fn[up->child_first + k];
		bool known = false;

		for (u32 n = 0; n < r->count; n++)
			known = known || r->fn[n].f == o;
		if (!known)
			return o;
	}
	return NULL;
}

static u32 ways_of(const struct pcie_reset *r, u32 i)
{
	const struct pcie_function *f = r->fn[i].f;
	u64 ways = 0;

	ways |= f->flr ? BIT(PCIE_RESET_FLR) : 0U;
	ways |= f->af_flr ? BIT(PCIE_RESET_AF) : 0U;
	ways |= f->pm_reset ? BIT(PCIE_RESET_D3) : 0U;
	if (pcie_reset_bus_possible(r->t, f) && stranger(r, i) == NULL)
		ways |= BIT(PCIE_RESET_BUS);
	return (u32)ways;
}

void pcie_reset_explain(const struct pcie_reset *r, u32 i)
{
	const struct pcie_function *f = r->fn[i].f, *other = stranger(r, i);
	char text[SBDF_TEXT], name[SBDF_TEXT];
	const bool bus = pcie_reset_bus_possible(r->t, f);
	const char *why = "another function of its bus stays: ";

	/* It is its memory, then, and the log has said so. */
	if (ways_of(r, i) != 0U)
		return;
	if (f->parent == PCIE_NONE)
		why = "no bridge is above it";
	else if (!bus)
		why = "a bridge, or what runs the machine, is on its bus";
	else if (other != NULL)
		(void)sbdf_text(name, other->sbdf);
	log_error("pcie: %s: no FLR, no AF FLR, no D3 reset, and %s%s", sbdf_text(text, f->sbdf),
		  why, bus && other != NULL ? name : "");
}

void pcie_reset_init(struct pcie_reset *r, const struct pcie_tree *t, const struct pcie_host *hosts,
		     struct pcie_clean *fn, u32 count)
{
	*r = (struct pcie_reset){ .t = t, .fn = fn, .count = count };
	for (u32 i = 0; i < count; i++) {
		fn[i].h = &hosts[fn[i].f->host];
		fn[i].done = false;
		fn[i].ways = ways_of(r, i);
		registers_save(&fn[i]);
		if (kept_find(&fn[i]) != 0)
			fn[i].ways = 0;
	}
}

/* ---- accesses ---- */

static u64 ticks(u32 ms)
{
	return timer_hz() / MS_PER_SECOND * ms;
}

static void wait(struct pcie_reset *r, u32 ms)
{
	r->until = timer_now() + ticks(ms);
}

static void phase_set(struct pcie_reset *r, u32 phase, u32 patience_ms)
{
	r->phase = phase;
	r->peer = 0;
	r->row = 0;
	r->bytes = 0;
	r->limit = timer_now() + ticks(patience_ms);
}

static u32 id_of(const struct pcie_function *f)
{
	return (u32)f->device << 16 | f->vendor;
}

/* All-ones: nobody answers. Vendor 1: not yet (PCIe 6.0, 2.3.2). */
static bool answers(const struct pcie_clean *c)
{
	return clean_read(c, PCI_ID, 4) == id_of(c->f);
}

/*
 * Half of an address that a reset takes away, and where: what keeps that was not reset. 0: it has
 * no address.
 */
static u32 witness(const struct pcie_function *f, u32 *value)
{
	for (u32 i = 0; i < PCIE_BARS; i++) {
		const struct pcie_bar *b = &f->bar[i];
		const bool low = ((u32)b->bus & PCI_BAR_MEMORY_MASK) != 0U;

		if (b->bus == 0U)
			continue;
		*value = low ? (u32)b->bus & PCI_BAR_MEMORY_MASK : (u32)(b->bus >> 32);
		return PCI_BAR0 + 4U * (low ? i : i + 1U);
	}
	return 0;
}

static void witness_put(const struct pcie_clean *c)
{
	u32 value, at = witness(c->f, &value);

	if (at != 0U)
		clean_write(c, at, 4, value);
}

static u32 witness_kept(const struct pcie_clean *c)
{
	u32 value, at = witness(c->f, &value);
	const bool kept = at != 0U && ((clean_read(c, at, 4) ^ value) & PCI_BAR_MEMORY_MASK) == 0U;

	return kept ? at : 0U;
}

/* Masters nothing, decodes nothing, sends no message, is in D0. True: it was not. */
static bool quiet(const struct pcie_clean *c)
{
	const u16 *cap = c->f->cap;
	u32 v;

	clean_write(c, PCI_COMMAND, 2, PCI_COMMAND_INTX_OFF);
	witness_put(c);
	if (cap[PCIE_MSI] != 0U) {
		v = clean_read(c, cap[PCIE_MSI] + PCI_MSI_CONTROL, 2);
		clean_write(c, cap[PCIE_MSI] + PCI_MSI_CONTROL, 2, v & ~PCI_MSI_ENABLE);
	}
	if (cap[PCIE_MSIX] != 0U) {
		v = clean_read(c, cap[PCIE_MSIX] + PCI_MSIX_CONTROL, 2);
		clean_write(c, cap[PCIE_MSIX] + PCI_MSIX_CONTROL, 2, v & ~PCI_MSIX_ENABLE);
	}
	if (cap[PCIE_PM] == 0U)
		return false;
	v = clean_read(c, cap[PCIE_PM] + PCI_PM_CONTROL, 2);
	if ((v & PCI_PM_STATE) == 0U)
		return false;
	clean_write(c, cap[PCIE_PM] + PCI_PM_CONTROL, 2, v & ~PCI_PM_VARYING);
	return true;
}

/* What shows it (PCIe 6.0, 7.5.3.5); conventional PCI shows nothing. */
static bool transactions_pending(const struct pcie_clean *c)
{
	const u16 *cap = c->f->cap;

	if (cap[PCIE_EXPRESS] != 0U)
		return (clean_read(c, cap[PCIE_EXPRESS] + PCIE_DEVSTA, 2) & PCIE_DEVSTA_PENDING) !=
		       0U;
	if (cap[PCIE_AF] != 0U)
		return (clean_read(c, cap[PCIE_AF] + PCI_AF_STATUS, 1) & PCI_AF_TRANSACTIONS) != 0U;
	return false;
}

static void bus_reset_set(const struct pcie_reset *r, bool on)
{
	const struct pcie_clean *c = &r->fn[r->at];
	const u32 bridge = fn_bdf(&r->t->fn[c->f->parent]);
	const u32 v = pcie_host_read(c->h, bridge, PCI_BRIDGE_CONTROL, 2);

	pcie_host_write(c->h, bridge, PCI_BRIDGE_CONTROL, 2,
			on ? v | PCI_BRIDGE_BUS_RESET : v & ~PCI_BRIDGE_BUS_RESET);
}

/* ---- down the ladder ---- */

/* This rung has not done it, for the reason that was logged; the next one, if there is any. */
static void rung_next(struct pcie_reset *r)
{
	struct pcie_clean *c = &r->fn[r->at];
	char text[SBDF_TEXT];

	r->left &= ~(u32)BIT(r->way);
	if (r->left != 0U) {
		phase_set(r, PENDING, PENDING_MS);
		return;
	}
	log_error("pcie: %s: not reset, stays off: every way it has was tried",
		  sbdf_text(text, c->f->sbdf));
	clean_write(c, PCI_COMMAND, 2, PCI_COMMAND_INTX_OFF);
	r->err = BH_EIO;
	phase_set(r, NEXT, 0);
}

static void rung_failed(struct pcie_reset *r, const struct pcie_clean *c, const char *what,
			u32 offset, u32 found)
{
	char text[SBDF_TEXT];

	log_warn("pcie: %s: %s reset: %s: register 0x%x holds 0x%x", sbdf_text(text, c->f->sbdf),
		 pcie_reset_way_name(r->way), what, offset, found);
	rung_next(r);
}

/* Is fn[@i] among those that this rung resets? */
static bool among(const struct pcie_reset *r, u32 i)
{
	return i == r->at || (r->way == (u32)PCIE_RESET_BUS && behind(r->fn[r->at].f, r->fn[i].f));
}

/* The next of them from r->peer on; r->count: that was the last. */
static u32 peer_next(const struct pcie_reset *r, u32 from)
{
	while (from < r->count && !among(r, from))
		from++;
	return from;
}

/* ---- phases: each a step ---- */

static void phase_quiet(struct pcie_reset *r)
{
	if (quiet(&r->fn[r->at]))
		wait(r, POWER_MS);
	r->at++;
	if (r->at < r->count)
		return;
	r->at = 0;
	r->left = r->fn[0].ways;
	phase_set(r, PENDING, PENDING_MS);
}

/* What does not end, or is not there, is left to the reset of its bus. */
static void phase_pending(struct pcie_reset *r)
{
	struct pcie_clean *c = &r->fn[r->at];
	char text[SBDF_TEXT];

	if (r->left == (u32)BIT(PCIE_RESET_BUS)) {
		phase_set(r, TRIGGER, 0);
	} else if (answers(c) && !transactions_pending(c)) {
		/* It may not have been there when it was told first. */
		if (quiet(c))
			wait(r, POWER_MS);
		phase_set(r, TRIGGER, 0);
	} else if (timer_now() < r->limit) {
		wait(r, POLL_MS);
	} else {
		log_warn("pcie: %s: does not come to rest: %s", sbdf_text(text, c->f->sbdf),
			 answers(c) ? "transactions pending" : "it does not answer");
		r->way = (u32)__builtin_ctz(r->left | (u32)BIT(PCIE_RESET_BUS));
		r->left &= ~(u32)GENTLE;
		if (r->left == 0U)
			rung_next(r);
		else
			phase_set(r, TRIGGER, 0);
	}
}

/* Without any way to reset it (accept) it is off, at rest, and holds its registers. */
static void phase_trigger(struct pcie_reset *r)
{
	const struct pcie_clean *c = &r->fn[r->at];
	const u16 *cap = c->f->cap;

	r->way = r->left == 0U ? (u32)PCIE_RESET_WAYS : (u32)__builtin_ctz(r->left);
	phase_set(r, RETURN, RETURN_MS);
	witness_put(c);
	switch (r->way) {
	case PCIE_RESET_FLR:
		clean_write(c, cap[PCIE_EXPRESS] + PCIE_DEVCTL, 2,
			    clean_read(c, cap[PCIE_EXPRESS] + PCIE_DEVCTL, 2) | PCIE_DEVCTL_FLR);
		wait(r, FLR_MS);
		break;
	case PCIE_RESET_AF:
		clean_write(c, cap[PCIE_AF] + PCI_AF_CONTROL, 1, PCI_AF_INITIATE);
		wait(r, FLR_MS);
		break;
	case PCIE_RESET_D3:
		clean_write(c, cap[PCIE_PM] + PCI_PM_CONTROL, 2, PCI_PM_D3HOT);
		wait(r, POWER_MS);
		r->phase = POWER_UP;
		break;
	case PCIE_RESET_BUS:
		bus_reset_set(r, true);
		wait(r, BUS_HOLD_MS);
		r->phase = RELEASE;
		break;
	default:
		r->phase = RESTORE;
		break;
	}
}

static void phase_power_up(struct pcie_reset *r)
{
	const struct pcie_clean *c = &r->fn[r->at];

	clean_write(c, c->f->cap[PCIE_PM] + PCI_PM_CONTROL, 2, 0);
	wait(r, POWER_MS);
	phase_set(r, RETURN, RETURN_MS);
}

static void phase_release(struct pcie_reset *r)
{
	bus_reset_set(r, false);
	wait(r, BUS_MS);
	phase_set(r, RETURN, RETURN_MS);
}

static void phase_return(struct pcie_reset *r)
{
	const u32 peer = peer_next(r, r->peer);
	const struct pcie_clean *c = &r->fn[peer];
	const u32 id = clean_read(c, PCI_ID, 4);
	u32 kept;

	if (id != id_of(c->f)) {
		const bool absent = (id & 0xffffU) == 0xffffU || (id & 0xffffU) <= 1U;

		if (absent && timer_now() < r->limit)
			wait(r, POLL_MS);
		else
			rung_failed(r, c, absent ? "it does not come back" : "another device came",
				    PCI_ID, id);
		return;
	}
	kept = witness_kept(c);
	if (kept != 0U) {
		rung_failed(r, c, "nothing was reset", kept, clean_read(c, kept, 4));
		return;
	}
	r->peer = peer_next(r, peer + 1U);
	if (r->peer == r->count)
		phase_set(r, RESTORE, 0);
}

static void phase_restore(struct pcie_reset *r)
{
	const u32 peer = peer_next(r, r->peer);
	struct pcie_clean *c = &r->fn[peer];
	const u32 bad = registers_restore(c, r->row, &r->row);

	if (bad != 0U) {
		rung_failed(r, c, "what it held does not come back", bad, clean_read(c, bad, 4));
		return;
	}
	if (r->row < PCIE_SAVED)
		return;
	c->done = true;
	r->row = 0;
	r->peer = peer_next(r, peer + 1U);
	if (r->peer == r->count)
		phase_set(r, OPEN, OPEN_MS);
}

/* The next of them from r->peer on that has memory. */
static void phase_open(struct pcie_reset *r)
{
	const u32 peer = peer_next(r, r->peer);
	const struct pcie_clean *c = &r->fn[peer];

	if (peer == r->count) {
		phase_set(r, NEXT, 0);
	} else if (c->memory[0].at == NULL && c->memory[1].at == NULL) {
		r->peer = peer + 1U;
	} else if (kept_open(c)) {
		r->peer = peer;
		r->phase = CLEAR;
	} else if (timer_now() < r->limit) {
		wait(r, POLL_MS);
	} else {
		kept_close(c);
		rung_failed(r, c, "its memory is not there", PCI_ID, clean_read(c, PCI_ID, 4));
	}
}

static void phase_clear(struct pcie_reset *r)
{
	const u32 peer = r->peer;

	if (!kept_clear(&r->fn[peer], &r->bytes))
		return;
	kept_close(&r->fn[peer]);
	phase_set(r, OPEN, OPEN_MS);
	r->peer = peer + 1U;
}

/* The next one that no reset of a bus has met yet. */
static void phase_next(struct pcie_reset *r)
{
	r->at++;
	if (r->at == r->count || r->fn[r->at].done)
		return;
	r->left = r->fn[r->at].ways;
	phase_set(r, PENDING, PENDING_MS);
}

static void (*const phases[PHASES])(struct pcie_reset *r) = {
	[QUIET] = phase_quiet,       [PENDING] = phase_pending, [TRIGGER] = phase_trigger,
	[POWER_UP] = phase_power_up, [RELEASE] = phase_release, [RETURN] = phase_return,
	[RESTORE] = phase_restore,   [OPEN] = phase_open,       [CLEAR] = phase_clear,
	[NEXT] = phase_next,
};

/* A reset that is under way is waited for. */
void pcie_reset_begin(struct pcie_reset *r)
{
	if (r->phase == (u32)RELEASE && r->at < r->count)
		phase_release(r);
	phase_set(r, QUIET, 0);
	r->at = 0;
	r->err = 0;
	for (u32 i = 0; i < r->count; i++)
		r->fn[i].done = false;
}

int pcie_reset_step(struct pcie_reset *r)
{
	if (r->at == r->count)
		return r->err;
	if (timer_now() >= r->until)
		phases[r->phase](r);
	return r->at == r->count ? r->err : BH_EAGAIN;
}
