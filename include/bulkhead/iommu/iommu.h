/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IOMMUs, first floor: everything is refused until somebody is given something (docs/design.md,
 * law 4). Domains, which is what can be given: bulkhead/iommu/domain.h.
 */
#ifndef BULKHEAD_IOMMU_IOMMU_H
#define BULKHEAD_IOMMU_IOMMU_H

#include <bulkhead/fw/machine.h>
#include <bulkhead/lib/pt.h>
#include <bulkhead/lib/types.h>

/* One fault a device caused, as the hardware recorded it. */
struct iommu_fault {
	u32 unit;       /* index in machine.iommu */
	pci_sbdf_t who; /* requester; for an SMMU the stream, as iommu_device_take() has it */
	iova_t addr;
	bool write;
	u32 reason; /* the hardware's own code */
};

/* What a unit can translate by. */
struct iommu_caps {
	enum pt_kind kind;
	u32 in_bits, out_bits; /* address widths, at most */
	u32 levels;            /* set of numbers of levels a walk may have */
	u32 flags;             /* PT_F_NO_HUGE, PT_F_PAGES_ONLY: leaves it does not know */
	u32 domains;           /* ids it tells apart; 0 is the blocking one's */
	bool coherent;         /* its walks snoop */
	bool caches_holes;     /* it may remember that nothing was mapped (caching mode) */
};

/* What a unit is to forget. */
struct iommu_flush {
	u32 id; /* of the domain */
	iova_t iova;
	u64 size;    /* 0: all of it */
	bool tables; /* tables were taken out, not only leaves */
};

/* A place in a unit's command stream, the unit's own. */
struct iommu_mark {
	u64 from, to;
};

struct iommu_domain;
struct iommu_route;
struct iommu_message;

struct iommu_driver {
	enum iommu_kind kind;
	const char *name;
	bool level; /* its interrupt is a level, until its faults are taken; else an edge */
	/*
	 * Makes unit @index refuse every DMA and every interrupt message it can refuse, from
	 * whatever state firmware left it in, and proves it by reading the status back. Bounded
	 * waits. BH_EIO or BH_ETIMEDOUT name the register in the log.
	 */
	int (*block_all)(u32 index, const struct machine_iommu *u);
	/* The oldest recorded fault, taken out of the hardware's record; BH_ENOENT if none. */
	int (*next_fault)(u32 index, struct iommu_fault *out);

	/*
	 * What follows lets devices reach something; a driver without it only blocks. Units are
	 * those that block_all() answered 0 for; each operation takes the unit's own lock.
	 *
	 * BH_ENOTSUP: the unit can only block.
	 */
	int (*caps)(u32 index, struct iommu_caps *out);
	/* Boot: makes room to tell @stream from others. What it may reach does not change. */
	int (*prepare)(u32 index, u32 stream);
	/*
	 * @stream may reach what @d maps, and nothing of what it did before; NULL: nothing at
	 * all. On an error it may reach no more than either.
	 */
	int (*attach)(u32 index, u32 stream, const struct iommu_domain *d);
	/* Begins to forget, and marks where the end of it is. */
	int (*flush)(u32 index, const struct iommu_flush *f, struct iommu_mark *m);
	/* 0: forgotten. BH_EAGAIN: not yet. BH_EIO: the unit refused; it must be asked again. */
	int (*flushed)(u32 index, const struct iommu_mark *m);
	/* No fault of @stream is recorded any more, until it is attached. NULL: it cannot. */
	void (*hush)(u32 index, u32 stream);
	/* Has the unit raise its interrupt irq_event at faults. NULL: it cannot. */
	int (*interrupt)(u32 index);
	/*
	 * The same for units that write a message: @m from now on, in place of an earlier one.
	 * NULL: it cannot. BH_ENODEV, BH_EIO.
	 */
	int (*interrupt_message)(u32 index, const struct iommu_message *m);
	/* Entries for interrupt messages: bulkhead/iommu/interrupt.h. NULL: it does not remap. */
	int (*interrupt_take)(u32 index, u16 source, u8 vector, u32 *entry);
	int (*interrupt_route)(u32 index, u32 entry, const struct iommu_route *to);
	void (*interrupt_form)(u32 index, u32 entry, struct iommu_message *out);
	/* The unit does not obey: it refuses every device from now on. Cannot fail. */
	void (*stop)(u32 index);
};

#define IOMMU_DRIVER(ident)                                    \
	extern const struct iommu_driver iommu_driver_##ident; \
	const struct iommu_driver iommu_driver_##ident __used __section(".iommu") __aligned(8)

/* First and one past the last driver (linker script). */
extern const struct iommu_driver iommu_drivers_start[];
extern const struct iommu_driver iommu_drivers_end[];

/*
 * STAGE_DMA_BLOCK: blocks on every unit of the machine. A unit without driver, or one that does
 * not obey, is an error: nothing else is switched on, and the first one is returned when all
 * were tried. A machine without IOMMU is warned about: BH_ENODEV.
 */
int iommu_block_all(void);

/* The driver of a unit that blocks, or NULL: none, not yet, or stopped for good. */
const struct iommu_driver *iommu_driver_of(u32 index);

/* Stops unit @index, which did not do @what; from now on it is nobody's. */
void iommu_unit_stop(u32 index, const char *what);

/* "blocking" or why not, for the machine's summary. */
const char *iommu_state(u32 index);

/* The next fault of any unit; BH_ENOENT if there is none. */
int iommu_next_fault(struct iommu_fault *out);

/* The same of units of @set, a bit each: those that turned out to have none leave it. */
#define IOMMU_ALL_UNITS 0xffffffffU
_Static_assert(MACHINE_IOMMUS_MAX <= 32U, "a bit a unit");
int iommu_next_fault_among(u32 *set, struct iommu_fault *out);

#endif
