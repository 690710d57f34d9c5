// SPDX-License-Identifier: Apache-2.0
/* Takes a fixed number of timer interrupts, in silence, and ends: that always costs the same. */
#include "../../../guest/guest.h"

#define TICKS 1000U
#define TICKS_A_SECOND 250U
#define PSCI_SYSTEM_OFF 0x84000008U

static volatile u32 ticks;

static void tick(u32 intid)
{
	(void)intid;
	ticks++;
	guest_timer_set(guest_ticks() + guest_hz() / TICKS_A_SECOND);
}

void guest_main(uintptr_t info)
{
	(void)info;
	guest_irq_init();
	guest_irq_enable(GUEST_TIMER_INTID, false, tick);
	guest_timer_set(guest_ticks());
	while (ticks < TICKS) {
		guest_irq_wait();
		guest_irq_on();
		guest_irq_off();
	}
	guest_timer_stop();
	(void)guest_hypercall(PSCI_SYSTEM_OFF, 0, 0, 0, 0);
}
