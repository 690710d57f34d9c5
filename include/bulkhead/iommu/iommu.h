/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IOMMUs, first floor: everything is refused until somebody is given something (docs/design.md,
 * law 4). Domains come with the full drivers.
 */
#ifndef BULKHEAD_IOMMU_IOMMU_H
#define BULKHEAD_IOMMU_IOMMU_H

#include <bulkhead/fw/machine.h>
#include <bulkhead/lib/types.h>

/* One fault a device caused, as the hardware recorded it. */
struct iommu_fault {
	u32 unit;       /* index in machine.iommu */
	pci_sbdf_t who; /* requester; for SMMUv3 the stream id in the low bits */
	iova_t addr;
	bool write;
	u32 reason; /* the hardware's own code */
};

struct iommu_driver {
	enum iommu_kind kind;
	const char *name;
	/*
	 * Makes unit @index refuse every DMA and every interrupt message it can refuse, from
	 * whatever state firmware left it in, and proves it by reading the status back. Bounded
	 * waits. BH_EIO or BH_ETIMEDOUT name the register in the log.
	 */
	int (*block_all)(u32 index, const struct machine_iommu *u);
	/* The oldest recorded fault, taken out of the hardware's record; BH_ENOENT if none. */
	int (*next_fault)(u32 index, struct iommu_fault *out);
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

/* "blocking" or why not, for the machine's summary. */
const char *iommu_state(u32 index);

/* The next fault of any unit; BH_ENOENT if there is none. */
int iommu_next_fault(struct iommu_fault *out);

#endif
