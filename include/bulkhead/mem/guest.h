/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory of guests as Bulkhead sees it. Frames are reached through windows made at boot, guest
 * addresses through stage 2, so that what a guest may not reach is not reached for it either.
 */
#ifndef BULKHEAD_MEM_GUEST_H
#define BULKHEAD_MEM_GUEST_H

#include <bulkhead/lib/types.h>
#include <bulkhead/mem/s2.h>

#define GUEST_WINDOWS_MAX 64U

/*
 * Boot: makes RAM [base, base + size) reachable and returns its first byte, or NULL: too many
 * windows, or mmu_map() has no room.
 */
void *guest_window(hpa_t base, u64 size);

/*
 * RAM of @size bytes at @base, which a window shows and @s2 maps to @gpa with @rights: it is found
 * there without a walk through the tables until s2_change() is asked to change any of it. At boot,
 * before others know of @s2; a stretch too many is found through the tables.
 */
void guest_ram_add(struct s2 *s2, gpa_t gpa, hpa_t base, u64 size, u32 rights);

/* All of the stretch at @gpa has the rights again that it was added with. Takes LOCK_STAGE2. */
void guest_ram_restore(struct s2 *s2, gpa_t gpa);

/*
 * Copies @n bytes, at most a page, from or to @gpa. BH_EFAULT, with nothing copied, where the
 * partition's own stage 2 does not let it read (write), or no window shows the frame; BH_EINVAL:
 * @n. Takes LOCK_STAGE2.
 */
int guest_read(struct s2 *s2, gpa_t gpa, void *to, u32 n);
int guest_write(struct s2 *s2, gpa_t gpa, const void *from, u32 n);

/* Looks at several places in a row. LOCK_STAGE2 is held from begin to end. */
struct guest_look {
	struct s2 *s2;
	struct pt_near near;
};

/* Takes and gives back LOCK_STAGE2 of @s2, which outlives the look; no other may begin between. */
void guest_look_begin(struct guest_look *l, struct s2 *s2);
void guest_look_end(struct guest_look *l);

/*
 * Where the @n bytes at @gpa, of one page, are in a window, if the guest may read them; else NULL.
 * Good to be read as long as s2->generation is what it was at the beginning. The guest writes
 * there as it likes: what is read is read once.
 */
const void *guest_look(struct guest_look *l, gpa_t gpa, u32 n);

/* The same, if the guest may write them; good to be written as long. */
void *guest_look_writable(struct guest_look *l, gpa_t gpa, u32 n);

#endif
