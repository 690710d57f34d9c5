/* SPDX-License-Identifier: Apache-2.0 */
/* Contract: device registers. */
#ifndef BULKHEAD_ARCH_IO_H
#define BULKHEAD_ARCH_IO_H

#include <bulkhead/lib/types.h>

/* One access of exactly that width, not merged, not reordered against other device accesses. */
static inline u8 mmio_read8(const volatile void *p);
static inline u16 mmio_read16(const volatile void *p);
static inline u32 mmio_read32(const volatile void *p);
static inline u64 mmio_read64(const volatile void *p);
static inline void mmio_write8(volatile void *p, u8 v);
static inline void mmio_write16(volatile void *p, u16 v);
static inline void mmio_write32(volatile void *p, u32 v);
static inline void mmio_write64(volatile void *p, u64 v);

/*
 * I/O ports. On an architecture without them reads answer all-ones and writes are dropped; code
 * that can only run with ports is not built there.
 */
static inline u8 port_read8(u16 port);
static inline u16 port_read16(u16 port);
static inline u32 port_read32(u16 port);
static inline void port_write8(u16 port, u8 v);
static inline void port_write16(u16 port, u16 v);
static inline void port_write32(u16 port, u32 v);

/*
 * Reads a naturally aligned 32-bit word that may fault (absent device, hostile table address).
 * 0 and the value, or BH_EFAULT; never an exception dump.
 */
int mmio_probe32(const volatile void *p, u32 *out);

#include <asm/io.h>

/* One access of @width bytes: 1, 2, 4 or 8. */
static inline u64 mmio_read_width(const volatile void *p, u32 width)
{
	switch (width) {
	case 1:
		return mmio_read8(p);
	case 2:
		return mmio_read16(p);
	case 4:
		return mmio_read32(p);
	default:
		return mmio_read64(p);
	}
}

static inline void mmio_write_width(volatile void *p, u32 width, u64 v)
{
	switch (width) {
	case 1:
		mmio_write8(p, (u8)v);
		break;
	case 2:
		mmio_write16(p, (u16)v);
		break;
	case 4:
		mmio_write32(p, (u32)v);
		break;
	default:
		mmio_write64(p, v);
		break;
	}
}

/* One access of @width bytes: 1, 2 or 4. */
static inline u32 port_read_width(u16 port, u32 width)
{
	if (width == 1U)
		return port_read8(port);
	return width == 2U ? port_read16(port) : port_read32(port);
}

static inline void port_write_width(u16 port, u32 width, u32 v)
{
	if (width == 1U)
		port_write8(port, (u8)v);
	else if (width == 2U)
		port_write16(port, (u16)v);
	else
		port_write32(port, v);
}

#endif
