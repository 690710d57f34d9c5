// SPDX-License-Identifier: Apache-2.0
/* For builds with CONFIG_SYSTEM_IMAGE_CHECK_ALL: what is damaged is refused with the image. */
#include <bulkhead/lib/error.h>

#include "image_bytes.h"

int payload_accept(const struct fit_payload *p, const u8 *bytes)
{
	return fit_payload_check(p, bytes);
}
