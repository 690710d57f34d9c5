/* SPDX-License-Identifier: Apache-2.0 */
/* The partition of the test, as guest and program see it. */
#ifndef TESTS_VAPIC_DEVICE_H
#define TESTS_VAPIC_DEVICE_H

/* Ports of 32 bits. */
#define DEVICE_PORT 0x500
#define DEVICE_ROW 0      /* w: row of the register table; r: how many there are */
#define DEVICE_FIELD 4    /* w: which field of it is read next: FIELD_*; r: that field */
#define DEVICE_PEND 8     /* w: an edge of this GSI */
#define DEVICE_HIGH 12    /* w: its level goes high */
#define DEVICE_LOW 16     /* w: ... and low */
#define DEVICE_MESSAGE 20 /* w: a message with this data to vcpu 0 */
#define DEVICE_PING 24    /* r: 0, at once */
#define DEVICE_SENT 28    /* w: which counter is read next: 0 fast, 1 slow; r: that of this vcpu */
#define DEVICE_PORTS 32

#define FIELD_OFFSET 0
#define FIELD_COUNT 1
#define FIELD_MODES 2
#define FIELD_KIND 3
#define FIELD_X2_READ_ONLY 4
#define FIELD_RESET 5
#define FIELD_RESERVED 6      /* low half */
#define FIELD_RESERVED_HIGH 7 /* high half */
#define FIELD_WRITES 8
#define FIELD_READS 9

#endif
