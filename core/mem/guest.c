// SPDX-License-Identifier: Apache-2.0
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

/* The stretch of a page at @gpa, if the guest itself has @right there; NULL if not. */
static u8 *reach(struct s2 *s2, u64 gpa, u64 n, u32 right)
{
	struct pt_leaf leaf;

	if (n == 0U)
		return NULL;
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
	u64 pa;

	if (n == 0U || (gpa.v & PAGE_MASK) + n > PAGE_SIZE)
		return NULL;
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
