// SPDX-License-Identifier: Apache-2.0
/*
 * Has an NVMe controller (NVM Express 1.4) read a time stamp where it reaches nothing, one command
 * after the other. Each is refused once or twice: a description of 4 KiB would be a thousand times.
 */
#include "../../../guest/guest.h"
#include "../storm.h"

#define CC 0x14U
#define CC_ON 0x00460001U /* entries of 64 and 16 bytes */
#define CSTS 0x1cU
#define AQA 0x24U
#define ASQ 0x28U
#define ACQ 0x30U
#define TAIL 0x1000U
#define HEAD 0x1004U

#define ENTRIES 64U
#define SET_FEATURES 0x09U
#define TIME_STAMP 0x0eU

#define FUNCTION (1U << 15) /* device 1 of the guest's bus */
#define BAR0 0x10U
#define BAR_BITS 0xfU
#define NOWHERE 0x7000000000ULL
#define COMMANDS 500U

static volatile u32 submit[ENTRIES][16] __aligned(4096);
static volatile u32 complete[ENTRIES][4] __aligned(4096);
static u64 base;

static u32 get(u32 reg)
{
	return *(volatile u32 *)(uintptr_t)(base + reg);
}

static void put(u32 reg, u32 value)
{
	*(volatile u32 *)(uintptr_t)(base + reg) = value;
}

static void open(void)
{
	const u64 config = guest_pci();
	volatile u32 *bar;

	guest_check(config != 0U);
	bar = (volatile u32 *)(uintptr_t)(config + FUNCTION + BAR0);
	base = ((u64)bar[1] << 32 | bar[0]) & ~(u64)BAR_BITS;
	put(AQA, (ENTRIES - 1U) << 16 | (ENTRIES - 1U));
	put(ASQ, (u32)(uintptr_t)submit);
	put(ASQ + 4U, 0);
	put(ACQ, (u32)(uintptr_t)complete);
	put(ACQ + 4U, 0);
	put(CC, CC_ON);
	while ((get(CSTS) & 1U) == 0U)
		guest_relax();
}

static void command(u32 n)
{
	volatile u32 *c = submit[n % ENTRIES];

	c[0] = SET_FEATURES | (n % ENTRIES) << 16;
	c[6] = (u32)NOWHERE;
	c[7] = (u32)(NOWHERE >> 32);
	c[10] = TIME_STAMP;
	guest_barrier();
	put(TAIL, (n + 1U) % ENTRIES);
}

/* Phase of the completion, bit 16 of its last word, turns with every round of the queue. */
static void wait(u32 n)
{
	const u32 phase = (n / ENTRIES + 1U) & 1U;

	while ((complete[n % ENTRIES][3] >> 16 & 1U) != phase)
		guest_relax();
	put(HEAD, (n + 1U) % ENTRIES);
}

void guest_main(uintptr_t info)
{
	struct guest_channel seen;
	volatile u64 *counter;
	u64 before;

	(void)info;
	guest_check(guest_channel_find(0, &seen));
	counter = (volatile u64 *)(uintptr_t)(seen.base + COUNTER_OFFSET);
	open();
	while (*counter == 0U)
		guest_relax();
	before = *counter;
	for (u32 n = 0; n < COMMANDS; n++) {
		command(n);
		wait(n);
	}
	guest_check(*counter > before);
	guest_printf("faults: %u commands refused their memory\n", COMMANDS);
	guest_exit(0);
}
