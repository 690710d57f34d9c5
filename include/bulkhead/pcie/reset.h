/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resets of the functions that one owner has, between two of its lives: a job in steps of at most
 * 1,000 instructions, whose waits are times at which to come back. Nothing of it is global: each
 * owner does its own, on its own time.
 *
 * A function goes down a ladder until one rung has reset it: function level reset (PCIe 6.0,
 * 6.6.2), that of conventional PCI (Advanced Capabilities ECN), D3hot and back where that forgets
 * (PCI PM 1.2, 5.4), a reset of the bus behind the bridge above (PCIe 6.0, 6.6.1). Then it holds in
 * configuration space what it held when the job was made, decodes nothing and masters nothing.
 */
#ifndef BULKHEAD_PCIE_RESET_H
#define BULKHEAD_PCIE_RESET_H

#include <bulkhead/pcie/pcie.h>

/* The rungs, in the order in which they are tried. */
enum pcie_reset_way {
	PCIE_RESET_FLR,
	PCIE_RESET_AF,
	PCIE_RESET_D3,
	PCIE_RESET_BUS, /* resets whatever is behind the bridge */
	PCIE_RESET_WAYS
};

/* Rows of the table of registers that a reset loses (drivers/pcie/reset_registers.c). */
#define PCIE_SAVED 42U

/* Pieces of memory in a function that its resets keep, and that are cleared after each. */
#define PCIE_MEMORIES 2U
struct pcie_memory {
	volatile u8 *at; /* NULL: there is none */
	u64 size;
};

/* A function, and what it is to hold after a reset. */
struct pcie_clean {
	const struct pcie_function *f;
	const struct pcie_host *h;
	u32 ways;    /* set of enum pcie_reset_way */
	bool accept; /* by its owner's leave: it is used though there is no way to reset it */
	bool done;   /* reset since the job was begun */
	u64 have;    /* set of rows that it has */
	u32 value[PCIE_SAVED];
	volatile u8 *registers; /* if there is any such memory, or might be */
	struct pcie_memory memory[PCIE_MEMORIES];
};

/* The job. What is not described is its own. */
struct pcie_reset {
	const struct pcie_tree *t;
	struct pcie_clean *fn;
	u32 count;
	u64 until; /* do not come back earlier (ticks of timer_now()) */
	u32 phase;
	u32 at;    /* function that is worked on */
	u32 way;   /* the rung it stands on */
	u32 left;  /* set of rungs not tried */
	u32 peer;  /* of those that this rung resets: the one looked at */
	u32 row;   /* register that is put back next */
	u64 limit; /* when patience ends */
	u64 bytes; /* of memory that are cleared */
	int err;   /* first of any function */
};

/*
 * Boot, before any of them was used: the job for the @count functions of one owner, which are
 * fn[i].f, with fn[i].accept; the rest of fn[] is filled in. What a function holds now is what it
 * will hold after each reset; memory in it that resets keep is mapped, for which the bridges above
 * must decode. @hosts as pcie_hosts() gives them. All of it must stay.
 */
void pcie_reset_init(struct pcie_reset *r, const struct pcie_tree *t, const struct pcie_host *hosts,
		     struct pcie_clean *fn, u32 count);

/* Logs why there is no way to reset fn[@i]. */
void pcie_reset_explain(const struct pcie_reset *r, u32 i);

/*
 * Begins, or begins anew wherever it was. Their owner does not run, and the IOMMUs refuse them:
 * bus mastering goes off first, but what is under way then goes nowhere.
 */
void pcie_reset_begin(struct pcie_reset *r);

/*
 * One step. BH_EAGAIN: there are more, not earlier than r->until. 0: every function is clean and
 * off. BH_EIO: the log names each one that is not; those are off as far as they listen, and must
 * not be used. Touches the functions and, for a bus reset, one bit of the bridge above them.
 */
int pcie_reset_step(struct pcie_reset *r);

/* "FLR", "AF FLR", "D3", "bus". */
const char *pcie_reset_way_name(u32 way);

/*
 * Could the bus behind the bridge above @f be reset without resetting what nobody can be asked
 * about: a bridge, or what runs the machine?
 */
bool pcie_reset_bus_possible(const struct pcie_tree *t, const struct pcie_function *f);

#endif
