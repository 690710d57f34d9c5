/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of the accepted image, as the loader left them: not private, hence not yet believed. */
#ifndef BULKHEAD_CORE_SVC_IMAGE_BYTES_H
#define BULKHEAD_CORE_SVC_IMAGE_BYTES_H

#include <bulkhead/lib/types.h>
#include <bulkhead/svc/fit.h>

/* [offset, offset + size) of the accepted image; NULL if none was accepted or it is shorter. */
const u8 *image_bytes(u64 offset, u64 size);

/* May an image with this payload be accepted? 0 or BH_EBADSIG; it is checked again when copied. */
int payload_accept(const struct fit_payload *p, const u8 *bytes);

#endif
