// SPDX-License-Identifier: Apache-2.0
#include <mbedtls/rsa.h>

#include <bulkhead/lib/error.h>

#include "sig_algos.h"

#define RSA3072_SIZE 384U

/* RFC 8017, A.1.1: the exponent every signer uses; the key says only the modulus. */
static const u8 exponent[] = { 0x01, 0x00, 0x01 };

int sig_verify_rsa3072(const struct sig_key *key, const u8 *hash, const u8 *sig, size_t size)
{
	mbedtls_rsa_context rsa;
	int err = 0;

	if (key->size != RSA3072_SIZE)
		return BH_EINVAL;
	if (size != RSA3072_SIZE)
		return BH_EBADSIG;
	mbedtls_rsa_init(&rsa);
	(void)mbedtls_rsa_set_padding(&rsa, MBEDTLS_RSA_PKCS_V21, MBEDTLS_MD_SHA256);
	if (mbedtls_rsa_import_raw(&rsa, key->bytes, key->size, NULL, 0, NULL, 0, NULL, 0, exponent,
				   sizeof(exponent)) != 0 ||
	    mbedtls_rsa_complete(&rsa) != 0 || mbedtls_rsa_check_pubkey(&rsa) != 0) {
		err = BH_EINVAL;
	} else {
		int rc = mbedtls_rsa_pkcs1_verify(&rsa, MBEDTLS_MD_SHA256, SHA256_SIZE, hash, sig);

		if (rc == MBEDTLS_ERR_MPI_ALLOC_FAILED)
			err = BH_ENOMEM;
		else if (rc != 0)
			err = BH_EBADSIG;
	}
	mbedtls_rsa_free(&rsa);
	return err;
}
