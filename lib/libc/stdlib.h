/* SPDX-License-Identifier: Apache-2.0 */
/* C17 7.22 for third-party code: types only. Nothing here allocates, converts or exits. */
#ifndef BULKHEAD_LIBC_STDLIB_H
#define BULKHEAD_LIBC_STDLIB_H

#include <stddef.h>

/*
 * Declared because libfdt's header set mentions it in fdt_overlay.c, which is not built: a use
 * fails to link.
 */
unsigned long strtoul(const char *restrict s, char **restrict end, int base);

#endif
