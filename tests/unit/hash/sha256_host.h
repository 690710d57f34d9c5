/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_HASH_SHA256_HOST_H
#define TESTS_UNIT_HASH_SHA256_HOST_H

#include <stdbool.h>

enum sha256_way { WAY_C, WAY_SSE, WAY_AVX };

/* From now on hashes are computed that way; false if this host cannot. */
bool sha256_host_use(enum sha256_way want);

#endif
