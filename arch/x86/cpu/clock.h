/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ARCH_X86_CPU_CLOCK_H
#define ARCH_X86_CPU_CLOCK_H

#include <bulkhead/lib/types.h>

struct clocks {
	u64 tsc_hz;
	u64 apic_hz; /* local APIC timer, divided by 1 */
	const char *source;
};

/*
 * Measures both on the boot CPU, with the local APIC mapped and its timer free. BH_ENODEV where
 * the machine has nothing to measure against.
 */
int clocks_measure(struct clocks *c);

#endif
