/* SPDX-License-Identifier: Apache-2.0 */
/* A vcpu as common code sees it: its partition's memory and maps, its run state, its registers. */
#ifndef BULKHEAD_VM_VCPU_H
#define BULKHEAD_VM_VCPU_H

#include <bulkhead/arch/regs.h>
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

struct vcpu {
	struct vcpu_arch *arch; /* its first word points back here (asm/vcpu.h) */
	u32 id;
	u32 partition;
	u32 parked; /* PARK_*, atomic */
	struct s2 *s2;
	struct mmio_map *mmio;
	struct mmio_map *ports;
	u64 exits[EXIT_CLASSES]; /* statistics, written by the CPU that runs it */
	enum trap_result last;   /* what ended the last vcpu_run() */
	struct exit stop;        /* the exit that stopped it, for the report */
};

/*
 * Ties a vcpu to its arch part and starts it at @start. The memory of both is the caller's, from
 * boot on.
 */
int vcpu_init(struct vcpu *v, struct vcpu_arch *arch, u32 partition, u32 id, struct s2 *s2,
	      struct mmio_map *mmio, struct mmio_map *ports, const struct vcpu_start *start);

/* Runs @v on this CPU until it parks or stops; returns why. */
enum trap_result vcpu_go(struct vcpu *v);

#endif
