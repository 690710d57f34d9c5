/* SPDX-License-Identifier: Apache-2.0 */
/* Local APIC registers (SDM volume 3, chapter 11), and the pure part of using them. */
#ifndef ASM_APIC_H
#define ASM_APIC_H

#include <bulkhead/lib/types.h>

/* Offsets in the MMIO page; an x2APIC MSR is X2APIC_MSR_BASE + offset / 16. */
enum apic_reg {
	APIC_ID = 0x20,
	APIC_VERSION = 0x30,
	APIC_TPR = 0x80,
	APIC_EOI = 0xb0,
	APIC_SVR = 0xf0,
	APIC_ESR = 0x280,
	APIC_ICR = 0x300,
	APIC_ICR_HI = 0x310,
	APIC_LVT_TIMER = 0x320,
	APIC_LVT_THERMAL = 0x330,
	APIC_LVT_PERF = 0x340,
	APIC_LVT_LINT0 = 0x350,
	APIC_LVT_LINT1 = 0x360,
	APIC_LVT_ERROR = 0x370,
	APIC_TIMER_INITIAL = 0x380,
	APIC_TIMER_CURRENT = 0x390,
	APIC_TIMER_DIVIDE = 0x3e0,
};

#define X2APIC_MSR_BASE 0x800U
#define APIC_SVR_ENABLE BIT(8)
#define APIC_LVT_MASKED BIT(16)
#define APIC_LVT_NMI (4U << 8)
#define APIC_LVT_TSC_DEADLINE (2U << 17)
#define APIC_DIVIDE_BY_1 0xbU
#define APIC_ICR_PENDING BIT(12)

/* A message (11.11): physical destination, fixed, edge. 31:8 of a wide id are above bit 40. */
#define APIC_MESSAGE_BASE 0xfee00000ULL
#define APIC_MESSAGE_DESTINATION(id) \
	(FIELD_PREP((id) & 0xffU, 19, 12) | ((u64)((id) & ~0xffU) << 32))

enum apic_delivery {
	APIC_FIXED = 0,
	APIC_NMI = 4,
	APIC_INIT = 5,
	APIC_STARTUP = 6,
};

/*
 * The interrupt command for one CPU: 64 bits as the x2APIC takes them, or as the two halves of
 * the xAPIC (8-bit destination in 63:56). Physical destination, edge, asserted.
 */
u64 apic_icr_encode(bool x2apic, u32 apic_id, enum apic_delivery delivery, u8 vector);

/* Names the error bits of an ESR value in @buf ("illegal vector sent, ..."), "none" for 0. */
void apic_esr_decode(u32 esr, char *buf, size_t size);

#endif
