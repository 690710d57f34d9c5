/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system image: one configuration of a Flat Image Tree, signed as a whole (FIT specification
 * 0.8, chapters 2 and 3), with external payloads.
 *
 * The tree is verified from a private copy; payloads are only located here and hashed by
 * fit_payload_check() when a partition is built, over the copy that will run. Nothing the signer
 * did not sign is believed: not `default`, not `hashed-nodes`, not the algorithm names in the
 * signature node, not the memory reservation block.
 */
#ifndef BULKHEAD_SVC_FIT_H
#define BULKHEAD_SVC_FIT_H

#include <bulkhead/lib/types.h>
#include <bulkhead/svc/sig.h>

#define FIT_TREE_MAX KIB(64) /* structure and strings; payloads lie behind */
#define FIT_HEADER_SIZE 40U  /* what fit_tree_size() reads */
#define FIT_IMAGES_MAX 32U   /* images one configuration may name */
#define FIT_NAME_MAX 48U

/* Why an image was refused: a rule in words, and the node that broke it. */
struct fit_refusal {
	const char *rule;
	char node[64];
};

/* A payload as the signed tree describes it; nothing of it has been looked at. */
struct fit_payload {
	char name[FIT_NAME_MAX];
	u64 offset; /* from the start of the FIT */
	u64 size;
	u8 hash[SHA256_SIZE];
};

/* What a verified configuration says. */
struct fit_config {
	u32 rollback_index;
	const struct sig_key *key; /* the one that signed it */
	u32 payload_count;
	struct fit_payload payload[FIT_IMAGES_MAX];
};

/* What the caller insists on. */
struct fit_policy {
	const char *config; /* name of the configuration to use */
	const struct sig_key *keys;
	u32 key_count;
	u32 rollback_min; /* older images are refused */
};

/*
 * Length of the tree at the start of @head (its first 40 bytes), so that the caller can copy
 * that much to private memory: BH_EINVAL if it is no FIT, BH_ERANGE if it exceeds FIT_TREE_MAX
 * or @available.
 */
int fit_tree_size(const void *head, u64 available, u32 *size, struct fit_refusal *why);

/*
 * Verifies @policy->config of the private, 8-byte aligned tree @fdt of @size bytes, whose payloads
 * end before byte @fit_size of the FIT. On 0 @out is filled. BH_EINVAL: the tree breaks
 * a rule; BH_EBADSIG: no key of the policy signed it; BH_EPERM: signed, but too old. @why is
 * filled for every result but 0.
 */
int fit_verify(const void *fdt, size_t size, u64 fit_size, const struct fit_policy *policy,
	       struct fit_config *out, struct fit_refusal *why);

/* The payload called @name; NULL if the configuration does not name it. */
const struct fit_payload *fit_payload_find(const struct fit_config *config, const char *name);

/* Is @data (payload->size bytes, private) what was signed? 0 or BH_EBADSIG. */
int fit_payload_check(const struct fit_payload *payload, const void *data);

#endif
