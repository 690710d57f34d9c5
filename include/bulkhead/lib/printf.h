/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bounded formatted output. Supported: %d %i %u %x %X %c %s %p %% with flags '-', '0', ' ', '#',
 * width and precision (numbers or '*'), lengths hh h l ll z j t. Nothing else: floating point and
 * %n do not exist here. An unknown conversion is copied as it stands.
 */
#ifndef BULKHEAD_LIB_PRINTF_H
#define BULKHEAD_LIB_PRINTF_H

#include <stdarg.h>
#include <stddef.h>

#include <bulkhead/lib/types.h>

/*
 * Writes at most @size bytes to @buf, the last of them a NUL when @size is not 0, and returns
 * the length the whole text would have (C17 7.21.6.5).
 */
int bh_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap) __printf(3, 0);
int bh_snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);

#endif
