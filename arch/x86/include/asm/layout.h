/* SPDX-License-Identifier: Apache-2.0 */
/* Bulkhead's own address space, for C, assembly and the linker script. */
#ifndef ASM_LAYOUT_H
#define ASM_LAYOUT_H

#ifdef __ASSEMBLY__
#define X86_U64(x) x
#else
#define X86_U64(x) x##ULL
#endif

/* The image: physical address + X86_IMAGE_OFFSET, as -mcmodel=kernel wants it. */
#define X86_IMAGE_OFFSET X86_U64(0xffffffff80000000)
#define X86_IMAGE_PA X86_U64(0x200000)

/* What mmu_map() hands out. */
#define X86_WINDOW_BASE X86_U64(0xffffff0000000000)
#define X86_WINDOW_SIZE X86_U64(0x0000008000000000)

/* Stack of #DF, NMI and #MC, each. */
#define X86_IST_STACK_SIZE X86_U64(0x2000)

#endif
