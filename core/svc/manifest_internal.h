/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manifest reader from the inside. One walk over the tree (manifest_tree.c) puts every value
 * that keeps its binding into a draft; what is left are the rules between nodes (manifest_cpu.c,
 * manifest_ram.c, manifest_device.c), which turn the draft into the configuration.
 */
#ifndef BULKHEAD_CORE_SVC_MANIFEST_INTERNAL_H
#define BULKHEAD_CORE_SVC_MANIFEST_INTERNAL_H

#include <bulkhead/svc/manifest.h>

#include "manifest_rules.h"

enum manifest_rule {
#define RULE_ENUM(rule, name, demand, hint) rule,
	MANIFEST_RULES(RULE_ENUM)
#undef RULE_ENUM
		RULES
};

/* The memory that takes what others leave. */
#define SIZE_REST (~0ULL)

/* A value that is judged later: @size bytes at @data, of property @name; NULL data: not there. */
struct draft_value {
	const u8 *data;
	u32 size;
	bool rest; /* "rest" instead of a list */
};

/* What every draft of a node begins with. */
struct draft_node {
	bool there;
	int offset; /* in the structure block, for messages */
	const char *name;
	u64 unit; /* PLACE_ANY: no unit address */
	u32 phandle;
	u64 seen;     /* properties, a bit a row of the table */
	u32 children; /* kinds, a bit each */
};

struct draft_group {
	struct draft_node n;
};

struct draft_root {
	struct draft_node n;
	u32 compatible;
	const char *model;
	u32 rollback;
};

struct draft_payload {
	struct draft_node n;
	const char *file;
};

struct draft_memory {
	struct draft_node n;
	u64 size;
	u64 place;
};

struct draft_kernel {
	struct draft_node n;
	const char *payload;
	u32 type;
	u64 load;
	u64 entry;
};

struct draft_shared {
	struct draft_node n;
	u32 region;
	u32 rights;
};

struct draft_partition {
	struct draft_node n;
	struct draft_value cpus;
	const char *bootargs;
	bool console;
	bool unprotected_dma;
	struct draft_value no_reset;
	struct draft_value lines;
	struct draft_value devices;
	struct draft_value registers_only;
	struct draft_value after;
	struct draft_value manages;
	struct draft_value firmware_pass;
	struct draft_value firmware_deny;
	struct draft_value ports;
	u64 tsc_frequency;
	struct draft_value cpu_show;
	struct draft_value cpu_hide;
	u32 on_failure;
	u32 on_event[HEALTH_EVENTS]; /* 0: as on_failure, or ignored; HEALTH_STOP has no word */
	u32 restarts_max;
	u32 restarts_then;
	u32 runs_in;
	u32 watchdog_ms;
	u32 deadline_us;
	u32 memory_count;
	struct draft_memory memory[PARTITION_MEMORY_MAX];
	struct draft_kernel kernel;
	struct draft_kernel ramdisk;
	u32 shared_count;
	struct draft_shared shared[PARTITION_ATTACH_MAX];
};

struct draft_region {
	struct draft_node n;
	u64 size;
	u64 place;
};

struct draft_channel {
	struct draft_node n;
	struct draft_value ends;
	u64 size;
	u64 address;
	u32 bells;
};

struct draft_schedule {
	struct draft_node n;
	struct draft_value cpus;
	struct draft_value windows;
	struct draft_value lengths;
	struct draft_value degraded_windows;
	struct draft_value degraded_lengths;
};

/* The windows of one mode: whose, and how long; and what the properties are called. */
struct draft_windows {
	struct draft_value owners;
	struct draft_value lengths;
	const char *owners_name;
	const char *lengths_name;
};

struct draft {
	struct draft_root root;
	struct draft_group group[5]; /* payloads, partitions, regions, channels, schedules */
	u32 payload_count;
	struct draft_payload payload[MANIFEST_PAYLOADS_MAX];
	u32 partition_count;
	struct draft_partition partition[PARTITIONS_MAX];
	u32 region_count;
	struct draft_region region[SYSTEM_REGIONS_MAX];
	u32 channel_count;
	struct draft_channel channel[SYSTEM_CHANNELS_MAX];
	u32 schedule_count;
	struct draft_schedule schedule[SYSTEM_SCHEDULES_MAX];
};

/* One reading of a manifest. */
struct manifest {
	const void *fdt;
	const struct manifest_board *board;
	struct draft *draft;
	struct system_config *out;
	struct manifest_refusal *why;
	manifest_sink_t sink;
	void *sink_ctx;
	u32 refusals;
};

/*
 * Notes that the node at @offset (negative: the whole tree) breaks @rule, in its @property unless
 * that is NULL.
 */
void manifest_refuse(struct manifest *m, enum manifest_rule rule, int offset, const char *property,
		     const char *fmt, ...) __printf(5, 6);

/* Number @index of a list of cells that has it. */
u32 draft_cell(const struct draft_value *v, u32 index);

/* The string behind @s in a list of strings that has it; NULL @s: the first. NULL: no more. */
const char *draft_string(const struct draft_value *list, const char *s);

/*
 * The walk: every node and property against the binding, the values into the draft. BH_EINVAL if
 * the tree cannot be walked; broken rules are only noted, and what they concern is left out.
 */
int manifest_walk(struct manifest *m);

/* Refuses @cpu, which the board does not have. */
void manifest_refuse_cpu(struct manifest *m, int offset, u32 cpu);

/* The CPUs that schedules name: they may have several owners. */
u64 manifest_schedule_cpus(const struct manifest *m);

/* The partition with @phandle, or PARTITIONS_MAX. */
u32 draft_partition_find(const struct draft *d, u32 phandle);

/* Steps between draft and configuration. Broken rules are noted. */
void manifest_partitions(struct manifest *m); /* names, CPUs, payloads, policy, order */
void manifest_schedules(struct manifest *m);  /* behind the partitions */
void manifest_devices(struct manifest *m);    /* before the memory: they take addresses too */
void manifest_memory(struct manifest *m);     /* RAM, regions, channels, addresses */

#endif
