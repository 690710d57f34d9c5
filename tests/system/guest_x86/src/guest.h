/* SPDX-License-Identifier: Apache-2.0 */
/* What the guest and the program around it agree on; assembly includes it as well. */
#ifndef GUEST_H
#define GUEST_H

/* Guest physical addresses; the guest maps the first GiB to itself. */
#define GUEST_RAM 0x10000
#define GUEST_RAM_SIZE 0x10000
#define GUEST_RESULTS 0x14000 /* a page for each vcpu */
#define GUEST_STACKS 0x16000  /* a page for each vcpu */
#define GUEST_PML4 0x18000
#define GUEST_PDPT 0x19000
#define GUEST_PD 0x1a000
#define GUEST_IDT 0x1b000
#define GUEST_DESC 0x1c000 /* a page for each vcpu */
#define GUEST_READ_ONLY 0x1f000
#define GUEST_LARGE 0x00400000 /* memory that one large leaf can map */
#define GUEST_LARGE_SIZE 0x200000
#define GUEST_DEVICE 0x09000000
#define GUEST_NOWHERE 0x30000000
#define GUEST_UNMAPPED 0x50000000 /* in no table of the guest's */
#define GUEST_PORT 0x5000

/* In the page of descriptors. */
#define DESC_GDT_POINTER 0x80
#define DESC_IDT_POINTER 0x90
#define DESC_NO_IDT 0xa0 /* a limit that no vector is in */
#define DESC_PAE 0xc0    /* page-directory pointers of PAE paging */
#define DESC_TSS 0x100
#define DESC_CALL 0xb0 /* what arch_call() says, for real mode */

#define SEL_USER_DATA 0x1b
#define SEL_USER_CODE 0x23
#define SEL_GUEST_TSS 0x28
#define SEL_CODE32 0x38

/* Registers of the device. */
#define REG_PARK 0x00 /* w: vcpu_go() returns once, then the guest goes on */
#define REG_END 0x08  /* w: the guest has done its work */

/* First argument: the number of the vcpu, and what it is to do. */
#define ARG_VMX 0x100      /* the call is VMCALL, and what VMX alone refuses is tried */
#define ARG_TRIPLE 0x200   /* nothing but a triple fault */
#define ARG_NO_STACK 0x400 /* an exception, and nowhere to put it */

#define UNKNOWN_CALL 0x4d2
#define VECTOR 0x40 /* of an interrupt that is injected */

/* A fault, in the order it is written to the results. */
#define FAULT_BYTES 40 /* vector, error code, CR2, CPL, RIP - where it was expected */
#define FAULTS_BOTH 20
#define FAULTS 30 /* with those of VMX alone */
#define VALUES_AT (FAULTS * FAULT_BYTES)
#define VALUES 17
#define VALUE_DR6 6
#define LONG_AT 0xff8 /* written at the end of the way from real mode */

#endif
