/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A system as plain data: what a manifest says, checked whole. The manifest reader
 * (core/svc/manifest) fills it in at boot; partitions are built from it and from nothing else.
 *
 * Strings and lists live as long as Bulkhead runs (in the verified private tree) and are
 * read-only. Numbers of partitions, regions and channels are indices in manifest order.
 */
#ifndef BULKHEAD_VM_CONFIG_H
#define BULKHEAD_VM_CONFIG_H

#include <bulkhead/arch/firmware.h>
#include <bulkhead/arch/vplat.h>
#include <bulkhead/lib/types.h>

#define PARTITIONS_MAX 16U
#define PARTITION_MEMORY_MAX VPLAT_MEMORY_MAX
#define PARTITION_ATTACH_MAX 8U
#define DEVICE_RANGES_MAX 4U
#define DEVICE_IRQS_MAX 8U
#define DEVICE_STREAMS_MAX 4U
#define SYSTEM_DEVICES_MAX 128U
#define SYSTEM_REGIONS_MAX 32U
#define SYSTEM_CHANNELS_MAX 32U
#define SYSTEM_SCHEDULES_MAX 8U
#define SCHEDULE_WINDOWS_MAX 16U

/* Where memory lies is Bulkhead's choice; where a guest sees it is the default of the machine. */
#define PLACE_ANY (~0ULL)

struct payload_config {
	const char *name; /* of the payload in the system image; NULL: none */
	enum payload_type type;
	u64 load;  /* gpa, or PLACE_ANY: as the type says */
	u64 entry; /* gpa, or PLACE_ANY: the first byte, or what the payload says */
};

/* RAM of a partition: one chunk. */
struct memory_config {
	gpa_t gpa;
	u64 size;
	u64 place; /* hpa, or PLACE_ANY */
};

/* A region shared with others, as this partition sees it. */
struct attach_config {
	u32 region;
	gpa_t gpa;
	u32 rights; /* PT_R, PT_W, PT_X */
};

struct device_range {
	hpa_t base;
	gpa_t gpa;
	u64 size;
};

/* A device of the board handed to one partition. */
struct device_config {
	const char *path; /* in the board's devicetree, or "pci:" and the address of a function */
	bool pci;
	pci_sbdf_t function;
	u32 range_count;
	struct device_range range[DEVICE_RANGES_MAX];
	u32 irq_count;
	struct {
		u32 intid; /* INTID or GSI: the same number in the guest */
		bool level;
	} irq[DEVICE_IRQS_MAX];
	u32 stream_count;
	struct {
		hpa_t iommu; /* base of its registers, as in struct machine_iommu */
		u32 id;      /* what its DMA is known by there */
	} stream[DEVICE_STREAMS_MAX];
	bool unprotected_dma; /* bulkhead,unprotected-dma: gpa = hpa, named at every boot */
	u32 line;             /* bulkhead,lines: what its pin asserts; 0: nobody says */
	bool no_reset;        /* bulkhead,no-reset: it may go without one, named at every boot */
};

/* What runs: all of it, or what is left when a partition that counts has failed for good. */
enum system_mode { MODE_NORMAL, MODE_DEGRADED, SYSTEM_MODES };

/* What is done when a partition cannot go on. */
enum failure_action { FAILURE_HALT, FAILURE_RESTART, FAILURE_DEGRADE, FAILURE_IGNORE };

/* What may be wrong with a partition. */
enum health_event {
	HEALTH_STOP,     /* a vcpu cannot go on */
	HEALTH_ERROR,    /* hardware reported an error while it ran (SError, machine check) */
	HEALTH_DEADLINE, /* it did not report within `deadline_us` of the start of a window */
	HEALTH_WATCHDOG, /* it did not report for `watchdog_ms` */
	HEALTH_DMA,      /* a device of it was refused memory by an IOMMU */
	HEALTH_EVENTS
};

