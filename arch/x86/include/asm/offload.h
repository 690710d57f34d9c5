/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words by which hardware delivers interrupts to guests by itself: posted interrupts and IPI
 * virtualization (SDM volume 3, sections 31.1.6 and 31.6), AVIC (APM volume 2, 15.29). Pure.
 */
#ifndef ASM_OFFLOAD_H
#define ASM_OFFLOAD_H

#include <bulkhead/lib/types.h>

/* Posted-interrupt descriptor. */
struct posted {
	u64 pir[4];  /* a bit a vector; atomic */
	u64 control; /* ON 0, SN 1, NV 23:16, NDST 63:32; atomic */
	u64 zero[3];
} __aligned(64);

_Static_assert(sizeof(struct posted) == 64U, "SDM volume 3, table 31-1");

/* Empty: notified by @vector at the CPU with @apic_id, which the xAPIC has in 8 bits. */
void posted_init(struct posted *d, u8 vector, u32 apic_id, bool x2apic);

/*
 * Leaves @vector. True: the CPU is to be sent the notification vector. Any CPU, no lock; @d is in
 * use by hardware.
 */
bool posted_leave(struct posted *d, u8 vector);

/* Another CPU from now on; notifications are held back while @held. */
void posted_move(struct posted *d, u32 apic_id, bool x2apic, bool held);

/*
 * Entry of the PID-pointer table: the vcpu whose descriptor is at @pa, a multiple of 64. Zero:
 * nobody has that id.
 */
u64 ipiv_entry(hpa_t pa);

/*
 * Entry of AVIC's physical APIC id table: the backing page of a vcpu, and where it runs. @apic_id:
 * at most 4095; AVIC_NOT_RUNNING: a doorbell has nobody to ring.
 */
#define AVIC_NOT_RUNNING 0xffffffffU
u64 avic_physical(hpa_t backing_page, u32 apic_id);

/* Entry of the logical table: vcpu @id, at most 255. */
u32 avic_logical(u32 id);

/* Where the logical table has LDR @ldr (bits 31:24 as in the page); AVIC_NO_ENTRY: nowhere. */
#define AVIC_NO_ENTRY 0xffffffffU
u32 avic_logical_index(u32 ldr, bool flat);

#endif
