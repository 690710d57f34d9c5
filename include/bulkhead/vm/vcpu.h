/* SPDX-License-Identifier: Apache-2.0 */
/* A vcpu as common code sees it: its partition's memory and maps, its run state, its registers. */
#ifndef BULKHEAD_VM_VCPU_H
#define BULKHEAD_VM_VCPU_H

#include <bulkhead/arch/regs.h>
#include <bulkhead/arch/upcall.h>
#include <bulkhead/base/state.h>
#include <bulkhead/lib/types.h>
#include <bulkhead/mem/s2.h>
#include <bulkhead/vm/trap.h>

/* Why a vcpu does not run: a set (docs/design.md, section 4, decision 1). Empty: it may run. */
#define PARK_OFF 0x01U
#define PARK_PAGER 0x02U
#define PARK_SEND 0x04U
#define PARK_RESET 0x08U
#define PARK_DEBUG 0x10U
#define PARK_WINDOW 0x20U
#define PARK_BELL 0x40U /* of the lead: its partition's bells are to be looked at */

/* Accesses one instruction can make to emulated memory: two vector registers of 16 bytes. */
#define MMIO_PARTS_MAX 4U

/* An instruction that waits before its last access: what it has done already. */
struct mmio_progress {
	u64 pc, gpa; /* which instruction */
	u32 count;   /* its accesses */
	u32 done;    /* the first so many were answered; 0: none */
	u64 value[MMIO_PARTS_MAX];
};

struct vcpu {
	struct vcpu_arch *arch; /* its first word points back here (asm/vcpu.h) */
	u32 id;
	u32 partition;
	u32 cpu;                 /* logical CPU it is pinned to; all ones: none */
	u32 parked;              /* PARK_*, atomic */
	u32 power;               /* enum vcpu_power, atomic */
	u32 running;             /* atomic: its CPU is between a look at `parked` and its way out */
	bool shared;             /* its CPU has windows; written at boot */
	struct vcpu_start start; /* VCPU_ON_PENDING: where it will begin */
	u32 begun;               /* the same: how far its reset has come */
	struct s2 *s2;
	struct mmio_map *mmio;
	struct mmio_map *ports;
	struct mmio_progress mmio_progress;
	u64 exits[EXIT_CLASSES]; /* statistics, written by the CPU that runs it */
	enum trap_result last;   /* what ended the last vcpu_run() */
	struct exit stop;        /* the exit that stopped it, for the report */
};

/* What becomes of each field at a start (base/state.h). */
extern const struct state_field vcpu_fields[];
extern const u32 vcpu_field_count;

/*
 * Ties a vcpu to its arch part and starts it at @start. The memory of both is the caller's, from
 * boot on.
 */
int vcpu_init(struct vcpu *v, struct vcpu_arch *arch, u32 partition, u32 id, struct s2 *s2,
	      struct mmio_map *mmio, struct mmio_map *ports, const struct vcpu_start *start);

/* Runs @v on this CPU until it parks or stops; returns why. */
enum trap_result vcpu_go(struct vcpu *v);

/*
 * Adds reasons to park, or takes some away, and kicks (out of its window nobody feels it). Any CPU,
 * no lock. A vcpu has left the guest for good when `running` is 0 after it was parked.
 */
void vcpu_park(struct vcpu *v, u32 reasons);
void vcpu_unpark(struct vcpu *v, u32 reasons);

/*
 * Lets a vcpu that is off begin at @start, on its own CPU (PSCI CPU_ON). BH_EBUSY: it is on;
 * BH_EAGAIN: it was told so already and has not begun. Any CPU of its partition.
 */
int vcpu_on(struct vcpu *v, const struct vcpu_start *start);

/*
 * Makes a vcpu leave the guest and be off (INIT). 0: it is; BH_EAGAIN: it is on its way. Any other
 * CPU of its partition.
 */
int vcpu_stop(struct vcpu *v);

/*
 * Switches off the vcpu whose exit is being handled (PSCI CPU_OFF); the handler then answers
 * TRAP_PARK. It counts as on until it has left.
 */
void vcpu_off(struct vcpu *v);

#endif