/* I/O ports of the machine that a partition's guest reaches itself; both ends included. */
#define PARTITION_PORTS_MAX 8U
struct port_config {
	u16 first, last;
};

struct partition_config {
	const char *name;
	u64 cpus; /* set of logical CPUs; vcpu n is pinned to the nth of them, lowest first */
	u32 vcpu_count;
	u32 memory_count;
	struct memory_config memory[PARTITION_MEMORY_MAX];
	struct payload_config kernel;
	struct payload_config ramdisk;
	const char *bootargs; /* "" if none */
	bool console;         /* a virtual UART on the console multiplexer */
	u32 attach_count;
	struct attach_config attach[PARTITION_ATTACH_MAX];
	u32 device_count;
	const struct device_config *device; /* the first of them, in the system's list */
	u64 after;                          /* set of partitions that are started before this one */
	u64 manages;                        /* set of partitions it may start, stop and restart */
	u32 not_in;                         /* set of enum system_mode it does not run in */
	enum failure_action action[HEALTH_EVENTS];
	u32 restarts_max; /* FAILURE_RESTART: then it is halted, or the system degraded */
	bool degrade;     /* once it is halted by a failure, the system is degraded */
	u32 watchdog_ms;  /* 0: none */
	u32 deadline_us;  /* 0: none */
	struct firmware_filter firmware; /* rules for its guest's firmware calls */
	u32 port_count;
	struct port_config port[PARTITION_PORTS_MAX];
	u64 tsc_hz;             /* PCs: of its TSC; 0: the machine's */
	u64 cpu_show, cpu_hide; /* sets of vplat.cpu_feature; none is in both */
};

/* How @c sees region @region; NULL: it does not. */
static inline const struct attach_config *attach_find(const struct partition_config *c, u32 region)
{
	for (u32 i = 0; i < c->attach_count; i++) {
		if (c->attach[i].region == region)
			return &c->attach[i];
	}
	return NULL;
}

/* RAM that partitions share; nobody's own. */
struct region_config {
	const char *name;
	u64 size;
	u64 place; /* hpa, or PLACE_ANY */
};

#define CHANNEL_BELLS_DEFAULT 10000U

/* Two partitions, a shared region and a doorbell each way. */
struct channel_config {
	const char *name;
	u32 region;       /* attached to both */
	u32 partition[2]; /* the ends */
	u32 intid[2];     /* the interrupt that end n gets when end 1 - n rings */
	u32 bells;        /* a second that an end hears at most; 0: CHANNEL_BELLS_DEFAULT */
};

/* A stretch of a major frame; @partition PARTITIONS_MAX: nobody's. */
struct window_config {
	u32 partition;
	u32 us;
};

/* One after the other, then again; their sum is the major frame. */
struct window_list {
	u32 count;
	struct window_config window[SCHEDULE_WINDOWS_MAX];
};

/* How partitions share CPUs. */
struct schedule_config {
	const char *name;
	u64 cpus;                              /* each of them follows it, in step */
	struct window_list mode[SYSTEM_MODES]; /* MODE_DEGRADED without windows: as normal */
};

struct system_config {
	const char *name;
	u32 partition_count;
	struct partition_config partition[PARTITIONS_MAX];
	u32 device_count; /* of all partitions */
	struct device_config device[SYSTEM_DEVICES_MAX];
	u32 region_count;
	struct region_config region[SYSTEM_REGIONS_MAX];
	u32 channel_count;
	struct channel_config channel[SYSTEM_CHANNELS_MAX];
	u32 schedule_count;
	struct schedule_config schedule[SYSTEM_SCHEDULES_MAX];
};

/* How CPU @cpu is shared; NULL: it is not. */
static inline const struct schedule_config *schedule_find(const struct system_config *s, u32 cpu)
{
	for (u32 i = 0; i < s->schedule_count; i++) {
		if ((s->schedule[i].cpus & BIT(cpu)) != 0U)
			return &s->schedule[i];
	}
	return NULL;
}

#endif
