// SPDX-License-Identifier: Apache-2.0
#include <mbedtls/ecdsa.h>
#include <mbedtls/ecp.h>

#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

#include "sig_algos.h"

#define P256_COORDINATE ((size_t)32)
#define POINT_UNCOMPRESSED 0x04U /* SEC 1, 2.3.3 */

static int key_read(mbedtls_ecp_group *group, mbedtls_ecp_point *q, const struct sig_key *key)
{
	u8 point[1U + 2U * P256_COORDINATE] = { POINT_UNCOMPRESSED };

	memcpy(point + 1, key->bytes, 2U * P256_COORDINATE);
	if (mbedtls_ecp_group_load(group, MBEDTLS_ECP_DP_SECP256R1) != 0)
		return BH_ENOMEM;
	if (mbedtls_ecp_point_read_binary(group, q, point, sizeof(point)) != 0 ||
	    mbedtls_ecp_check_pubkey(group, q) != 0)
		return BH_EINVAL;
	return 0;
}

int sig_verify_p256(const struct sig_key *key, const u8 *hash, const u8 *sig, size_t size)
{
	mbedtls_ecp_group group;
	mbedtls_ecp_point q;
	mbedtls_mpi r;
	mbedtls_mpi s;
	int err;

	if (key->size != 2U * P256_COORDINATE)
		return BH_EINVAL;
	if (size != 2U * P256_COORDINATE)
		return BH_EBADSIG;
	mbedtls_ecp_group_init(&group);
	mbedtls_ecp_point_init(&q);
	mbedtls_mpi_init(&r);
	mbedtls_mpi_init(&s);
	err = key_read(&group, &q, key);
	if (err == 0 && (mbedtls_mpi_read_binary(&r, sig, P256_COORDINATE) != 0 ||
			 mbedtls_mpi_read_binary(&s, sig + P256_COORDINATE, P256_COORDINATE) != 0))
		err = BH_ENOMEM;
	if (err == 0) {
		int rc = mbedtls_ecdsa_verify(&group, hash, SHA256_SIZE, &q, &r, &s);

		if (rc == MBEDTLS_ERR_MPI_ALLOC_FAILED || rc == MBEDTLS_ERR_ECP_ALLOC_FAILED)
			err = BH_ENOMEM;
		else if (rc != 0)
			err = BH_EBADSIG;
	}
	mbedtls_mpi_free(&s);
	mbedtls_mpi_free(&r);
	mbedtls_ecp_point_free(&q);
	mbedtls_ecp_group_free(&group);
	return err;
}
