/* SPDX-License-Identifier: Apache-2.0 */
/* Words for what exceptions report. Pure text, tested on the host. */
#ifndef ASM_DECODE_H
#define ASM_DECODE_H

#include <bulkhead/lib/types.h>

/* "#PF page fault", "#DF double fault", ...; "reserved exception" where Intel names none. */
const char *exc_name(u64 vector);

/*
 * Says in @buf what @error means for @vector ("write to a page that is not present"); an empty
 * text where the exception has no error code. SDM volume 3, sections 7.13 and 7.15.
 */
void exc_error_decode(u64 vector, u64 error, char *buf, size_t size);

/* Names of the bits set in a control register or RFLAGS value, separated by spaces. */
struct bit_name {
	u8 bit;
	const char *name;
};
void bits_decode(u64 v, const struct bit_name *names, size_t count, char *buf, size_t size);

#endif
