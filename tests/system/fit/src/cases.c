// SPDX-License-Identifier: Apache-2.0
#include <libfdt.h>

#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

#include "../../../unit/fit/data/keys.h"
#include "cases.h"
#include "spoil.h"

#define NOT_SIGNED "no trusted key made its signature"
#define OUTSIDE "the payload lies outside the image"
#define BROKEN "the tree's structure is malformed"
#define SYSTEM "/configurations/system"

const struct sig_key fit_key = {
	.algo = SIG_ECDSA_P256, .name = "p256", .bytes = key_p256, .size = sizeof(key_p256)
};
static const struct sig_key other_key = {
	.algo = SIG_ECDSA_P256, .name = "other", .bytes = key_other, .size = sizeof(key_other)
};

_Alignas(8) u8 fit_image[2U * FIT_IMAGE_SIZE];
struct fit_config fit_config;
struct fit_refusal fit_why;

#define FORGED(spoil_) .spoil = (spoil_), .err = BH_EBADSIG, .rule = NOT_SIGNED, .node = SYSTEM
#define REFUSED(spoil_, rule_, node_) \
	.spoil = (spoil_), .err = BH_EINVAL, .rule = (rule_), .node = (node_)

const struct fit_case fit_cases[] = {
	{ .name = "as it was signed" },
	/* Keys, configurations, age. */
	{ .name = "another key", FORGED(NULL), .other_key = true },
	{ .name = "older than the minimum",
	  .rollback_min = FIT_ROLLBACK + 1U,
	  .err = BH_EPERM,
	  .rule = "its rollback index is below the board's minimum",
	  .node = SYSTEM },
	{ .name = "a configuration that is not signed",
	  .config = "unsigned",
	  .err = BH_EBADSIG,
	  .rule = "it is not signed",
	  .node = "/configurations/unsigned" },
	{ .name = "no configuration of that name",
	  .config = "absent",
	  .err = BH_EINVAL,
	  .rule = "it has no configuration for this system",
	  .node = "/configurations" },
	{ .name = "a copied configuration",
	  .spoil = spoil_copied_config,
	  .config = "copied",
	  .err = BH_EBADSIG,
	  .rule = NOT_SIGNED,
	  .node = "/configurations/copied" },
	{ .name = "a signed one beside a copied configuration", .spoil = spoil_copied_config },
	/* What is signed. */
	{ .name = "rollback index raised", FORGED(spoil_rollback) },
	{ .name = "rollback index taken away", FORGED(spoil_no_rollback) },
	{ .name = "one payload instead of the other", FORGED(spoil_exchange_names) },
	{ .name = "hashes of two payloads exchanged", FORGED(spoil_exchange_hashes) },
	{ .name = "mixed: the hash of another image", FORGED(spoil_hash_of_newer) },
	{ .name = "mixed: the signature of another image", FORGED(spoil_signature_of_newer) },
	{ .name = "signature of zeros", FORGED(spoil_signature_zeros) },
	{ .name = "signature of ones", FORGED(spoil_signature_ones) },
	{ .name = "signature cut short", FORGED(spoil_signature_short) },
	{ .name = "signed strings do not start at the first", FORGED(spoil_strings_start) },
	{ .name = "signed strings end outside", FORGED(spoil_strings_end) },
	{ .name = "signature node of another name",
	  .spoil = spoil_signature_name,
	  .err = BH_EBADSIG,
	  .rule = "it is not signed",
	  .node = SYSTEM },
	/* What is not signed, and not believed. */
	{ .name = "the signer's list of nodes", .spoil = spoil_hashed_nodes },
	{ .name = "the signer's name of the algorithm", .spoil = spoil_signature_algo },
	{ .name = "the default configuration", .spoil = spoil_default },
	/* Names and hashes. */
	{ .name = "unit address",
	  REFUSED(spoil_unit_address, "a node's name has a unit address", "/images/t@o") },
	{ .name = "two nodes of one name",
	  REFUSED(spoil_twin, "two nodes have one name", "/images/one") },
	{ .name = "two configurations of one name",
	  REFUSED(spoil_twin_config, "two nodes have one name", SYSTEM) },
	{ .name = "unknown hash",
	  REFUSED(spoil_hash_algo, "the hash algorithm is not sha256", "/images/one/hash-1") },
	{ .name = "short hash",
	  REFUSED(spoil_hash_short, "the hash value is not 32 bytes long", "/images/one/hash-1") },
	{ .name = "two hashes",
	  REFUSED(spoil_hash_twice, "an image must have exactly one hash", "/images/one") },
	{ .name = "no hash",
	  REFUSED(spoil_hash_gone, "an image must have exactly one hash", "/images/one") },
	{ .name = "a payload that is not there",
	  REFUSED(spoil_missing_image, "the configuration names a missing image", SYSTEM) },
	{ .name = "a number where a payload is named",
	  REFUSED(spoil_names_number, "a property that should name images does not", SYSTEM) },
	{ .name = "no images",
	  REFUSED(spoil_no_images, "it has no /images or no /configurations", "/") },
	/* Places. */
	{ .name = "places of 64 bits that overflow",
	  REFUSED(spoil_place64, OUTSIDE, "/images/one"),
	  .times = 12 },
	{ .name = "places of 32 bits outside",
	  REFUSED(spoil_place32, OUTSIDE, "/images/one"),
	  .times = 8 },
	{ .name = "a payload inside the tree",
	  REFUSED(spoil_place_in_tree, OUTSIDE, "/images/one") },
	{ .name = "a place of three cells", REFUSED(spoil_place_cells, OUTSIDE, "/images/one") },
	{ .name = "no place", REFUSED(spoil_no_place, OUTSIDE, "/images/one") },
	/* The header and the blocks. */
	{ .name = "no device tree",
	  REFUSED(spoil_magic, "this is no FIT: no device tree header", "") },
	{ .name = "shorter than a header",
	  .size = 39,
	  .err = BH_EINVAL,
	  .rule = "this is no FIT: no device tree header",
	  .node = "" },
	{ .name = "cut off in the tree",
	  .size = 512,
	  .err = BH_ERANGE,
	  .rule = "it ends before its tree does: it was cut off",
	  .node = "" },
	{ .name = "a tree that is too large",
	  .spoil = spoil_large,
	  .size = UINT32_MAX,
	  .err = BH_ERANGE,
	  .rule = "the tree is larger than its limit; pack payloads outside (-E)",
	  .node = "" },
	{ .name = "misaligned structure",
	  REFUSED(spoil_struct_misaligned, "a block of the tree is misaligned", "") },
	{ .name = "misaligned reservations",
	  REFUSED(spoil_rsvmap_misaligned, "a block of the tree is misaligned", "") },
	{ .name = "an old version",
	  REFUSED(spoil_version, "the device tree is not compatible with version 17", "") },
	{ .name = "structure outside the tree",
	  REFUSED(spoil_struct_outside, "the device tree header is malformed", "") },
	{ .name = "strings outside the tree",
	  REFUSED(spoil_strings_outside, "the device tree header is malformed", "") },
	/* The structure. */
	{ .name = "a property of a length that wraps",
	  REFUSED(spoil_length, BROKEN, ""),
	  .times = 4 },
	{ .name = "a property's name outside the strings", REFUSED(spoil_nameoff, BROKEN, "") },
	{ .name = "an unknown tag", REFUSED(spoil_tag, BROKEN, "") },
	{ .name = "no end", REFUSED(spoil_no_end, BROKEN, "") },
	{ .name = "more ends than nodes", REFUSED(spoil_two_ends, BROKEN, "") },
	{ .name = "a property before the root", REFUSED(spoil_early_property, BROKEN, "") },
	{ .name = "a name without an end", REFUSED(spoil_endless_name, BROKEN, "") },
	{ .name = "nested too deep",
	  REFUSED(spoil_deep, "too many nodes, or nested too deep", NULL) },
	{ .name = "too many nodes",
	  REFUSED(spoil_many, "too many nodes, or nested too deep", NULL) },
	{ .name = "too many tags", REFUSED(spoil_tags, "the tree has too many tags", "") },
};
const u32 fit_case_count = ARRAY_SIZE(fit_cases);

