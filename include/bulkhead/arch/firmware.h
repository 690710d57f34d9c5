/* SPDX-License-Identifier: Apache-2.0 */
/* Contract: what only firmware or the board can do. */
#ifndef BULKHEAD_ARCH_FIRMWARE_H
#define BULKHEAD_ARCH_FIRMWARE_H

#include <bulkhead/lib/types.h>

/* Warm reset, memory kept where the machine can. Tries every way there is, then halts. */
void firmware_reset(void) __noreturn;

/* Power off (PSCI SYSTEM_OFF, ACPI S5). Halts where there is no way. */
void firmware_off(void) __noreturn;

/*
 * Ends a simulation with a status the runner sees: @status 0 passed, else failed. The console is
 * drained first. Built with CONFIG_SIM_EXIT only.
 *
 * QEMU's process ends with 33 for passed and 35 for failed, so that neither a power off (0) nor
 * an error of the emulator (1) is taken for a verdict. arm64: semihosting SYS_EXIT with that
 * number as subcode; x86: port 0xf4 is written 0x10 or 0x11, then, for Bochs, port 0x8900 'D' or
 * "Shutdown".
 */
void firmware_sim_exit(u32 status) __noreturn;

/*
 * Fills @buf with @n bytes from the machine's one named entropy source and returns 0, or
 * BH_ENODEV where there is none. firmware_entropy_source() names it ("RNDR", "RDSEED", "none").
 */
int firmware_entropy(void *buf, size_t n);
const char *firmware_entropy_source(void);

#endif
