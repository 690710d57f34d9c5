/* SPDX-License-Identifier: Apache-2.0 */
/* C17 7.21 for third-party code, which includes it and, as it is configured, uses nothing of it. */
#ifndef BULKHEAD_LIBC_STDIO_H
#define BULKHEAD_LIBC_STDIO_H

#include <stddef.h>

#endif
