/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the guests of this test do to their machine, by each architecture's means (arm64.h, x86.h):
 *
 *   machine_touch_all()   every register and call that makes Bulkhead take a lock; as it was after
 *   machine_send_all()    an interrupt to all others, and one to itself
 *   machine_touch()       two registers of the interrupt controller
 *   machine_call()        a call that is none of UCALL's
 *   machine_send_init()   fn runs for what machine_send() sends
 *   machine_send()        an interrupt to itself
 *   machine_timer_init()  fn runs for the timer
 *   machine_timer()       comes when guest_ticks() reaches that; at once if that was before
 *   machine_sleep()       until an interrupt is there, which is taken then or pends
 *   machine_reset(), machine_off()
 *   machine_exception()   takes interrupts, steps over what faults
 */
#ifndef TESTS_SYSTEM_FREEZE_MACHINE_H
#define TESTS_SYSTEM_FREEZE_MACHINE_H

#include <abi/ucall.h>

#include "../../guest/guest_arch.h"

#define NOWHERE 0x20000000U

#ifdef __aarch64__
#include "arm64.h"
#else
#include "x86.h"
#endif

/* Nobody answers there. */
static inline void machine_miss(void)
{
	*(volatile u32 *)(uintptr_t)NOWHERE = 0;
}

#endif
