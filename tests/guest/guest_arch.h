/* SPDX-License-Identifier: Apache-2.0 */
/* What each architecture gives the library (<arch>/arch.c). */
#ifndef BULKHEAD_TESTS_GUEST_ARCH_H
#define BULKHEAD_TESTS_GUEST_ARCH_H

#include "guest.h"

/* Waits until the console is empty, then ends the machine; see guest_exit(). */
void guest_arch_exit(u32 status) __noreturn;

/* Takes it if it is an interrupt that the guest asked for. */
bool guest_arch_interrupt(u32 vector);

/* Prints what the exception's syndrome says. */
void guest_arch_show(const struct guest_frame *frame);

/* Address of the devicetree, or of the PVH start information. */
extern uintptr_t guest_info;

/* First C code: @info as for guest_main(). */
void guest_start(uintptr_t info) __noreturn;

#endif
