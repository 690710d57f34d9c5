/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partitions: built once from the system's configuration, then started, stopped and restarted.
 *
 * Building takes frames, tables and state from boot's allocators; nothing is allocated later.
 * A change of life (start, stop, restart) is a resumable job that the CPU of the partition's
 * vcpu 0 carries out between two runs of guests: whoever asks only leaves the wish and kicks.
 */
#ifndef BULKHEAD_VM_PARTITION_H
#define BULKHEAD_VM_PARTITION_H

#include <bulkhead/base/state.h>
#include <bulkhead/lib/elf.h>
#include <bulkhead/mem/region.h>
#include <bulkhead/mem/s2.h>
#include <bulkhead/vm/config.h>
#include <bulkhead/vm/vcpu.h>

enum partition_state {
	PARTITION_OFF,      /* built; nothing of it has run, or it was stopped */
	PARTITION_STARTING, /* scrubbed and loaded, on its own CPU */
	PARTITION_RUNNING,
	PARTITION_STOPPING, /* its vcpus are leaving */
	PARTITION_FAILED,   /* could not go on, and policy leaves it so */
	PARTITION_STATES
};

/*
 * What is asked of a partition. A warm reset keeps what is in its RAM, but for what the payloads
 * cover, and the rights of its pages.
 */
enum partition_wish { WISH_NONE, WISH_START, WISH_STOP, WISH_RESTART, WISH_RESET_WARM };

/*
 * Where the payloads' bytes come from. They live with the system image, a floor above; whoever
 * has it registers these before partitions are built. Names are those of struct payload_config.
 */
struct payload_ops {
	/* Size of payload @name in bytes. BH_ENOENT: the image has no such payload. */
	int (*find)(const char *name, u64 *size);
	/* Boot: its first @n bytes, or all if it is shorter, into @to: not verified yet. */
	int (*peek)(const char *name, void *to, size_t n);
	/* Begins to copy it to @to for @partition; one at a time for each. */
	int (*begin)(u32 partition, const char *name, void *to);
	/*
	 * One step of at most 1,000 instructions. BH_EAGAIN: more to do. 0: all of it is there
	 * and is what was signed. Anything else: it is not, and must not run.
	 */
	int (*step)(u32 partition);
};
/* Boot, once, before partitions are built. @ops is kept. */
void partition_payloads_set(const struct payload_ops *ops);

struct partition;

/*
 * A part of Bulkhead that keeps something for each partition: console, channels, ... Registered
 * before partitions are built; hooks are called in order of registration, and any may be NULL.
 */
struct partition_part {
	const char *name;
	/* Boot: devices into p->mmio, memory from frame_alloc(). An error: @p is not run. */
	int (*build)(struct partition *p);
	/* Boot: hands what the guest should know to describe_node() with @to; its error. */
	int (*describe)(struct partition *p, void *to);
	/*
	 * Before each start, no vcpu of @p runs: what the guest could change is as at first, in at
	 * most 1,000 instructions. The interrupt controller is reset behind it.
	 */
	void (*reset)(struct partition *p);
	/* Its vcpus have left the guest, and nothing of it was scrubbed yet. */
	void (*stop)(struct partition *p);
	/*
	 * One step of at most 1,000 instructions of what it needs done between two lives: after
	 * stop, and before the first start. 0: it is done. BH_EAGAIN: there is more to do, not
	 * earlier than @until (ticks of timer_now(); 0: at once). Anything else: @p cannot run,
	 * and the log says why. On the lead CPU, whose alarm wakes it in time.
	 */
	int (*renew)(struct partition *p, u64 *until);
	struct partition_part *next; /* the list's own */
};
void partition_part_add(struct partition_part *part);

/*
 * Adds @n to the guest's description, in whatever form that has: a node of its devicetree, or a
 * device of its ACPI namespace. @n is copied, the strings it points to stay. 0 or an error.
 */
int describe_node(void *to, const struct vplat_node *n);

/* The same of its PCI host. @pci stays. */
int describe_pci(void *to, const struct vplat_pci *pci);

/* Most that a guest's devicetree may take. */
#define PLAN_FDT_MAX KIB(16)

/* Where things are loaded: decided while the partition is built. */
struct load_plan {
	gpa_t kernel, ramdisk, description;
	gpa_t file; /* where the kernel's payload is copied to; segments go on from there */
	u64 kernel_size, ramdisk_size; /* bytes of the payload; 0: there is none */
	u64 kernel_room;               /* what the kernel needs from its first byte on */
	u8 *head;                      /* what all this was read from: the payload's first bytes */
	u64 head_size;                 /* 0: it was read from nothing */
	gpa_t entry;
	u32 segment_count; /* 0: the payload is copied to where it runs */
	struct elf_segment segment[ELF_SEGMENTS_MAX];
	u32 description_size;
	u8 *description_blob;    /* what is copied to `description` at each start */
	struct vcpu_start start; /* of vcpu 0 */
};

/* What the job that changes a partition's life is at. */
enum life_phase {
	LIFE_IDLE,  /* looks for wishes */
	LIFE_AFTER, /* waits for those it comes after */
	LIFE_LEAVE, /* waits for its vcpus to leave */
	LIFE_STOP,  /* its parts end what they do for it */
	LIFE_RENEW, /* its parts do what they need between two lives */
	LIFE_RIGHTS,
	LIFE_SCRUB,
	LIFE_KERNEL,
	LIFE_HEAD, /* is it what the plan was made from? */
	LIFE_KERNEL_CLEAN,
	LIFE_SEGMENTS, /* of an ELF file */
	LIFE_UNSTAGE,  /* the file itself is wiped */
	LIFE_RAMDISK,
	LIFE_RAMDISK_CLEAN,
	LIFE_DESCRIBE,
	LIFE_VCPUS, /* what the guest could have changed: its vcpus, */
	LIFE_PARTS, /* what parts of Bulkhead keep for it, */
	LIFE_VIRQ,  /* its interrupt controller */
	LIFE_GO,
	LIFE_PHASES,
	LIFE_WAIT /* a step's answer: nothing to do until somebody kicks */
};

