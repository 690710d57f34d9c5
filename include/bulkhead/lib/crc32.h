/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32 of ISO 3309 and IEEE 802.3: what zlib, gzip and the FIT format compute. */
#ifndef BULKHEAD_LIB_CRC32_H
#define BULKHEAD_LIB_CRC32_H

#include <stddef.h>

#include <bulkhead/lib/types.h>

/*
 * CRC-32 of @size bytes at @data (polynomial 0x04c11db7 reflected, initial value and final
 * complement all-ones). A text in pieces: pass what the piece before returned as @crc, 0 first.
 */
u32 crc32(u32 crc, const void *data, size_t size);

#endif
