/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stage-2 objects: a tree, its tag, and who may still use an old translation.
 *
 * A change of rights is: take the lock, change the tree, drop the lock, wait for the ticket. The
 * ticket is done when no CPU can use the old translation; frames and tables taken out stay
 * quarantined until then. A CPU that is not in the guest is not disturbed: it compares
 * generations before it enters (s2_enter). A CPU that is in the guest is kicked and acknowledges.
 * Whoever waits polls its own acknowledgements, so two CPUs that change rights at each other
 * both finish. Nothing waits while it holds the lock (docs/design.md, laws 7 and 8).
 */
#ifndef BULKHEAD_MEM_S2_H
#define BULKHEAD_MEM_S2_H

#include <bulkhead/base/lock.h>
#include <bulkhead/base/percpu.h>
#include <bulkhead/lib/pt.h>
#include <bulkhead/lib/types.h>

/* Stretches of RAM that are remembered beside the tables; of whatever more is mapped they say. */
#define S2_RAM_MAX 8U

/* RAM that is mapped in one piece, with the same rights to all of it, and where a window has it. */
struct s2_ram {
	u64 gpa, size;
	u64 whole; /* size, or 0 since s2_change() was asked to change some of it */
	u8 *va;
	u32 rights; /* PT_* */
};

struct s2 {
	struct spinlock lock; /* LOCK_STAGE2: tree, pool, jobs, overlay of its regions */
	struct pt pt;
	struct pt_pool pool; /* the quota of tables, carved at boot */
	u64 charged;         /* tables that the finest split of all that is mapped needs */
	u32 ram_count;
	struct s2_ram ram[S2_RAM_MAX]; /* by guest_ram_add(); `whole` is written under lock */
	u32 tag;
	u64 generation;            /* counts changes that need a flush; written under lock */
	u64 seen[CONFIG_MAX_CPUS]; /* generation each CPU has flushed for */
	u64 inside;                /* bit per CPU: runs a vcpu of this s2 now */
};

/*
 * A shootdown under way: valid until s2_ticket_done() said true. One stretch, or everything.
 */
struct s2_ticket {
	struct s2 *s2;
	u64 generation; /* 0: nothing to wait for */
};

/*
 * Boot: an empty tree for @gpa_bits of address with a quota of @tables tables, taken from the
 * frame allocator, and a tag of its own. BH_ENOMEM, BH_ERANGE (gpa_bits), BH_EOVERFLOW (tags).
 */
int s2_init(struct s2 *s2, u32 gpa_bits, u64 tables);

/*
 * Boot: maps [gpa, gpa + size) to @pa. @attr: PT_*. The quota is charged with the tables of the
 * finest split of the range, so that no later change of its rights can lack one: BH_ENOMEM if
 * they are not there. Other errors as pt_start().
 */
int s2_map(struct s2 *s2, gpa_t gpa, hpa_t pa, u64 size, u32 attr);

/*
 * Runs one change to its end in steps of at most 1,000 instructions, the lock dropped and
 * shootdowns waited for where the engine asks (break-before-make). On return @ticket is what is
 * left to wait for. Errors as pt_start(), and nothing was changed then.
 */
int s2_change(struct s2 *s2, const struct pt_change *want, struct s2_ticket *ticket);

/* The same, and between its steps interrupts are taken: for who holds no lock. */
int s2_change_open(struct s2 *s2, const struct pt_change *want, struct s2_ticket *ticket);

/* Is the ticket done? Acknowledges this CPU's own share first. Never blocks. */
bool s2_ticket_done(struct s2_ticket *t);

/* Waits for it, polling. Takes no lock; LOCK_STAGE2 and what is inside it may not be held. */
void s2_ticket_wait(struct s2_ticket *t);

/*
 * This CPU's own share of every shootdown under way: for the handler of IRQ_KICK, and inside
 * every loop that waits for another CPU. Takes no lock.
 */
void s2_poll(void);

/*
 * Around vcpu_run(), by vcpu_go() and nobody else: this CPU is about to run guests under @s2, or
 * has come back for good. s2_enter() flushes first if this CPU is behind the generation. Between
 * the two the CPU counts as inside whether it runs the guest or handles an exit of it: interrupts
 * are masked here, so a kick that comes meanwhile ends the next entry at once, and its handler
 * flushes and acknowledges. Entries and exits in between cost nothing.
 */
void s2_enter(struct s2 *s2);
void s2_leave(struct s2 *s2);

/* What maps @gpa: 0 or BH_ENOENT. Takes the lock. */
int s2_query(struct s2 *s2, gpa_t gpa, struct pt_leaf *out);

#endif
