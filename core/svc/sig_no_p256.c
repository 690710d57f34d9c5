// SPDX-License-Identifier: Apache-2.0
/* For builds whose key is of another algorithm. */
#include <bulkhead/lib/error.h>

#include "sig_algos.h"

int sig_verify_p256(const struct sig_key *key, const u8 *hash, const u8 *sig, size_t size)
{
	(void)key;
	(void)hash;
	(void)sig;
	(void)size;
	return BH_ENOTSUP;
}
