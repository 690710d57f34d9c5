/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the fake architecture share. */
#ifndef ARCH_FAKE_FAKE_H
#define ARCH_FAKE_FAKE_H

#include <asm/fake.h>

/* Ends the CPU that this thread plays. */
void fake_end(enum fake_end how) __noreturn;

/* Ends this thread if fake_reset() waits for it. */
void fake_thread_check(void);

/* fake_reset(), part by part. */
void fake_cpu_reset(void);
void fake_timer_reset(void);
void fake_mmu_reset(void);
void fake_irqchip_reset(void);
void fake_smp_reset(void);
void fake_trap_reset(void);
void fake_firmware_reset(void);
void fake_s2_reset(void);

/* Has the alarm of CPU @cpu gone off? Answers true once. */
bool fake_alarm_take(u32 cpu);

#endif
