// SPDX-License-Identifier: Apache-2.0
#include <mbedtls/sha256.h>

#include <bulkhead/lib/string.h>
#include <bulkhead/svc/hash.h>

_Static_assert(sizeof(mbedtls_sha256_context) <= sizeof(struct hash), "a running hash fits");
_Static_assert(__alignof__(mbedtls_sha256_context) <= __alignof__(struct hash), "and is aligned");

static mbedtls_sha256_context *context(struct hash *h)
{
	return (mbedtls_sha256_context *)(void *)h->state;
}

/* The library's calls below cannot fail: software SHA-256 has no error to report. */
void hash_init(struct hash *h)
{
	mbedtls_sha256_init(context(h));
	(void)mbedtls_sha256_starts(context(h), 0);
}

void hash_update(struct hash *h, const void *data, size_t n)
{
	(void)mbedtls_sha256_update(context(h), data, n);
}

void hash_final(struct hash *h, u8 out[SHA256_SIZE])
{
	(void)mbedtls_sha256_finish(context(h), out);
	mbedtls_sha256_free(context(h));
}

bool hash_equal(const u8 a[SHA256_SIZE], const u8 b[SHA256_SIZE])
{
	u8 difference = 0;

	for (u32 i = 0; i < SHA256_SIZE; i++)
		difference = (u8)(difference | (a[i] ^ b[i]));
	return difference == 0U;
}
