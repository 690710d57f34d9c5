/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partitions: built once from the system's configuration, then started, stopped and restarted.
 *
 * Building takes frames, tables and state from boot's allocators; nothing is allocated later.
 * A change of life (start, stop, restart) is a resumable job that the partition's own CPUs carry
 * out between two runs of its vcpus: whoever asks only leaves the wish and kicks.
 */
#ifndef BULKHEAD_VM_PARTITION_H
#define BULKHEAD_VM_PARTITION_H

#include <bulkhead/mem/region.h>
#include <bulkhead/mem/s2.h>
#include <bulkhead/vm/config.h>
#include <bulkhead/vm/vcpu.h>

enum partition_state {
	PARTITION_OFF,      /* built; nothing of it has run, or it was stopped */
	PARTITION_STARTING, /* scrubbed and loaded, on its own CPUs */
	PARTITION_RUNNING,
	PARTITION_STOPPING, /* its vcpus are leaving */
	PARTITION_FAILED,   /* could not go on; policy decides */
};

/* What is asked of a partition. */
enum partition_wish { WISH_NONE, WISH_START, WISH_STOP, WISH_RESTART, WISH_RESET_WARM };

struct virq;

struct partition {
	const struct partition_config *config;
	u32 id;
	u32 state;    /* enum partition_state; atomic, written by the job */
	u32 wish;     /* enum partition_wish; atomic, set by anybody */
	u32 starts;   /* how often it was started */
	u32 failures; /* since somebody marked it good */
	struct s2 s2;
	struct mmio_map mmio;
	struct mmio_map ports;
	struct virq *virq; /* its interrupt controller (arch/virq.h) */
	u32 region_count;
	struct region ram[PARTITION_MEMORY_MAX];
	u8 *window[PARTITION_MEMORY_MAX]; /* its RAM as Bulkhead sees it */
	u32 vcpu_count;
	struct vcpu *vcpu;
};

extern struct partition partitions[PARTITIONS_MAX];
extern u32 partition_count;

/*
 * Boot: builds partition @id of @system: claims its CPUs, RAM and tables, attaches its regions and
 * devices. On an error nothing of it runs and the log names the node; the others are not touched.
 */
int partition_build(const struct system_config *system, u32 id);

/*
 * Leaves a wish with @p and kicks its CPUs; returns at once. A later wish replaces an earlier one
 * that was not begun. Any CPU, no lock.
 */
void partition_ask(struct partition *p, enum partition_wish wish);

/*
 * A vcpu of @p cannot go on, or its guest asked for the power off (@why for the log): the other
 * vcpus leave, and the partition's policy decides. Called on the vcpu's CPU.
 */
void partition_fail(struct partition *p, const char *why);

/* Names a state, for logs. */
const char *partition_state_name(enum partition_state s);

#endif
