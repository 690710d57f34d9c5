// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/mem/guest.h>

struct window {
	u64 base;
	u64 size;
	u8 *va;
};

/* Written at boot only. */
static struct window windows[GUEST_WINDOWS_MAX];
static u32 count;

void *guest_window(hpa_t base, u64 size)
{
	void *va;

	if (count == GUEST_WINDOWS_MAX) {
		log_error("memory at 0x%llx: more than %u windows to guests",
			  (unsigned long long)base.v, GUEST_WINDOWS_MAX);
		return NULL;
	}
	va = mmu_map(base, size, MMU_RAM_RW);
	if (va != NULL) {
		windows[count] = (struct window){ .base = base.v, .size = size, .va = va };
		count++;
	}
	return va;
}

static u8 *frame_at(hpa_t pa, u64 n)
{
	for (u32 i = 0; i < count; i++) {
		if (range_inside(pa.v, n, windows[i].base, windows[i].size))
			return windows[i].va + (pa.v - windows[i].base);
	}
	return NULL;
}

void guest_ram_add(struct s2 *s2, gpa_t gpa, hpa_t base, u64 size, u32 rights)
{
	u8 *va = frame_at(base, size);

	if (va == NULL || s2->ram_count == S2_RAM_MAX)
		return;
	s2->ram[s2->ram_count] = (struct s2_ram){
		.gpa = gpa.v, .size = size, .whole = size, .va = va, .rights = rights
	};
	s2->ram_count++;
}

void guest_ram_restore(struct s2 *s2, gpa_t gpa)
{
	spin_lock(&s2->lock);
	for (u32 i = 0; i < s2->ram_count; i++) {
		if (s2->ram[i].gpa == gpa.v)
			write_once(s2->ram[i].whole, s2->ram[i].size);
	}
	spin_unlock(&s2->lock);
}

/* Where the @n bytes at @gpa are, if that is known without the tables. */
static inline u8 *ram_at(const struct s2 *s2, u64 gpa, u64 n, u32 right)
{
	for (u32 i = 0; i < s2->ram_count; i++) {
		const struct s2_ram *r = &s2->ram[i];
		const u64 whole = read_once(r->whole);
		const u64 at = gpa - r->gpa;

		if (at < whole && n <= whole - at)
			return (r->rights & right) != 0U ? r->va + at : NULL;
	}
	return NULL;
}

/* The stretch of a page at @gpa, if the guest itself has @right there; NULL if not. */
static u8 *reach(struct s2 *s2, u64 gpa, u64 n, u32 right)
{
	struct pt_leaf leaf;
	u8 *at;

	if (n == 0U)
		return NULL;
	at = ram_at(s2, gpa, n, right);
	if (at != NULL)
		return at;
	if (s2_query(s2, GPA(gpa), &leaf) != 0 || (leaf.attr & right) == 0U)
		return NULL;
	return frame_at(leaf.pa, n);
}

/* An access in at most two pieces, both reached before either is touched. */
struct pieces {
	u8 *at[2];
	u32 n[2];
};

static int pieces_find(struct s2 *s2, gpa_t gpa, u32 n, u32 right, struct pieces *p)
{
	const u32 room = (u32)(PAGE_SIZE - (gpa.v & PAGE_MASK));

	if (n == 0U || n > PAGE_SIZE)
		return BH_EINVAL;
	p->n[0] = n < room ? n : room;
	p->n[1] = n - p->n[0];
	p->at[0] = reach(s2, gpa.v, p->n[0], right);
	p->at[1] = reach(s2, gpa.v + p->n[0], p->n[1], right);
	if (p->at[0] == NULL || (p->at[1] == NULL && p->n[1] != 0U))
		return BH_EFAULT;
	return 0;
}

int guest_read(struct s2 *s2, gpa_t gpa, void *to, u32 n)
{
	struct pieces p;
	const int err = pieces_find(s2, gpa, n, PT_R, &p);

	if (err != 0)
		return err;
	memcpy(to, p.at[0], p.n[0]);
	if (p.n[1] != 0U)
		memcpy((u8 *)to + p.n[0], p.at[1], p.n[1]);
	return 0;
}

int guest_write(struct s2 *s2, gpa_t gpa, const void *from, u32 n)
{
	struct pieces p;
	const int err = pieces_find(s2, gpa, n, PT_W, &p);

	if (err != 0)
		return err;
	memcpy(p.at[0], from, p.n[0]);
	if (p.n[1] != 0U)
		memcpy(p.at[1], (const u8 *)from + p.n[0], p.n[1]);
	return 0;
}

void guest_look_begin(struct guest_look *l, struct s2 *s2)
{
	*l = (struct guest_look){ .s2 = s2 };
	spin_lock(&s2->lock);
}

void guest_look_end(struct guest_look *l)
{
	spin_unlock(&l->s2->lock);
}

static u8 *look(struct guest_look *l, gpa_t gpa, u32 n, u32 right)
{
	u8 *at;
	u64 pa;

	if (n == 0U || (gpa.v & PAGE_MASK) + n > PAGE_SIZE)
		return NULL;
	at = ram_at(l->s2, gpa.v, n, right);
	if (at != NULL)
		return at;
	pa = pt_reach(&l->s2->pt, gpa.v, right, &l->near);
	return pa != PT_NONE ? frame_at(HPA(pa), n) : NULL;
}

const void *guest_look(struct guest_look *l, gpa_t gpa, u32 n)
{
	return look(l, gpa, n, PT_R);
}

void *guest_look_writable(struct guest_look *l, gpa_t gpa, u32 n)
{
	return look(l, gpa, n, PT_W);
}
