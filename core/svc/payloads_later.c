// SPDX-License-Identifier: Apache-2.0
/* Staged start: a payload is hashed when a partition gets its copy (design.md, decision 10). */
#include "image_bytes.h"

int payload_accept(const struct fit_payload *p, const u8 *bytes)
{
	(void)p;
	(void)bytes;
	return 0;
}
