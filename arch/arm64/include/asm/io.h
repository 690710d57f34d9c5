/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device accesses. Each is one load or store with a single register and no write-back: the only
 * form whose syndrome a hypervisor below us could decode (ISV).
 */
#ifndef ASM_IO_H
#define ASM_IO_H

static inline u8 mmio_read8(const volatile void *p)
{
	u32 v;

	__asm__ volatile("ldrb %w0, [%1]" : "=r"(v) : "r"(p) : "memory");
	return (u8)v;
}

static inline u16 mmio_read16(const volatile void *p)
{
	u32 v;

	__asm__ volatile("ldrh %w0, [%1]" : "=r"(v) : "r"(p) : "memory");
	return (u16)v;
}

static inline u32 mmio_read32(const volatile void *p)
{
	u32 v;

	__asm__ volatile("ldr %w0, [%1]" : "=r"(v) : "r"(p) : "memory");
	return v;
}

static inline u64 mmio_read64(const volatile void *p)
{
	u64 v;

	__asm__ volatile("ldr %x0, [%1]" : "=r"(v) : "r"(p) : "memory");
	return v;
}

static inline void mmio_write8(volatile void *p, u8 v)
{
	__asm__ volatile("strb %w0, [%1]" ::"rZ"((u32)v), "r"(p) : "memory");
}

static inline void mmio_write16(volatile void *p, u16 v)
{
	__asm__ volatile("strh %w0, [%1]" ::"rZ"((u32)v), "r"(p) : "memory");
}

static inline void mmio_write32(volatile void *p, u32 v)
{
	__asm__ volatile("str %w0, [%1]" ::"rZ"(v), "r"(p) : "memory");
}

static inline void mmio_write64(volatile void *p, u64 v)
{
	__asm__ volatile("str %x0, [%1]" ::"rZ"(v), "r"(p) : "memory");
}

static inline u8 port_read8(u16 port)
{
	(void)port;
	return 0xffU;
}

static inline u16 port_read16(u16 port)
{
	(void)port;
	return 0xffffU;
}

static inline u32 port_read32(u16 port)
{
	(void)port;
	return 0xffffffffU;
}

static inline void port_write8(u16 port, u8 v)
{
	(void)port;
	(void)v;
}

static inline void port_write16(u16 port, u16 v)
{
	(void)port;
	(void)v;
}

static inline void port_write32(u16 port, u32 v)
{
	(void)port;
	(void)v;
}

#endif
