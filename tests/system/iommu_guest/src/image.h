/* SPDX-License-Identifier: Apache-2.0 */
/* What of Bulkhead's own image must stay as it is. */
#ifndef TESTS_IOMMU_GUEST_IMAGE_H
#define TESTS_IOMMU_GUEST_IMAGE_H

#include <bulkhead/lib/types.h>

#define IMAGE_WHOLE (~0ULL)

/* Remembers it. False: there is more of it than room for sums. */
bool image_open(void);

/* A page of it by @n that is not in @ram_size bytes from @ram on: code, where that is not. */
u64 image_target(u32 n, u64 ram, u64 ram_size);

/* How many pages have changed: of that at @at, if it is one, or of all. */
u32 image_changed(u64 at);

#endif
