/* SPDX-License-Identifier: Apache-2.0 */
/* The device of the test, as guest and program see it. */
#ifndef TESTS_VGIC_DEVICE_H
#define TESTS_VGIC_DEVICE_H

#define DEVICE_BASE 0x0b000000

#define DEVICE_PEND 0x00  /* w: an edge of this INTID */
#define DEVICE_HIGH 0x04  /* w: its level goes high */
#define DEVICE_LOW 0x08   /* w: ... and low */
#define DEVICE_ROW 0x0c   /* w: row of the register table; r: how many there are */
#define DEVICE_FIELD 0x10 /* r: fields of that row from here on, 8 bytes each: */
#define FIELD_FRAME 0U
#define FIELD_KIND 1U
#define FIELD_WIDTH 2U
#define FIELD_SIZES 3U
#define FIELD_OFFSET 4U
#define FIELD_COUNT 5U
#define FIELD_RESET 6U
#define FIELD_READ_ONLY 7U
#define FIELD_COMPUTED 8U /* 1: the value it reads is not in the table */
#define DEVICE_END 0x80   /* w: the verdict, 0 is good */
#define DEVICE_EDGE 0x84  /* w: an edge of this physical INTID */

/* Devices of the board that the guest has: their physical interrupts, and one's registers. */
#define ALARM_BASE 0x09010000
#define ALARM_INTID 34
#define EDGE_INTID 39

#endif
