/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the test guest share. */
#ifndef TESTS_VAPIC_APIC_H
#define TESTS_VAPIC_APIC_H

#include "../../../guest/guest.h"
#include "../src/device.h"

#define PAGE 0xfee00000UL
#define IOAPIC 0xfec00000UL

#define REG_ID 0x20U
#define REG_VERSION 0x30U
#define REG_TPR 0x80U
#define REG_PPR 0xa0U
#define REG_EOI 0xb0U
#define REG_LDR 0xd0U
#define REG_SVR 0xf0U
#define REG_ISR 0x100U
#define REG_IRR 0x200U
#define REG_ESR 0x280U
#define REG_ICR 0x300U
#define REG_ICR_HIGH 0x310U
#define REG_TIMER 0x320U
#define REG_LINT0 0x350U
#define REG_ERROR 0x370U
#define REG_INITIAL 0x380U
#define REG_CURRENT 0x390U
#define REG_DIVIDE 0x3e0U
#define REG_SELF 0x3f0U

#define KIND_NONE 0U
#define KIND_RO 1U
#define KIND_RW 2U
#define KIND_WO 3U
#define IN_XAPIC 1U
#define IN_X2APIC 2U

#define VECTOR_GP 13U
#define VECTOR_NMI 2U

/* How often each vector came on each CPU; the last that came first. */
extern volatile u32 taken[2][256];
extern volatile u32 faults;
/* Where an instruction that may fault goes on. */
extern volatile u64 fixup;
/* Called first of all in a handler, if set. */
extern void (*volatile on_entry)(u32 vector);
/* Called in a handler before its end of interrupt, if set. */
extern void (*volatile on_interrupt)(u32 vector);
extern volatile bool x2apic;

u32 port_read(u32 reg);
void port_write(u32 reg, u32 value);
u32 page_read(u32 reg);
void page_write(u32 reg, u32 value);
/* By MSR or page, as the APIC is. */
u32 apic_read(u32 reg);
void apic_write(u32 reg, u32 value);
/* To the APIC with id @dest. */
void icr(u32 dest, u32 command);

u64 msr_read(u32 msr);
void msr_write(u32 msr, u64 value);
/* False: #GP. */
bool msr_read_safe(u32 msr, u64 *value);
bool msr_write_safe(u32 msr, u64 value);

static inline void irqs_on(void)
{
	__asm__ volatile("sti" ::: "memory");
}

static inline void irqs_off(void)
{
	__asm__ volatile("cli" ::: "memory");
}

#define AWAIT_TICKS 400000000U

/* Interrupts on until @what holds, which must be within a long time. */
#define await(what)                                                            \
	do {                                                                   \
		const u64 await_from = guest_ticks();                          \
		irqs_on();                                                     \
		while (!(what)) {                                              \
			guest_check(guest_ticks() - await_from < AWAIT_TICKS); \
			__asm__ volatile("pause" ::: "memory");                \
		}                                                              \
		irqs_off();                                                    \
	} while (0)

/* Takes what can be taken now. */
void settle(void);

/* True: its TSC has a rate of its own, and that is all that is tested. */
bool test_rate(void);
void test_features(void);
void test_kvm(void);
void test_pv_eoi(void);
/* True: the interrupt was ended without the local APIC. */
bool pv_eoi_end(void);
void test_registers(void);
void test_interrupts(void);
void test_second(void);
void second_start(void);
void measure(void);

#endif
