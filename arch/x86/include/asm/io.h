/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ASM_IO_H
#define ASM_IO_H

#define X86_MMIO(bits)                                                   \
	static inline u##bits mmio_read##bits(const volatile void *p)    \
	{                                                                \
		return *(const volatile u##bits *)p;                     \
	}                                                                \
	static inline void mmio_write##bits(volatile void *p, u##bits v) \
	{                                                                \
		*(volatile u##bits *)p = v;                              \
	}

X86_MMIO(8)
X86_MMIO(16)
X86_MMIO(32)
X86_MMIO(64)
#undef X86_MMIO

#define X86_PORT(bits, suffix)                                                              \
	static inline u##bits port_read##bits(u16 port)                                     \
	{                                                                                   \
		u##bits v;                                                                  \
                                                                                            \
		__asm__ volatile("in" suffix " %1, %0" : "=a"(v) : "Nd"(port) : "memory");  \
		return v;                                                                   \
	}                                                                                   \
	static inline void port_write##bits(u16 port, u##bits v)                            \
	{                                                                                   \
		__asm__ volatile("out" suffix " %0, %1" : : "a"(v), "Nd"(port) : "memory"); \
	}

X86_PORT(8, "b")
X86_PORT(16, "w")
X86_PORT(32, "l")
#undef X86_PORT

#endif
