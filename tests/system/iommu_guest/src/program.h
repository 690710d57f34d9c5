/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the program share. */
#ifndef TESTS_IOMMU_GUEST_PROGRAM_H
#define TESTS_IOMMU_GUEST_PROGRAM_H

#include <bulkhead/iommu/domain.h>
#include <bulkhead/vm/partition.h>

#include "device.h"

/* Partition 0 has edu, partition 1 sees to it that the other one is started again. */
#define OWNER 0U
#define NEIGHBOUR 1U

/* Where the owner's memory lies for it: nowhere near where anything lies for the machine. */
#define OWNER_RAM 0x200000000ULL
#define RAM_SIZE MIB(4)

/* Decides what the next transfer is; answers what edu's owner reads. */
u64 judge_next(u32 reg);

/* The owner's transfer is over, or under way; some time went by. */
enum trap_result judge_done(u64 word);
enum trap_result judge_begun(void);
void judge_tick(void);

/* The owner's memory that a transfer may reach, as it says itself. */
void judge_buffer(gpa_t buffer);

/* Hears of every fault. */
/* Who heard of faults before the judge: Bulkhead itself. */
extern iommu_fault_fn fault_sink;

void judge_fault(const struct iommu_fault *f, const struct iommu_device *dev);

/* Where edu's registers lie. */
extern hpa_t edu_base;

#endif
