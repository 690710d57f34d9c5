/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAKE_ASM_IO_H
#define FAKE_ASM_IO_H

/* Device accesses end in the model a test has put there (asm/fake.h). */
u64 fake_mmio_read(const volatile void *p, u32 width);
void fake_mmio_write(volatile void *p, u32 width, u64 v);
u32 fake_port_read(u16 port, u32 width);
void fake_port_write(u16 port, u32 width, u32 v);

static inline u8 mmio_read8(const volatile void *p)
{
	return (u8)fake_mmio_read(p, 1U);
}

static inline void mmio_write8(volatile void *p, u8 v)
{
	fake_mmio_write(p, 1U, v);
}

static inline u16 mmio_read16(const volatile void *p)
{
	return (u16)fake_mmio_read(p, 2U);
}

static inline void mmio_write16(volatile void *p, u16 v)
{
	fake_mmio_write(p, 2U, v);
}

static inline u32 mmio_read32(const volatile void *p)
{
	return (u32)fake_mmio_read(p, 4U);
}

static inline void mmio_write32(volatile void *p, u32 v)
{
	fake_mmio_write(p, 4U, v);
}

static inline u64 mmio_read64(const volatile void *p)
{
	return (u64)fake_mmio_read(p, 8U);
}

static inline void mmio_write64(volatile void *p, u64 v)
{
	fake_mmio_write(p, 8U, v);
}

static inline u8 port_read8(u16 port)
{
	return (u8)fake_port_read(port, 1U);
}

static inline void port_write8(u16 port, u8 v)
{
	fake_port_write(port, 1U, v);
}

static inline u16 port_read16(u16 port)
{
	return (u16)fake_port_read(port, 2U);
}

static inline void port_write16(u16 port, u16 v)
{
	fake_port_write(port, 2U, v);
}

static inline u32 port_read32(u16 port)
{
	return (u32)fake_port_read(port, 4U);
}

static inline void port_write32(u16 port, u32 v)
{
	fake_port_write(port, 4U, v);
}

#endif
