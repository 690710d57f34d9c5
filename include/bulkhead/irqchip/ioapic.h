/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of the I/O APICs that are guests'. A line is known by its GSI. */
#ifndef BULKHEAD_IRQCHIP_IOAPIC_H
#define BULKHEAD_IRQCHIP_IOAPIC_H

#include <bulkhead/lib/types.h>

/* Most of one machine. */
#define IOAPIC_GIVEN_MAX 16U

/*
 * Boot: line @gsi goes to logical CPU @cpu, closed; whenever it is taken, @fn runs there with @ctx,
 * interrupts masked, no lock held. One that stays (@level, active low, as PCI's are) is completed
 * after @fn and comes again unless that closed it; the others are edges, active high. BH_ENOENT: no
 * I/O APIC has it, or no unit would let it through alone; BH_EBUSY: it is somebody's; BH_ENOTSUP:
 * see message_open(); BH_EOVERFLOW.
 */
int ioapic_line_give(u32 gsi, bool level, u32 cpu, void (*fn)(void *ctx), void *ctx);

/* May it come? Any CPU; takes LOCK_IRQCHIP. */
void ioapic_line_open(u32 gsi, bool open);

#endif
