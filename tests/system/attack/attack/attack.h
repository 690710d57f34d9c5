/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the guest that tries instructions. What it prints is held against the bare board. */
#ifndef ATTACK_H
#define ATTACK_H

#include "../../../guest/guest.h"

/* The last exception that was taken. */
struct taken {
	u32 count;
	u64 esr, far;
};
extern volatile struct taken taken;

#define EC(esr) ((u32)((esr) >> 26) & 0x3fU)
#define EC_UNKNOWN 0x00U
#define EC_FETCH 0x21U
#define EC_SVC 0x15U
#define EC_BREAKPOINT 0x31U
#define EC_STEP 0x33U
#define EC_WATCHPOINT 0x35U

/* Registers around a snippet: x1 to x4, q0 and q1. */
struct snippet {
	u64 x[4];
	u64 q[4];
} __attribute__((aligned(16)));

/* Runs @code, which ends with RET, with the registers of @s, and puts them back there. */
void snippet_run(const void *code, struct snippet *s);

/* Every form of load and store where nothing is, and at emulated devices. */
void access_forms(void);

/* Instructions fetched from where no code is. */
void fetches(void);

/* Every encoding of MRS and MSR, and of SYS that EL1 may have. */
void sysreg_sweep(void);

/* Every register of the interrupt controller, at every width. */
void gic_sweep(void);

/* Debug registers and performance monitors at work. */
void debug_run(void);
/* An exception that is part of that: what is to follow it is in @frame. */
bool debug_exception(struct guest_frame *frame);

/* Accesses and fetches by way of page tables that are not there. */
void walks_run(void);

/* What a compiler does not make: other levels, other states, odd operands; calls by SMC. */
void probes_run(void);

#endif
