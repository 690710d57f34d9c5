/* SPDX-License-Identifier: Apache-2.0 */
/* Contract: what only firmware or the board can do. */
#ifndef BULKHEAD_ARCH_FIRMWARE_H
#define BULKHEAD_ARCH_FIRMWARE_H

#include <bulkhead/arch/exit.h>
#include <bulkhead/lib/types.h>

struct vcpu_arch;

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

/*
 * A partition's own rules for the firmware calls of its guests (arm64: SMC and HVC by SMCCC; x86
 * has none). The first rule that names a call's number counts; a call that no rule names is
 * answered by the architecture's table (docs/arm64.md).
 */
enum firmware_action {
	FIRMWARE_DENY, /* as if it did not exist */
	FIRMWARE_PASS, /* handed on to the machine's firmware: x0 to x6, results x0 to x3 */
};

#define FIRMWARE_RULES_MAX 8U
struct firmware_filter {
	u32 count;
	struct {
		u32 first, last; /* numbers */
		enum firmware_action action;
	} rule[FIRMWARE_RULES_MAX];
};

/* Gives @v the rules @f, which stay; NULL: none. Survives vcpu_reset(). @v does not run. */
void firmware_filter_set(struct vcpu_arch *v, const struct firmware_filter *f);

/*
 * A call that is none of Bulkhead's own, from the short frame: as upcall_hypercall(), results in
 * call[0..3]. TRAP_RETRY: nothing is done, the call needs firmware_guest_exit().
 */
enum trap_result firmware_guest_call(struct vcpu_arch *v, u64 *call);

/* The same from the full frame, for EXIT_HYPERCALL and EXIT_FIRMWARE. */
enum trap_result firmware_guest_exit(struct vcpu_arch *v, struct exit *e);

#endif
