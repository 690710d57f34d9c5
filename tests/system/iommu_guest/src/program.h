/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the program share. */
#ifndef TESTS_IOMMU_GUEST_PROGRAM_H
#define TESTS_IOMMU_GUEST_PROGRAM_H

#include <bulkhead/iommu/domain.h>
#include <bulkhead/pcie/pcie.h>
#include <bulkhead/vm/partition.h>

#include "device.h"
#include "place.h"

/* Partition 0 has devices, partition 1 sees to it that the other one is started again. */
#define OWNER 0U
#define NEIGHBOUR 1U

/* A device that is sent where it has nothing to do. */
#define ATTACKERS 4U
struct attacker {
	const char *path;
	u32 id, nth; /* device 31:16, vendor 15:0; which of several */
	u32 kind;    /* KIND_* */
	u32 bar;
	bool no_reset;
	const struct pcie_function *f;
	hpa_t base;
	volatile u8 *registers;
	volatile u8 *memory; /* of nvme: its controller memory buffer, behind BAR 2 */
};
extern struct attacker attackers[ATTACKERS];

/* Before anything runs: remembers what a clean device looks like. */
void judge_open(void);

/* The owner's devices have just been stopped. */
void judge_stopped(void);

/* Boot: what the figures need. False: it is not there. */
bool figures_open(void);

/* What messages and resets of the devices cost, now that nobody uses them. False: one failed. */
bool figures_show(void);

/* Decides what the next transfer is; answers what the devices' owner reads. */
u64 judge_next(u32 reg);

/* The owner's transfer is over, or under way; some time went by. */
enum trap_result judge_done(u64 word);
enum trap_result judge_begun(void);
void judge_tick(void);

/*
 * Binds the message of the first device for the owner, which has begun, and says where its
 * registers are. Then how many the owner took, and how long the fastest was under way.
 */
u64 judge_messages_bind(void);
void judge_messages(u64 taken);
void judge_message_ticks(u64 fastest);

/* The owner's memory that a transfer may reach, as it says itself. */
void judge_buffer(gpa_t buffer);

/* Hears of every fault. */
/* Who heard of faults before the judge: Bulkhead itself. */
extern iommu_fault_fn fault_sink;

void judge_fault(const struct iommu_fault *f, const struct iommu_device *dev);

#endif
