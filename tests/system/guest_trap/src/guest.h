/* SPDX-License-Identifier: Apache-2.0 */
/* What the guest and the program around it agree on; assembly includes it as well. */
#ifndef GUEST_H
#define GUEST_H

/* Guest physical addresses. The guest runs with gva = gpa. */
#define GUEST_RAM 0x10000
#define GUEST_RAM_SIZE 0x10000
#define GUEST_STACK 0x18000
#define GUEST_TABLES 0x1c000 /* three pages, where an architecture needs them */
#define GUEST_SHARED 0x1f000 /* the page whose rights come and go */
#define GUEST_MMIO 0x09000000
#define GUEST_NOWHERE 0x30000000

/* Registers at GUEST_MMIO, 8 bytes apart, all written and read as 32 bits. */
#define REG_RESULT 0x00 /* w: low half of what the unknown hypercall answered */
#define REG_ASK 0x08    /* r: a number the guest cannot know */
#define REG_ECHO 0x10   /* w: that number */
#define REG_STAMP 0x18  /* w: the time is noted */
#define REG_FAULT 0x20  /* w: a fault came: the syndrome, or vector and error code */
#define REG_END 0x28    /* w: the guest has done its work */

/* Modes of the guest: its first argument. Calls to time are in bits 31:8. */
#define MODE_TRIPS 0
#define MODE_WRITER 1  /* adds up GUEST_SHARED for ever; a fault is counted and tried again */
#define MODE_VMMCALL 2 /* x86: the call is VMMCALL, else VMCALL */
#define MODE_CPUID 4   /* x86: CPUID is what is timed, not the call */

/* An operation that UCALL does not have. */
#ifdef CONFIG_ARM64
#define UNKNOWN_CALL 0xc60004d2
#else
#define UNKNOWN_CALL 0xb00004d2
#endif

#endif