void fit_load(const u8 *from)
{
	memset(fit_image, 0, sizeof(fit_image));
	memcpy(fit_image, from, FIT_IMAGE_SIZE);
}

int fit_try(const char *config, const struct sig_key *key, u32 size, u32 rollback_min)
{
	const struct fit_policy policy = {
		.config = config, .keys = key, .key_count = 1, .rollback_min = rollback_min
	};
	u32 tree_size;
	int err;

	memset(&fit_why, 0, sizeof(fit_why));
	err = fit_tree_size(fit_image, size, &tree_size, &fit_why);
	if (err == 0)
		err = fit_verify(fit_image, tree_size, size, &policy, &fit_config, &fit_why);
	return err;
}

bool fit_case_run(const struct fit_case *c, u32 n)
{
	int err;

	fit_load(fit_image_p256);
	if (c->spoil != NULL)
		c->spoil(n);
	err = fit_try(c->config != NULL ? c->config : "system",
		      c->other_key ? &other_key : &fit_key,
		      c->size != 0U ? c->size : FIT_IMAGE_SIZE,
		      c->rollback_min != 0U ? c->rollback_min : FIT_ROLLBACK);
	return err == c->err && (c->rule == NULL || strcmp(fit_why.rule, c->rule) == 0) &&
	       (c->node == NULL || strcmp(fit_why.node, c->node) == 0);
}

