// SPDX-License-Identifier: Apache-2.0
/*
 * Free memory is a short sorted list of ranges: what it costs to make depends on how many ranges
 * the machine has, never on how large they are.
 */
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/lock.h>
#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/mem/frame.h>

/*
 * Below it lies what firmware and CPUs that are being started use on some machines (interrupt
 * vectors, trampolines, spin tables) and do not always declare.
 */
#define FRAME_LOWEST MIB(1)

static struct spinlock lock = SPINLOCK_INIT(LOCK_FRAME);
static struct machine_range list[FRAME_RANGES_MAX];
static u32 count;
static u64 total;
static bool closed;

static void list_delete(u32 at)
{
	count--;
	for (u32 i = at; i < count; i++)
		list[i] = list[i + 1U];
}

static void list_insert(u32 at, u64 base, u64 size)
{
	for (u32 i = count; i > at; i--)
		list[i] = list[i - 1U];
	list[at] = (struct machine_range){ .base = HPA(base), .size = size };
	count++;
}

static u32 list_smallest(void)
{
	u32 at = 0;

	for (u32 i = 1; i < count; i++) {
		if (list[i].size < list[at].size)
			at = i;
	}
	return at;
}

/* Adds a range behind all others; a full list gives up the smallest of all. */
static int list_add(u64 base, u64 size)
{
	int err = 0;

	if (size == 0U)
		return 0;
	if (count == FRAME_RANGES_MAX) {
		const u32 at = list_smallest();
		const bool self = list[at].size >= size;
		const u64 lost = self ? base : list[at].base.v;

		log_warn("memory at 0x%llx, %llu KiB, stays unused: more than %u free ranges",
			 (unsigned long long)lost,
			 (unsigned long long)((self ? size : list[at].size) >> 10),
			 FRAME_RANGES_MAX);
		err = trace_error(BH_EOVERFLOW);
		if (self)
			return err;
		list_delete(at);
	}
	list_insert(count, base, size);
	return err;
}

/* Lowest taken range that begins below @end and ends above @base: reserved memory or the image. */
static bool next_taken(const struct machine *m, u64 base, u64 end, u64 *from, u64 *to)
{
	const u64 image = ALIGN_DOWN(mmu_image_base().v, PAGE_SIZE);
	const u64 image_end = ALIGN_UP(mmu_image_base().v + mmu_image_size(), PAGE_SIZE);
	bool found = false;

	*from = end;
	for (u32 i = 0; i <= m->reserved_count; i++) {
		const struct machine_range *r = &m->reserved[i];
		const bool last = i == m->reserved_count;
		const u64 lo = last ? image : ALIGN_DOWN(r->base.v, PAGE_SIZE);
		const u64 hi = last ? image_end : ALIGN_UP(r->base.v + r->size, PAGE_SIZE);

		if (lo < *from && hi > base) {
			*from = lo;
			*to = hi;
			found = true;
		}
	}
	return found;
}

static int add_ram(const struct machine *m, const struct machine_range *ram)
{
	const u64 end = ALIGN_DOWN(ram->base.v + ram->size, PAGE_SIZE);
	u64 base = ALIGN_UP(ram->base.v, PAGE_SIZE);
	int first_err = 0;

	base = base < FRAME_LOWEST ? FRAME_LOWEST : base;
	while (base < end) {
		u64 from = end;
		u64 to = end;
		int err;

		(void)next_taken(m, base, end, &from, &to);
		err = from > base ? list_add(base, from - base) : 0;
		first_err = first_err == 0 ? err : first_err;
		base = to;
	}
	return first_err;
}

int frame_init(const struct machine *m)
{
	int first_err = 0;

	count = 0;
	closed = false;
	for (u32 i = 0; i < m->ram_count; i++) {
		const int err = add_ram(m, &m->ram[i]);

		first_err = first_err == 0 ? err : first_err;
	}
	total = frame_free_bytes();
	return first_err;
}

/* Takes [base, base + size) out of range @at, which has it. False if the list has no room. */
static bool cut(u32 at, u64 base, u64 size)
{
	struct machine_range *r = &list[at];
	const u64 before = base - r->base.v;
	const u64 after = r->size - before - size;

	if (before != 0U && after != 0U) {
		if (count == FRAME_RANGES_MAX)
			return false;
		list_insert(at + 1U, base + size, after);
		list[at].size = before;
	} else if (before != 0U) {
		r->size = before;
	} else if (after != 0U) {
		r->base = HPA(base + size);
		r->size = after;
	} else {
		list_delete(at);
	}
	return true;
}

static int alloc_locked(u64 size, u64 align, hpa_t *out)
{
	if (closed)
		return BH_EPERM;
	for (u32 i = 0; i < count; i++) {
		const u64 base = ALIGN_UP(list[i].base.v, align);

		if (range_inside(base, size, list[i].base.v, list[i].size) && cut(i, base, size)) {
			*out = HPA(base);
			return 0;
		}
	}
	return BH_ENOMEM;
}

static int claim_locked(u64 base, u64 size)
{
	if (closed)
		return BH_EPERM;
	for (u32 i = 0; i < count; i++) {
		if (range_inside(base, size, list[i].base.v, list[i].size))
			return cut(i, base, size) ? 0 : BH_EOVERFLOW;
	}
	return BH_EBUSY;
}

int frame_alloc(u64 size, u64 align, hpa_t *out)
{
	int err;

	if (size == 0U || !IS_ALIGNED(size, PAGE_SIZE) || !IS_ALIGNED(align, PAGE_SIZE) ||
	    align == 0U || (align & (align - 1U)) != 0U)
		return trace_error(BH_EINVAL);
	spin_lock(&lock);
	err = alloc_locked(size, align, out);
	spin_unlock(&lock);
	return err == 0 ? 0 : trace_error(err);
}

int frame_claim(hpa_t base, u64 size)
{
	int err;

	if (size == 0U || !IS_ALIGNED(base.v | size, PAGE_SIZE))
		return trace_error(BH_EINVAL);
	spin_lock(&lock);
	err = claim_locked(base.v, size);
	spin_unlock(&lock);
	return err == 0 ? 0 : trace_error(err);
}

void frame_close(void)
{
	spin_lock(&lock);
	closed = true;
	spin_unlock(&lock);
}

u32 frame_free_ranges(struct machine_range *out, u32 max)
{
	u32 n;

	spin_lock(&lock);
	n = count < max ? count : max;
	for (u32 i = 0; i < n; i++)
		out[i] = list[i];
	spin_unlock(&lock);
	return n;
}

u64 frame_free_bytes(void)
{
	u64 n = 0;

	spin_lock(&lock);
	for (u32 i = 0; i < count; i++)
		n += list[i].size;
	spin_unlock(&lock);
	return n;
}

u64 frame_total_bytes(void)
{
	return total;
}
