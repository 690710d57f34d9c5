/* SPDX-License-Identifier: Apache-2.0 */
/*
 * C17 7.2 for third-party code. Assertions are off, as NDEBUG would make them: what a library
 * asserts about its input must be an error code, because that input comes from outside (law 1).
 */
#ifndef BULKHEAD_LIBC_ASSERT_H
#define BULKHEAD_LIBC_ASSERT_H

#undef assert
#define assert(expression) ((void)0)
#define static_assert _Static_assert

#endif
