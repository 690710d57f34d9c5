/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this image share. */
#ifndef TESTS_IMAGES_APIC_H
#define TESTS_IMAGES_APIC_H

#include "../image.h"

#define REG_ID 0x20U
#define REG_TPR 0x80U
#define REG_EOI 0xb0U
#define REG_LDR 0xd0U
#define REG_DFR 0xe0U
#define REG_SVR 0xf0U
#define REG_ISR 0x100U
#define REG_IRR 0x200U
#define REG_ICR 0x300U
#define REG_ICR_HIGH 0x310U
#define REG_TIMER 0x320U
#define REG_INITIAL 0x380U
#define REG_CURRENT 0x390U
#define REG_DIVIDE 0x3e0U
#define TIMER_ONCE 0x00000U
#define TIMER_PERIODIC 0x20000U
#define TIMER_DEADLINE 0x40000U
#define TIMER_MASKED 0x10000U
#define ICR_ASSERT 0x4000U
#define ICR_NMI 0x400U
#define ICR_INIT 0x500U
#define ICR_STARTUP 0x600U
#define ICR_LOGICAL 0x800U
#define ICR_SELF 0x40000U
#define ICR_ALL 0x80000U
#define ICR_OTHERS 0xc0000U

/* How often each vector came on each of two CPUs, and the last but one and the last of them. */
extern volatile u32 taken[2][256];
extern volatile u32 last[2];
/* Called before the end of an interrupt, if set. */
extern void (*volatile on_interrupt)(u32 vector);

static inline u32 apic_read(u32 reg)
{
	return *(volatile u32 *)(0xfee00000UL + reg);
}

static inline void apic_write(u32 reg, u32 value)
{
	*(volatile u32 *)(0xfee00000UL + reg) = value;
}

/* To the APIC with id @dest, or by shorthand. */
void icr(u32 dest, u32 command);

/* Interrupts on until @what holds; false if it does not within a long time. */
#define comes(what)                                                           \
	({                                                                    \
		const u64 comes_from = guest_ticks();                         \
		guest_irq_on();                                               \
		while (!(what) && guest_ticks() - comes_from < 2000000000ULL) \
			__asm__ volatile("pause" ::: "memory");               \
		guest_irq_off();                                              \
		(what);                                                       \
	})

/* Takes what can be taken now. */
void settle(void);

void test_alone(void);
void test_timer(void);
void test_second(void);

#endif
