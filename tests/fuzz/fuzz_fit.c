// SPDX-License-Identifier: Apache-2.0
/*
 * The system image as an attacker writes it. Every signature is taken for good here, so that the
 * code behind the check is reached: it must still stay inside the image whatever the tree says.
 */
#include <stdlib.h>
#include <string.h>

#include <bulkhead/lib/error.h>
#include <bulkhead/svc/fit.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int sig_verify(const struct sig_key *key, const u8 hash[SHA256_SIZE], const u8 *sig, size_t size)
{
	(void)key;
	(void)hash;
	return (size > 0U && sig[0] != 0U) ? 0 : BH_EBADSIG;
}

/* A payload is read to its end, so that one that leaves the image is caught by the sanitizer. */
static void payloads_read(const struct fit_config *config, const unsigned char *image)
{
	for (u32 i = 0; i < config->payload_count; i++)
		(void)fit_payload_check(&config->payload[i], image + config->payload[i].offset);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const struct sig_key key = { .algo = SIG_ECDSA_P256, .name = "any" };
	static const struct fit_policy policy = {
		.config = "system", .keys = &key, .key_count = 1, .rollback_min = 0
	};
	unsigned char *exact = malloc((size == 0U) ? 1U : size);
	struct fit_config config;
	struct fit_refusal why;
	u32 tree_size;

	memcpy(exact, data, size);
	if (fit_tree_size(exact, size, &tree_size, &why) == 0 &&
	    fit_verify(exact, tree_size, size, &policy, &config, &why) == 0)
		payloads_read(&config, exact);
	free(exact);
	return 0;
}