struct life {
	u32 phase;
	u32 chunk;                   /* of RAM: LIFE_SCRUB; segment: LIFE_SEGMENTS */
	u64 done;                    /* bytes of what the phase works on */
	bool begun;                  /* a copy is under way; LIFE_VCPUS: its registers are reset */
	bool restart;                /* LIFE_LEAVE: goes on to a start */
	bool warm;                   /* that start keeps memory and rights */
	bool failed;                 /* LIFE_LEAVE: and stays so */
	bool unfit;                  /* LIFE_RENEW: a part cannot go on */
	struct partition_part *part; /* LIFE_STOP, LIFE_RENEW, LIFE_PARTS: whose turn it is */
	u32 vcpu;                    /* LIFE_VCPUS: the same */
	u32 at;                      /* LIFE_VCPUS, LIFE_VIRQ: how far that one's reset has come */
};

struct virq;

struct partition {
	const struct system_config *system;
	const struct partition_config *config;
	u32 id;
	u32 state;                 /* enum partition_state; atomic, written by the job */
	u32 wish;                  /* enum partition_wish; atomic, set by anybody */
	u32 starts;                /* how often it was started; atomic */
	u32 failures;              /* since somebody marked it good */
	const char *why;           /* it cannot go on: for the log; atomic, NULL: it can */
	u32 trouble;               /* set of enum health_event: what `why` is about; atomic */
	u32 ignored;               /* the same: said since the start; atomic */
	u32 health[HEALTH_EVENTS]; /* how often each was noticed since boot; atomic */
	u32 bells;                 /* set, from vplat.bell_intid on: rung and not heard; atomic */
	struct s2 s2;
	struct mmio_map mmio;
	struct mmio_map ports;
	struct virq *virq; /* its interrupt controller (arch/virq.h) */
	u32 region_count;
	struct region ram[PARTITION_MEMORY_MAX];
	u8 *window[PARTITION_MEMORY_MAX]; /* its RAM as Bulkhead sees it */
	u32 vcpu_count;
	struct vcpu *vcpu;
	struct vcpu_peers peers;
	struct load_plan plan;
	struct life life;
};

/* What becomes of each field at a start (base/state.h). */
extern const struct state_field partition_fields[];
extern const u32 partition_field_count;

/* By number; NULL: there is none, or it could not be built. Constant once partitions run. */
extern struct partition *partitions[PARTITIONS_MAX];

/* The partition a vcpu belongs to. */
static inline struct partition *vcpu_partition(const struct vcpu *v)
{
	return partitions[v->partition];
}

/*
 * Boot, once, before any partition: memory that partitions share, scrubbed. An error names the
 * region.
 */
int partition_regions_build(const struct system_config *system);

/* Shared region @index as Bulkhead sees it; NULL: no such region. */
u8 *partition_region_window(u32 index);

/*
 * Boot: builds partition @id of @system: claims its CPUs, RAM and tables, attaches its regions and
 * devices. On an error nothing of it runs and the log names the node; the others are not touched.
 */
int partition_build(const struct system_config *system, u32 id);

/*
 * Boot: builds what partitions share, then each of them, and logs a line for each: what it owns, or
 * what is wrong. @system must stay. Returns how many can run.
 */
u32 system_build(const struct system_config *system);

/*
 * Boot: every CPU of a partition goes to its slot, and the partitions are started, each when those
 * it comes after run. Returns at once.
 */
void system_start(void);

/*
 * Leaves a wish with @p and kicks its CPUs; returns at once. A later wish replaces an earlier one
 * that was not begun. Any CPU, no lock. A vcpu of a partition with a wish is not run.
 */
void partition_ask(struct partition *p, enum partition_wish wish);

/*
 * @p is not well (@why for the log, static storage): that is counted, and unless its configuration
 * says to ignore @e its vcpus leave, and the job does what the configuration says. False: it was
 * ignored. What comes while no vcpu of it runs is about its last run, and is counted only. Any CPU,
 * no lock.
 */
bool partition_fail(struct partition *p, enum health_event e, const char *why);

/*
 * Rings bell @intid of @p; whoever hears @p's kick, or its lead CPU by itself, takes it up. False:
 * it was rung already, and nothing needs to be done. Any CPU, no lock.
 */
bool partition_ring(struct partition *p, u32 intid);

/* Makes @p's lead CPU look for bells. Any CPU, no lock. */
void partition_hear(struct partition *p);

/*
 * The system's mode. It changes once, for good, when a partition whose policy says so has failed:
 * partitions that do not run in the new mode are stopped, those that run in it alone are started,
 * and CPUs that are shared go on with the windows of that mode at the end of their frame. Any CPU.
 */
enum system_mode system_mode(void);
void system_degrade(const struct partition *because);

/* What its devices reach, while it runs; NULL: it has none that an IOMMU covers. */
struct iommu_domain;
struct iommu_domain *partition_domain(const struct partition *p);

/* Names a state, for logs. */
const char *partition_state_name(enum partition_state s);

#endif
