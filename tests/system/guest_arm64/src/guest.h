/* SPDX-License-Identifier: Apache-2.0 */
/* What the guest and the program around it agree on; assembly includes it as well. */
#ifndef GUEST_H
#define GUEST_H

/* Guest physical addresses; the guest's MMU is off. */
#define GUEST_RAM 0x10000
#define GUEST_RAM_SIZE 0x10000
#define GUEST_RESULTS 0x18000 /* a page for each vcpu */
#define GUEST_READ_ONLY 0x1f000
#define GUEST_DEVICE 0x09000000
#define GUEST_NOWHERE 0x30000000

/* Registers of the device. */
#define REG_PARK 0x00 /* w: vcpu_go() returns once, then the guest goes on */
#define REG_END 0x08  /* w: the guest has done its work */
#define REG_ONCE 0x34 /* w: counted */
#define REG_WAIT 0x38 /* w: as REG_PARK */
#define REG_PAIR 0x40 /* w: a sum is kept of value * (offset - REG_PAIR + 1); r: it, and 1 */

/* A fault, in the order it is written to the results. */
#define FAULT_BYTES 40 /* vector, ESR_EL1, FAR_EL1, SPSR_EL1, ELR_EL1 - where it was expected */
#define FAULTS 9
#define VALUES_AT (FAULTS * FAULT_BYTES)
#define VALUES 13

#endif