/* Is what was accepted what was signed? A payload may lie elsewhere, but not be another. */
static bool same(const struct fit_config *good, const u8 *from)
{
	bool is_same = fit_config.rollback_index == good->rollback_index &&
		       fit_config.payload_count == good->payload_count;

	for (u32 i = 0; is_same && i < good->payload_count; i++) {
		const struct fit_payload *a = &fit_config.payload[i];
		const struct fit_payload *b = &good->payload[i];

		is_same = strcmp(a->name, b->name) == 0 && hash_equal(a->hash, b->hash) &&
			  (fit_payload_check(a, fit_image + a->offset) != 0 ||
			   (a->size == b->size &&
			    memcmp(fit_image + a->offset, from + b->offset, (size_t)b->size) == 0));
	}
	return is_same;
}

bool fit_flips(const u8 *from, const struct sig_key *key, u32 first, u32 stride,
	       void (*accepted)(u32 at))
{
	static struct fit_config good;
	bool harmless = true;
	u32 used;

	fit_load(from);
	if (fit_try("system", key, FIT_IMAGE_SIZE, FIT_ROLLBACK) != 0)
		return false;
	good = fit_config;
	used = fdt_off_dt_strings(fit_image) + fdt_size_dt_strings(fit_image);
	for (u32 at = first; at < used; at += stride) {
		fit_image[at] ^= (u8)(1U << at % 8U);
		if (fit_try("system", key, FIT_IMAGE_SIZE, FIT_ROLLBACK) == 0) {
			accepted(at);
			harmless = harmless && same(&good, from);
		}
		fit_image[at] = from[at];
	}
	return harmless;
}

bool fit_payload_flips(u32 stride)
{
	bool refused = true;

	fit_load(fit_image_p256);
	if (fit_try("system", &fit_key, FIT_IMAGE_SIZE, FIT_ROLLBACK) != 0)
		return false;
	for (u32 i = 0; i < fit_config.payload_count; i++) {
		const struct fit_payload *p = &fit_config.payload[i];
		u8 *bytes = fit_image + p->offset;

		refused = refused && fit_payload_check(p, bytes) == 0;
		for (u64 at = 0; at < p->size; at += stride) {
			bytes[at] ^= 0x40U;
			refused = refused && fit_payload_check(p, bytes) == BH_EBADSIG;
			bytes[at] ^= 0x40U;
		}
	}
	return refused;
}

bool fit_cuts(void)
{
	u64 end = 0;

	fit_load(fit_image_p256);
	if (fit_try("system", &fit_key, FIT_IMAGE_SIZE, FIT_ROLLBACK) != 0)
		return false;
	for (u32 i = 0; i < fit_config.payload_count; i++) {
		const struct fit_payload *p = &fit_config.payload[i];

		end = p->offset + p->size > end ? p->offset + p->size : end;
	}
	for (u32 size = 0; size < end; size += 512U) {
		fit_load(fit_image_p256);
		memset(fit_image + size, 0xa5, sizeof(fit_image) - size);
		if (fit_try("system", &fit_key, size, FIT_ROLLBACK) == 0)
			return false;
	}
	return true;
}
