/* SPDX-License-Identifier: Apache-2.0 */
/* C17 7.24 for third-party code: what Bulkhead's own lib/ has of it. */
#ifndef BULKHEAD_LIBC_STRING_H
#define BULKHEAD_LIBC_STRING_H

#include <bulkhead/lib/string.h>

#endif
