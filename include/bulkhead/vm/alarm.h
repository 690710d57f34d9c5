/* SPDX-License-Identifier: Apache-2.0 */
/* What each CPU is to look at, and when: several alarms on the one that hardware has. */
#ifndef BULKHEAD_VM_ALARM_H
#define BULKHEAD_VM_ALARM_H

#include <bulkhead/lib/types.h>

/* In the order in which those that are due at once go off. */
enum alarm {
	ALARM_WINDOW,   /* a window ends */
	ALARM_DEADLINE, /* the guest of this window must have reported */
	ALARM_WATCHDOG,
	ALARM_BELL,    /* bells that were rung too often may be heard */
	ALARM_LIFE,    /* a step of a partition's life that waits for hardware can be done */
	ALARM_FAULTS,  /* IOMMUs may have recorded more */
	ALARM_CONSOLE, /* the port, which does not interrupt, may have received something */
	ALARMS
};

/* Boot: @fn is called, on the CPU that has set @a, with interrupts masked. */
void alarm_handler_set(enum alarm a, void (*fn)(void));

/*
 * @a of this CPU goes off once, not earlier than @at (ticks of timer_now()), instead of when it was
 * set to before; 0: never. It is taken whatever the guest masks.
 */
void alarm_set(enum alarm a, u64 at);

/* If @a of this CPU is set it goes off at once: who it is for leaves the CPU. */
void alarm_hasten(enum alarm a);

#endif
