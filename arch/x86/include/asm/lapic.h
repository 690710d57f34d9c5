/* SPDX-License-Identifier: Apache-2.0 */
/* The local APIC as the rest of this folder uses it. */
#ifndef ASM_LAPIC_H
#define ASM_LAPIC_H

#include <asm/apic.h>
#include <bulkhead/arch/irqchip.h>
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

/*
 * A vector that no CPU has for anything, for devices: wherever it is taken, @fn runs with @ctx and
 * then it is completed. BH_EOVERFLOW: there are no more. lapic_vector_free(): nothing raises it any
 * more.
 */
int lapic_vector_take(void (*fn)(void *ctx), void *ctx, u8 *vector);
void lapic_vector_free(u8 vector);

/* Boot: who does irqchip_ops.listen. */
void lapic_listen_set(int (*fn)(enum irq_id id, u32 line, bool level, u32 cpu));

#endif
