/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vcpus around the interrupt controllers, as far as those see them: what tests and fuzzers stand
 * on.
 */
#ifndef TESTS_VLAPIC_MACHINE_H
#define TESTS_VLAPIC_MACHINE_H

#include <asm/vlapic.h>

#define VCPUS 4U

struct machine_vcpu {
	u32 kicks;
	u64 alarm;
	u32 started; /* how often, and at which page last */
	u8 page;
	bool off;
	u32 leaves_after; /* asked so often to stop, it is off */
};

extern struct machine_vcpu vcpus[VCPUS];
extern u64 machine_time;
extern u32 lines_open; /* of pins that are bound to the board's */
extern struct virq q;

/* Power-on: vcpu 0 runs, the others are off. */
void machine_reset(void);

/* All vcpus run, software-enabled; by x2APIC or xAPIC. */
void machine_run(bool x2apic);

u32 page_read(u32 n, u32 offset);
void page_write(u32 n, u32 offset, u32 value);

/* False: #GP. */
bool msr_read(u32 n, u32 msr, u64 *value);
bool msr_write(u32 n, u32 msr, u64 value);

/* Vcpu @n looks: the vector it would get, which it takes; 0: none. */
u32 take(u32 n);

/* The vectors that vcpu @n gets one after the other, ended at once, at most @max; how many. */
u32 drain(u32 n, u8 *vector, u32 max);

#endif
