/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exits in common code: one handler a class, and the maps that say who answers an address.
 *
 * A trap's life: hardware exit -> arch decode (arch/exit.h) -> fast hypercalls from the short
 * frame, all else by class -> a map lookup without a lock -> the handler -> a trap_result that the
 * architecture carries out. docs/architecture.md walks one through.
 */
#ifndef BULKHEAD_VM_TRAP_H
#define BULKHEAD_VM_TRAP_H

#include <bulkhead/arch/exit.h>
#include <bulkhead/arch/mmio.h>
#include <bulkhead/arch/regs.h>
#include <bulkhead/lib/types.h>

struct vcpu;

/* Who answers [base, base + size): guest physical addresses, or ports. */
struct mmio_range {
	u64 base;
	u64 size;
	mmio_fn fn;
	void *ctx;
};

#define MMIO_RANGES_MAX 64U

/*
 * Answers an access of 1, 2, 4 or 8 bytes at @offset of a range, as an mmio_fn does, in few
 * instructions and without a look at the guest's registers: TRAP_RESUME or TRAP_RETRY. What @value
 * holds beyond @size bytes means nothing.
 */
typedef enum trap_result (*mmio_brief_fn)(void *ctx, u32 offset, u32 size, bool write, u64 *value);

/*
 * A map: an immutable, sorted snapshot. Readers find ranges without a lock between
 * mmio_map_read_begin() and mmio_map_read_end(); a writer publishes a new snapshot and waits until
 * no CPU can still read the old one (epochs). A range and its handler are therefore in use by
 * nobody once mmio_map_remove() has returned; and a handler must not change the map it is in.
 */
struct mmio_snapshot {
	u32 count;
	struct mmio_range range[MMIO_RANGES_MAX];
};

struct mmio_map {
	struct mmio_snapshot *current; /* read with acquire */
	struct mmio_snapshot copy[2];
	u64 epoch;
	bool floats; /* boot: where nobody is, reads give all ones, writes nothing; else a fault */
	u32 found;   /* place of the range that was found last, by any CPU: looked at first */
	u64 reading[CONFIG_MAX_CPUS]; /* 0: not reading; else the epoch it began in */
	struct {
		u64 base, size; /* size 0: none */
		mmio_brief_fn fn;
		void *ctx;
	} brief;
};

/* Boot: a map without ranges. Nobody reads it yet. */
void mmio_map_init(struct mmio_map *m);

/*
 * Adds or takes away a range. BH_EEXIST: overlaps; BH_EOVERFLOW: full; BH_EINVAL: empty or wraps;
 * BH_ENOENT: no such range. One writer at a time (LOCK_MMIO_MAP is the caller's).
 */
int mmio_map_add(struct mmio_map *m, const struct mmio_range *r);
int mmio_map_remove(struct mmio_map *m, u64 base);

/*
 * Boot: adds the range that is also answered from the short frame (upcall_mmio()), by @brief, and
 * stays. At most 4 GiB, one a map.
 */
int mmio_map_add_brief(struct mmio_map *m, const struct mmio_range *r, mmio_brief_fn brief);

/* The range that holds all of [addr, addr + size), or NULL. Between begin and end of a read. */
void mmio_map_read_begin(struct mmio_map *m);
const struct mmio_range *mmio_map_find(struct mmio_map *m, u64 addr, u32 size);
void mmio_map_read_end(struct mmio_map *m);

/*
 * A hypercall handler: call[0] is the number, call[1..6] the arguments, results in call[0..1].
 * The table of operations is core/vm/hypercall.c; one that is not there answers UCALL_ENOSYS.
 */
typedef enum trap_result (*hypercall_fn)(struct vcpu *v, u64 *call);

/* Boot: @fn answers operation @op (UCALL_OP_*) of the partitions' guests. */
void hypercall_add(u32 op, hypercall_fn fn);

#endif
