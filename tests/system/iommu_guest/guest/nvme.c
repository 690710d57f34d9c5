// SPDX-License-Identifier: Apache-2.0
/* An NVMe controller's admin queue (NVM Express 1.4): its own description out, a time stamp in. */
#include "devices.h"

#define NVME_CC 0x14U
#define NVME_CC_ON 0x00460001U /* entries of 64 and 16 bytes */
#define NVME_CSTS 0x1cU
#define NVME_AQA 0x24U
#define NVME_ASQ 0x28U
#define NVME_ACQ 0x30U
#define NVME_TAIL 0x1000U
#define NVME_HEAD 0x1004U

#define ENTRIES 64U
#define IDENTIFY 0x06U
#define IDENTIFY_CONTROLLER 1U
#define SET_FEATURES 0x09U
#define TIME_STAMP 0x0eU
#define LEFT_UNDER_WAY 32U
#define PATIENCE 100U

struct command {
	u32 head, nsid, reserved[4];
	u64 prp1, prp2;
	u32 dword[6];
};
_Static_assert(sizeof(struct command) == 64, "as the controller reads it");

struct completion {
	u32 result, reserved, queue, status; /* phase: bit 16 of status */
};

static volatile struct command submit[ENTRIES] __aligned(4096);
static volatile struct completion complete[ENTRIES] __aligned(4096);
static u32 tail, head;
static bool open;

static void nvme_wait(u64 base, u32 ready)
{
	for (u32 i = 0; i < PATIENCE && (read32(base + NVME_CSTS) & 1U) != ready; i++)
		sleep_ms(1);
	guest_check((read32(base + NVME_CSTS) & 1U) == ready);
}

static void nvme_open(u64 base)
{
	/* It comes as from a reset, or this is no clean device. */
	guest_check(read32(base + NVME_CC) == 0U && (read32(base + NVME_CSTS) & 1U) == 0U);
	write32(base + NVME_AQA, (ENTRIES - 1U) << 16 | (ENTRIES - 1U));
	write64(base + NVME_ASQ, (uintptr_t)submit);
	write64(base + NVME_ACQ, (uintptr_t)complete);
	write32(base + NVME_CC, NVME_CC_ON);
	nvme_wait(base, 1);
	open = true;
}

static void command_put(u64 address, bool to_memory)
{
	volatile struct command *c = &submit[tail];

	c->head = (to_memory ? IDENTIFY : SET_FEATURES) | tail << 16;
	c->nsid = 0;
	c->prp1 = address;
	c->prp2 = 0;
	c->dword[0] = to_memory ? IDENTIFY_CONTROLLER : TIME_STAMP;
	tail = (tail + 1U) % ENTRIES;
}

static bool completed(u32 entry, u32 phase)
{
	return ((complete[entry].status >> 16) & 1U) == phase;
}

void nvme_transfer(u64 base, u64 address, bool to_memory, bool leave)
{
	static u32 phase = 1;

	if (!open)
		nvme_open(base);
	for (u32 i = 0; i < (leave ? LEFT_UNDER_WAY : 1U); i++)
		command_put(address, to_memory);
	guest_barrier();
	write32(base + NVME_TAIL, tail);
	if (leave)
		begun();
	for (u32 i = 0; i < PATIENCE && !completed(head, phase); i++)
		sleep_ms(1);
	guest_check(completed(head, phase));
	head = (head + 1U) % ENTRIES;
	phase ^= head == 0U ? 1U : 0U;
	write32(base + NVME_HEAD, head);
}
