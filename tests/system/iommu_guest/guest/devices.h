/* SPDX-License-Identifier: Apache-2.0 */
/* Devices that carry bytes where the guest says. */
#ifndef TESTS_IOMMU_GUEST_DEVICES_H
#define TESTS_IOMMU_GUEST_DEVICES_H

#include "../../../guest/guest.h"

static inline u64 read64(u64 at)
{
	return *(volatile u64 *)(uintptr_t)at;
}

static inline void write64(u64 at, u64 v)
{
	*(volatile u64 *)(uintptr_t)at = v;
}

static inline u32 read32(u64 at)
{
	return *(volatile u32 *)(uintptr_t)at;
}

static inline void write32(u64 at, u32 v)
{
	*(volatile u32 *)(uintptr_t)at = v;
}

static inline u32 read16(u64 at)
{
	return *(volatile u16 *)(uintptr_t)at;
}

static inline void write16(u64 at, u32 v)
{
	*(volatile u16 *)(uintptr_t)at = (u16)v;
}

static inline u32 read8(u64 at)
{
	return *(volatile u8 *)(uintptr_t)at;
}

static inline void write8(u64 at, u32 v)
{
	*(volatile u8 *)(uintptr_t)at = (u8)v;
}

/* Asleep, so that the emulator's clock can run ahead. */
void sleep_ms(u32 ms);

/* Tells the judge that the transfer is under way, and that this is all. */
void begun(void);

/*
 * Has the device at @base write to, or read from, a page or a part of it at @address, and waits
 * until that is over, however it ends; or, with @leave, leaves it under way. @soiled: the device
 * may be as a life before has left it.
 */
void nvme_transfer(u64 base, u64 address, bool to_memory, bool leave);
void virtio_transfer(u64 base, u64 address, bool leave, bool soiled);

#endif
