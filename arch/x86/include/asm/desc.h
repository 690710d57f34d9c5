/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptor tables of Bulkhead itself: selectors, gates, task state (SDM volume 3, chapter 8). */
#ifndef ASM_DESC_H
#define ASM_DESC_H

#define SEL_CODE64 0x08
#define SEL_DATA 0x10
#define SEL_TSS 0x18

/* Interrupt stack table slots. */
#define IST_DF 1
#define IST_NMI 2
#define IST_MC 3
#define IST_COUNT 3

/* Vectors 0..31 belong to exceptions, 32..47 to the silenced 8259 pair. */
#define VEC_DE 0
#define VEC_DB 1
#define VEC_NMI 2
#define VEC_UD 6
#define VEC_DF 8
#define VEC_TS 10
#define VEC_NP 11
#define VEC_SS 12
#define VEC_GP 13
#define VEC_PF 14
#define VEC_AC 17
#define VEC_MC 18
#define VEC_CP 21
#define VEC_EXCEPTIONS 32
#define VEC_PIC 0x20
#define VEC_DEVICE_FIRST 0x30
#define VEC_DEVICE_LAST 0xdf
#define VEC_TIMER 0xec
#define VEC_KICK 0xed
#define VEC_ERROR 0xee
#define VEC_SPURIOUS 0xff
#define VEC_COUNT 256

#ifndef __ASSEMBLY__
#include <bulkhead/lib/types.h>

struct gate {
	u16 offset_lo;
	u16 selector;
	u8 ist;
	u8 type;
	u16 offset_mid;
	u32 offset_hi;
	u32 reserved;
} __packed;
_Static_assert(sizeof(struct gate) == 16U, "IA-32e mode gate");

struct tss {
	u32 reserved0;
	u64 rsp[3];
	u64 reserved1;
	u64 ist[7];
	u64 reserved2;
	u16 reserved3;
	u16 iomap_base;
} __packed;
_Static_assert(sizeof(struct tss) == 104U, "64-bit task state segment");

struct table_register {
	u16 limit;
	u64 base;
} __packed;

/* Linear address of the task state segment of logical CPU @id. */
uintptr_t desc_tss(u32 id);

/* Loads the tables of logical CPU @id and makes this_cpu() answer cpus[@id]. */
void desc_load(u32 id);

/* Fills the interrupt descriptor table; once, before the first desc_load(). */
void idt_init(void);

#endif
#endif
