// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/lib/error.h>
#include <bulkhead/svc/sig.h>

#include "sig_algos.h"

const bool sig_checked = true;

int sig_verify(const struct sig_key *key, const u8 hash[SHA256_SIZE], const u8 *sig, size_t size)
{
	switch (key->algo) {
	case SIG_ECDSA_P256:
		return sig_verify_p256(key, hash, sig, size);
	case SIG_RSA3072_PSS:
		return sig_verify_rsa3072(key, hash, sig, size);
	default:
		return BH_ENOTSUP;
	}
}
