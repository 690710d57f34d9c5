// SPDX-License-Identifier: Apache-2.0
/* A virtio entropy device (Virtual I/O Device 1.2, 5.4): it fills buffers, at its own pace. */
#include "devices.h"

#define FEATURE_SELECT 0x08U
#define FEATURES 0x0cU
#define FEATURES_HIGH 0x3U /* version 1; access through the platform's IOMMU */
#define STATUS 0x14U
#define STATUS_DRIVER 0x3U
#define STATUS_FEATURES_OK 0x8U
#define STATUS_DRIVER_OK 0x4U
#define STATUS_NEEDS_RESET 0x40U
#define QUEUE_SELECT 0x16U
#define QUEUE_SIZE 0x18U
#define QUEUE_ENABLE 0x1cU
#define QUEUE_DESCRIPTORS 0x20U
#define QUEUE_DRIVER 0x28U
#define QUEUE_DEVICE 0x30U
#define NOTIFY 0x3000U /* where QEMU has it; multiplier 4, offset 0 */

#define ENTRIES 8U
#define WRITABLE 2U
#define BYTES 64U
#define LEFT_UNDER_WAY 4U
#define POLL_MS 10U
#define PATIENCE 100U

static volatile struct {
	struct {
		u64 address;
		u32 size;
		u16 flags, next;
	} descriptor[ENTRIES];
	u16 flags, index, ring[ENTRIES];
} driver __aligned(4096);

static volatile struct {
	u16 flags, index;
	struct {
		u32 id, size;
	} ring[ENTRIES];
} device __aligned(4096);

static void address_put(u64 base, u32 at, u64 address)
{
	write32(base + at, (u32)address);
	write32(base + at + 4U, (u32)(address >> 32));
}

static void virtio_open(u64 base)
{
	write8(base + STATUS, 0);
	while (read8(base + STATUS) != 0U)
		sleep_ms(1);
	write8(base + STATUS, STATUS_DRIVER);
	write32(base + FEATURE_SELECT, 0);
	write32(base + FEATURES, 0);
	write32(base + FEATURE_SELECT, 1);
	write32(base + FEATURES, FEATURES_HIGH);
	write8(base + STATUS, STATUS_DRIVER | STATUS_FEATURES_OK);
	guest_check((read8(base + STATUS) & STATUS_FEATURES_OK) != 0U);
	write16(base + QUEUE_SELECT, 0);
	guest_check(read16(base + QUEUE_SIZE) >= ENTRIES);
	write16(base + QUEUE_SIZE, ENTRIES);
	address_put(base, QUEUE_DESCRIPTORS, (uintptr_t)driver.descriptor);
	address_put(base, QUEUE_DRIVER, (uintptr_t)&driver.flags);
	address_put(base, QUEUE_DEVICE, (uintptr_t)&device);
	write16(base + QUEUE_ENABLE, 1);
	write8(base + STATUS, STATUS_DRIVER | STATUS_FEATURES_OK | STATUS_DRIVER_OK);
}

/* One that met an address it must not reach wants a reset, so each transfer begins with one. */
void virtio_transfer(u64 base, u64 address, bool leave, bool soiled)
{
	static bool used;
	const u32 count = leave ? LEFT_UNDER_WAY : 1U;

	guest_check(used || soiled || read8(base + STATUS) == 0U);
	used = true;
	device.index = 0;
	for (u32 i = 0; i < count; i++) {
		driver.descriptor[i].address = address;
		driver.descriptor[i].size = BYTES;
		driver.descriptor[i].flags = WRITABLE;
		driver.ring[i] = (u16)i;
	}
	driver.index = 0;
	virtio_open(base);
	driver.index = (u16)count;
	guest_barrier();
	write16(base + NOTIFY, 0);
	if (leave)
		begun();
	for (u32 i = 0; i < PATIENCE && device.index == 0U &&
			(read8(base + STATUS) & STATUS_NEEDS_RESET) == 0U;
	     i++)
		sleep_ms(POLL_MS);
}
