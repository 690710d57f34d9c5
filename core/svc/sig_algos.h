/* SPDX-License-Identifier: Apache-2.0 */
/* One verifier an algorithm; sig.h has the contract. What the build lacks answers BH_ENOTSUP. */
#ifndef BULKHEAD_CORE_SVC_SIG_ALGOS_H
#define BULKHEAD_CORE_SVC_SIG_ALGOS_H

#include <bulkhead/svc/sig.h>

int sig_verify_p256(const struct sig_key *key, const u8 *hash, const u8 *sig, size_t size);
int sig_verify_rsa3072(const struct sig_key *key, const u8 *hash, const u8 *sig, size_t size);

#endif
