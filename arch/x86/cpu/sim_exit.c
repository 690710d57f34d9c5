// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/firmware.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/base/log.h>

/* QEMU's isa-debug-exit: its process ends with (value << 1) | 1. */
#define DEBUG_EXIT 0xf4
#define DEBUG_EXIT_PASSED 0x10U
#define DEBUG_EXIT_FAILED 0x11U

/* Bochs: 'D' drops into its debugger, whose next command is to quit; "Shutdown" ends it. */
#define BOCHS_EXIT 0x8900

/* The simulated UART has taken the last byte, its file has not yet. */
#define FLUSH_TURNS 20000U

void firmware_sim_exit(u32 status)
{
	const char *bochs = status == 0U ? "D" : "Shutdown";

	log_drain();
	for (u32 i = 0; i < FLUSH_TURNS; i++)
		cpu_relax();
	port_write32(DEBUG_EXIT, status == 0U ? DEBUG_EXIT_PASSED : DEBUG_EXIT_FAILED);
	for (const char *c = bochs; *c != '\0'; c++)
		port_write8(BOCHS_EXIT, (u8)*c);
	cpu_halt();
}
