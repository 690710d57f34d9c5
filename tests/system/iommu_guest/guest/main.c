// SPDX-License-Identifier: Apache-2.0
/*
 * Of the partition that has devices: does with them what the test says, good or evil. Of the other
 * one: tells from time to time that it is there.
 */
#include "../src/device.h"
#include "devices.h"

#define EDU_STATUS 0x24U
#define EDU_RAISE 0x60U
#define EDU_ACK 0x64U
#define EDU_DMA_SOURCE 0x80U
#define EDU_DMA_DESTINATION 0x88U
#define EDU_DMA_COUNT 0x90U
#define EDU_DMA_COMMAND 0x98U
#define EDU_DMA_START 0x1U
#define EDU_DMA_TO_MEMORY 0x2U
#define EDU_BUFFER 0x40000U
#define BYTES 64U
#define WORD_BYTES 4U

/* A transfer of edu takes 100 ms. */
#define DMA_MS 101U
#define TICK_MS 250U

static volatile u64 buffer[512] __aligned(4096);
static volatile bool woken;
static u64 edu_base;
static volatile u64 taken, taken_at;

static void timer(u32 intid __unused)
{
	guest_timer_stop();
	woken = true;
}

void sleep_ms(u32 ms)
{
	woken = false;
	guest_timer_set(guest_ticks() + guest_hz() / 1000U * ms);
	while (!woken) {
		guest_irq_wait();
		guest_irq_on();
		guest_irq_off();
	}
}

/* edu has written the message that Bulkhead told it, and this is what the guest asked for. */
static void message(u32 intid __unused)
{
	taken_at = guest_ticks();
	taken++;
	write32(edu_base + EDU_ACK, read32(edu_base + EDU_STATUS));
}

static void messages(void)
{
	u64 fastest = ~0ULL;

	edu_base = read64(DEVICE_BASE + DEVICE_MESSAGES);
	if (edu_base == 0U)
		return;
	guest_irq_enable(MESSAGE_INTID, false, message);
	for (u32 i = 0; i < MESSAGES; i++) {
		const u64 before = taken;
		const u64 begin = guest_ticks();

		guest_irq_on();
		write32(edu_base + EDU_RAISE, i + 1U);
		for (u32 k = 0; k < 1000U && taken == before; k++)
			guest_relax();
		guest_irq_off();
		if (taken != before && taken_at - begin < fastest)
			fastest = taken_at - begin;
	}
	write64(DEVICE_BASE + DEVICE_TICKS, fastest);
	write64(DEVICE_BASE + DEVICE_MESSAGES, taken);
}

void begun(void)
{
	write64(DEVICE_BASE + DEVICE_BEGUN, 0);
}

static void edu_transfer(u64 edu, u64 address, u64 how)
{
	const bool to_memory = (how & HOW_TO_MEMORY) != 0U;

	write64(edu + EDU_DMA_SOURCE, to_memory ? EDU_BUFFER : address);
	write64(edu + EDU_DMA_DESTINATION, to_memory ? address : EDU_BUFFER);
	write64(edu + EDU_DMA_COUNT, (how & HOW_WORD) != 0U ? WORD_BYTES : BYTES);
	guest_barrier();
	write64(edu + EDU_DMA_COMMAND, EDU_DMA_START | (to_memory ? EDU_DMA_TO_MEMORY : 0U));
	if ((how & HOW_LEAVE) != 0U)
		begun();
	do {
		sleep_ms(DMA_MS);
	} while ((read64(edu + EDU_DMA_COMMAND) & EDU_DMA_START) != 0U);
	guest_barrier();
}

/* The device gets the pattern from memory that it may read: a refused read leaves it with none. */
static void charge(u64 edu)
{
	for (u32 i = 0; i < ARRAY_SIZE(buffer); i++)
		buffer[i] = PATTERN;
	edu_transfer(edu, (uintptr_t)buffer, 0);
	for (u32 i = 0; i < ARRAY_SIZE(buffer); i++)
		buffer[i] = 0;
}

static void transfer(u64 base, u64 kind, u64 address, u64 how)
{
	const bool to_memory = (how & HOW_TO_MEMORY) != 0U, leave = (how & HOW_LEAVE) != 0U;

	switch (kind) {
	case KIND_NVME:
		nvme_transfer(base, address, to_memory, leave);
		break;
	case KIND_VIRTIO:
		virtio_transfer(base, address, leave, (how & HOW_SOILED) != 0U);
		break;
	default:
		if (to_memory)
			charge(base);
		edu_transfer(base, address, how);
		break;
	}
}

void guest_main(uintptr_t info __unused)
{
	guest_irq_init();
	guest_irq_enable(GUEST_TIMER_INTID, false, timer);
	while (read64(DEVICE_BASE + DEVICE_BASE_OF) == 0U) {
		sleep_ms(TICK_MS);
		write64(DEVICE_BASE + DEVICE_TICK, 0);
	}
	messages();
	write64(DEVICE_BASE + DEVICE_BUFFER, (uintptr_t)buffer);
	for (;;) {
		const u64 address = read64(DEVICE_BASE + DEVICE_ADDRESS);

		transfer(read64(DEVICE_BASE + DEVICE_BASE_OF), read64(DEVICE_BASE + DEVICE_KIND),
			 address, read64(DEVICE_BASE + DEVICE_HOW));
		write64(DEVICE_BASE + DEVICE_DONE, buffer[0]);
	}
}
