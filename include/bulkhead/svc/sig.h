/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures over a SHA-256 hash. Algorithm, curve and padding belong to the key, never to the
 * signed thing: an image cannot choose how it is checked.
 */
#ifndef BULKHEAD_SVC_SIG_H
#define BULKHEAD_SVC_SIG_H

#include <bulkhead/lib/types.h>
#include <bulkhead/svc/hash.h>

enum sig_algo {
	SIG_ECDSA_P256,  /* key: X then Y, 32 bytes each; signature: r then s, 32 bytes each */
	SIG_RSA3072_PSS, /* key: modulus, 384 bytes, exponent 65537; RFC 8017 section 8.1 */
};

struct sig_key {
	enum sig_algo algo;
	const char *name;
	const u8 *bytes; /* big-endian, as `algo` says */
	size_t size;
	bool development; /* made by the build because the user gave none: every boot says so */
};

/* False in a build with CONFIG_SYSTEM_IMAGE_UNVERIFIED: sig_verify() takes everything then. */
extern const bool sig_checked;

/*
 * 0 if @sig is @key's signature over @hash; BH_EBADSIG if not; BH_ENOTSUP if the build lacks the
 * algorithm; BH_EINVAL if the key itself is malformed; BH_ENOMEM if the arena is too small.
 */
int sig_verify(const struct sig_key *key, const u8 hash[SHA256_SIZE], const u8 *sig, size_t size);

#endif
