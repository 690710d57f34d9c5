/* SPDX-License-Identifier: Apache-2.0 */
/* The local APIC as the rest of this folder uses it. */
#ifndef ASM_LAPIC_H
#define ASM_LAPIC_H

#include <asm/apic.h>
#include <bulkhead/lib/types.h>

u32 lapic_read(enum apic_reg reg);
void lapic_write(enum apic_reg reg, u32 v);
void lapic_eoi(void);

/*
 * Sends an interprocessor interrupt to the CPU with @apic_id. Waits, bounded, for the one before
 * to leave: BH_ETIMEDOUT if it does not. BH_ERANGE: the xAPIC cannot name this CPU. Nothing is
 * sent then.
 */
int lapic_send(u32 apic_id, enum apic_delivery delivery, u8 vector);

#endif
