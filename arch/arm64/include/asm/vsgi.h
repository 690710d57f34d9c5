/* SPDX-License-Identifier: Apache-2.0 */
/* SGIs of guests that a GICv4.1 delivers by itself (Arm IHI 0069, 5.3 and 8.8). Pure. */
#ifndef ASM_VSGI_H
#define ASM_VSGI_H

#include <bulkhead/lib/types.h>

/* How SGI @intid of a vPE is: what the ITS command VSGI sets. */
struct vsgi {
	u16 vpe;
	u8 intid;    /* 0 to 15 */
	u8 priority; /* bits 7:4 count */
	bool enabled;
	bool group1;
	bool clear; /* what is pending is forgotten */
};

/* The command, as 4 doublewords of the ITS's queue. */
void vsgi_command(const struct vsgi *s, u64 command[4]);

/* What is written to GITS_SGIR to make SGI @intid of @vpe pending. */
u64 vsgi_doorbell(u16 vpe, u8 intid);

#endif
