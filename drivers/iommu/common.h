/* SPDX-License-Identifier: Apache-2.0 */
/* What the IOMMU drivers share and nobody else needs. */
#ifndef BULKHEAD_DRIVERS_IOMMU_COMMON_H
#define BULKHEAD_DRIVERS_IOMMU_COMMON_H

#include <bulkhead/iommu/domain.h>
#include <bulkhead/lib/types.h>

/*
 * Reads of a register before it counts as stuck. The time base is not calibrated yet when IOMMUs
 * are told to block, so waits are counted; a read of a device takes 100 ns or more.
 */
#define IOMMU_POLLS 1000000U

/*
 * A page of zeros in read-only memory. Zero means "not present" in every table that a unit looks
 * at first: VT-d root tables of all modes, VT-d interrupt remapping tables, AMD-Vi page tables
 * and SMMU stage 2 tables. So one page is the whole content of a machine that blocks.
 */
extern const u64 iommu_nothing[PAGE_SIZE / sizeof(u64)];

/* Names the register that @regs + @offset is in messages of unit @index. */
struct iommu_reg {
	u32 index;
	volatile u8 *regs;
	u32 offset;
	const char *name;
};

/*
 * Waits until the bits @mask of a 32-bit register read @want. BH_ETIMEDOUT, with the register
 * named in the log, if they do not within IOMMU_POLLS reads.
 */
int iommu_poll(struct iommu_reg reg, u32 mask, u32 want);

/*
 * Maps the registers of a unit: @need bytes or what firmware said, whichever is more. NULL, with
 * the reason in the log, if they cannot be mapped or read all-ones at offset @id.
 */
volatile u8 *iommu_registers(u32 index, hpa_t base, u64 size, u64 need, u32 id);

/* As iommu_domain_init(), for units that can do what @caps says. */
int iommu_domain_init_by(const struct iommu_caps *caps, struct iommu_domain *d, u32 owner,
			 const char *name, u32 in_bits, u64 tables, bool pages_only);

/* Has @stream of unit @index reach what @d maps, before the unit looks at its tables. */
typedef int (*iommu_open_fn)(u32 index, u32 stream, const struct iommu_domain *d);

/*
 * For block_all() of drivers: makes domains of the memory that firmware promises to functions
 * behind unit @index, and has each opened by @open. @caps NULL: the unit can only block, which is
 * warned about. What cannot be honoured is named, and stays blocked. Errors are those of @open.
 */
int iommu_firmware_open(u32 index, const struct iommu_caps *caps, iommu_open_fn open);

/* Forgets all promises, before units block. */
void iommu_firmware_clear(void);

/* What a device that nobody has is attached to; NULL: nothing is promised to it. */
struct iommu_domain *iommu_firmware_domain(u32 unit, u32 stream);

/* The device that somebody has; NULL: nobody does. */
struct iommu_device *iommu_device_find(u32 unit, u32 stream);

#endif
