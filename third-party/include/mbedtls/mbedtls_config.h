/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mbedTLS as Bulkhead uses it: verification only, so neither entropy nor time nor files. Memory
 * comes from the caller's arena through bh_calloc() and bh_free().
 */
#ifndef BULKHEAD_MBEDTLS_CONFIG_H
#define BULKHEAD_MBEDTLS_CONFIG_H

#include <stddef.h>

void *bh_calloc(size_t n, size_t size);
void bh_free(void *p);
int bh_snprintf(char *buf, size_t size, const char *fmt, ...);

#define MBEDTLS_PLATFORM_C
#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_PLATFORM_NO_STD_FUNCTIONS
#define MBEDTLS_PLATFORM_CALLOC_MACRO bh_calloc
#define MBEDTLS_PLATFORM_FREE_MACRO bh_free
#define MBEDTLS_PLATFORM_SNPRINTF_MACRO bh_snprintf
#define MBEDTLS_HAVE_ASM
/* Divisions of 128 by 64 bits would call __udivti3 of libgcc. */
#define MBEDTLS_NO_UDBL_DIVISION

#define MBEDTLS_MD_C
#define MBEDTLS_SHA256_C
#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C
#define MBEDTLS_BIGNUM_C
#define MBEDTLS_MPI_MAX_SIZE 512
#define MBEDTLS_ECP_C
#define MBEDTLS_ECDSA_C
#define MBEDTLS_ECP_DP_SECP256R1_ENABLED
#define MBEDTLS_ECP_NIST_OPTIM
#define MBEDTLS_ECP_WINDOW_SIZE 4
#define MBEDTLS_ECP_FIXED_POINT_OPTIM 0

#ifdef CONFIG_MBEDTLS_SHA512
#define MBEDTLS_SHA512_C
#endif

#ifdef CONFIG_MBEDTLS_RSA
#define MBEDTLS_RSA_C
#define MBEDTLS_PKCS1_V21
#define MBEDTLS_OID_C
#endif

#endif
