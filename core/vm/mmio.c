// SPDX-License-Identifier: Apache-2.0
/*
 * Two snapshots a map: the current one, and one nobody reads.
 *
 * A reader notes the epoch, then takes the current snapshot; a writer publishes a snapshot, then
 * looks who has noted an epoch from before. Both with full ordering, so a reader that the writer
 * does not see takes the new snapshot.
 */
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/mem/s2.h>
#include <bulkhead/vm/trap.h>

void mmio_map_init(struct mmio_map *m)
{
	memset(m, 0, sizeof(*m));
	m->current = &m->copy[0];
	m->epoch = 1;
}

/* The CPU's own share of shootdowns is polled: a reader may be waiting for it. */
static void wait_readers(struct mmio_map *m, u64 epoch)
{
	for (u32 i = 0; i < CONFIG_MAX_CPUS; i++) {
		u64 since = __atomic_load_n(&m->reading[i], __ATOMIC_SEQ_CST);

		while (since != 0U && since <= epoch) {
			s2_poll();
			cpu_relax();
			since = __atomic_load_n(&m->reading[i], __ATOMIC_SEQ_CST);
		}
	}
}

static void publish(struct mmio_map *m, struct mmio_snapshot *next)
{
	const u64 epoch = m->epoch;

	__atomic_store_n(&m->current, next, __ATOMIC_SEQ_CST);
	__atomic_store_n(&m->epoch, epoch + 1U, __ATOMIC_SEQ_CST);
	wait_readers(m, epoch);
}

static struct mmio_snapshot *spare(struct mmio_map *m)
{
	return m->current == &m->copy[0] ? &m->copy[1] : &m->copy[0];
}

/* First range that ends above @addr; s->count if there is none. */
static u32 lower_bound(const struct mmio_snapshot *s, u64 addr)
{
	u32 lo = 0;
	u32 hi = s->count;

	while (lo < hi) {
		const u32 mid = (lo + hi) / 2U;

		if (s->range[mid].base + (s->range[mid].size - 1U) < addr)
			lo = mid + 1U;
		else
			hi = mid;
	}
	return lo;
}

int mmio_map_add(struct mmio_map *m, const struct mmio_range *r)
{
	const struct mmio_snapshot *old = m->current;
	struct mmio_snapshot *next = spare(m);
	u32 at;

	if (r->size == 0U || r->base + (r->size - 1U) < r->base || r->fn == NULL)
		return trace_error(BH_EINVAL);
	at = lower_bound(old, r->base);
	if (at < old->count && old->range[at].base <= r->base + (r->size - 1U))
		return trace_error(BH_EEXIST);
	if (old->count == MMIO_RANGES_MAX)
		return trace_error(BH_EOVERFLOW);
	memcpy(next->range, old->range, at * sizeof(*r));
	next->range[at] = *r;
	memcpy(&next->range[at + 1U], &old->range[at], (old->count - at) * sizeof(*r));
	next->count = old->count + 1U;
	publish(m, next);
	return 0;
}

int mmio_map_add_brief(struct mmio_map *m, const struct mmio_range *r, mmio_brief_fn brief)
{
	const int err = mmio_map_add(m, r);

	if (err != 0)
		return err;
	m->brief.base = r->base;
	m->brief.size = r->size;
	m->brief.fn = brief;
	m->brief.ctx = r->ctx;
	return 0;
}

int mmio_map_remove(struct mmio_map *m, u64 base)
{
	const struct mmio_snapshot *old = m->current;
	struct mmio_snapshot *next = spare(m);
	const u32 at = lower_bound(old, base);

	if (at == old->count || old->range[at].base != base)
		return trace_error(BH_ENOENT);
	memcpy(next->range, old->range, at * sizeof(next->range[0]));
	memcpy(&next->range[at], &old->range[at + 1U],
	       (old->count - at - 1U) * sizeof(next->range[0]));
	next->count = old->count - 1U;
	publish(m, next);
	return 0;
}

void mmio_map_read_begin(struct mmio_map *m)
{
	const u64 epoch = load_acquire(&m->epoch);

	__atomic_store_n(&m->reading[this_cpu()->id], epoch, __ATOMIC_SEQ_CST);
}

void mmio_map_read_end(struct mmio_map *m)
{
	store_release(&m->reading[this_cpu()->id], 0U);
}

const struct mmio_range *mmio_map_find(struct mmio_map *m, u64 addr, u32 size)
{
	const struct mmio_snapshot *s = __atomic_load_n(&m->current, __ATOMIC_SEQ_CST);
	u32 at = __atomic_load_n(&m->found, __ATOMIC_RELAXED);

	if (at < s->count && range_inside(addr, size, s->range[at].base, s->range[at].size))
		return &s->range[at];
	at = lower_bound(s, addr);
	if (at == s->count || !range_inside(addr, size, s->range[at].base, s->range[at].size))
		return NULL;
	__atomic_store_n(&m->found, at, __ATOMIC_RELAXED);
	return &s->range[at];
}
