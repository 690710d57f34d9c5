/* SPDX-License-Identifier: Apache-2.0 */
/* C17 7.8 for third-party code: the types; and the conversions of the LP64 ABIs that are built. */
#ifndef BULKHEAD_LIBC_INTTYPES_H
#define BULKHEAD_LIBC_INTTYPES_H

#include <stdint.h>

#define PRId32 "d"
#define PRIu32 "u"
#define PRIx32 "x"
#define PRIX32 "X"
#define PRId64 "ld"
#define PRIu64 "lu"
#define PRIx64 "lx"
#define PRIX64 "lX"

#endif
