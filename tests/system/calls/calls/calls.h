/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the guest that attacks: each fails the guest if an answer is not the right one. */
#ifndef CALLS_H
#define CALLS_H

#include "../../../guest/guest.h"

/* A call: x0 to x3 in place, x4 to x17 must be kept. Returns x0. */
s64 calls_make(bool smc, u64 x[4]);

/* Has the CPU a source of random numbers (RNDR)? */
bool calls_entropy(void);

/* PSCI, SMCCC and TRNG by both instructions. */
void calls_directed(void);

/* @count calls of any number with any arguments; each answer is held against a model. */
void calls_random(u32 count);

/* Several CPUs start the same one. */
void calls_race(u32 rounds);

/* Instructions of a round trip: printed. */
void calls_measure(void);

/* Every register of the virtual PL011 at every width. */
void uart_table(void);

/* Its loopback: trigger levels, overrun; and what is typed. */
void uart_loop(void);
void uart_typed(void);

/* Data and instructions where nothing is. */
void nowhere(void);

/* A channel with an honest peer, and who manages it. */
void channel_talk(void);
void manage_peer(void);

/* More bells than may be heard; what may not be asked, log records that are gone. */
void bells_late(void);
void manage_refused(void);

/* The last synchronous exception that was taken; 0: none since it was cleared. */
extern volatile u64 fault_esr, fault_far;

#endif
