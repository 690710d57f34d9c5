// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include <libfdt.h>
#include <unit.h>

#include <bulkhead/lib/error.h>
#include <bulkhead/svc/fit.h>

#include "core/svc/heap.h"
#include "data/keys.h"

/* Images of data/make.sh: a 4 KiB tree, then one payload a page. */
#define IMAGE_SIZE 12288U
#define ROLLBACK 7U

static const struct sig_key p256 = {
	.algo = SIG_ECDSA_P256, .name = "p256", .bytes = key_p256, .size = sizeof(key_p256)
};
static const struct sig_key rsa = {
	.algo = SIG_RSA3072_PSS, .name = "rsa", .bytes = key_rsa, .size = sizeof(key_rsa)
};

static _Alignas(8) unsigned char image[2U * IMAGE_SIZE];
static struct fit_config config;
static struct fit_refusal why;

static void load(const char *name)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", DATA_DIR, name);
	f = fopen(path, "rb");
	assert_non_null(f);
	memset(image, 0, sizeof(image));
	assert_int_equal(fread(image, 1, IMAGE_SIZE, f), IMAGE_SIZE);
	fclose(f);
}

static int verify_as(const char *name, const struct sig_key *keys, u32 count, u32 rollback)
{
	struct fit_policy policy = {
		.config = name, .keys = keys, .key_count = count, .rollback_min = rollback
	};
	u32 size;
	int err = fit_tree_size(image, IMAGE_SIZE, &size, &why);

	if (err == 0)
		err = fit_verify(image, size, IMAGE_SIZE, &policy, &config, &why);
	assert_int_equal(heap_in_use(), 0);
	return err;
}

static int verify(const struct sig_key *key)
{
	return verify_as("system", key, 1, ROLLBACK);
}

static int node(const char *path)
{
	int n = fdt_path_offset(image, path);

	assert_true(n >= 0);
	return n;
}

/* The bytes of a property's value, to be spoilt in place. */
static unsigned char *value(const char *path, const char *prop)
{
	void *p = fdt_getprop_w(image, node(path), prop, NULL);

	assert_non_null(p);
	return p;
}

TEST(an_image_signed_with_p256_is_accepted)
{
	load("p256.itb");
	assert_int_equal(verify(&p256), 0);
	assert_ptr_equal(config.key, &p256);
	assert_int_equal(config.rollback_index, ROLLBACK);
	assert_int_equal(config.payload_count, 2);
}

TEST(an_image_signed_with_rsa_pss_is_accepted)
{
	load("pss.itb");
	assert_int_equal(verify(&rsa), 0);
	assert_ptr_equal(config.key, &rsa);
}

TEST(a_payload_is_found_by_name_and_its_hash_checked)
{
	const struct fit_payload *p;

	load("p256.itb");
	assert_int_equal(verify(&p256), 0);
	p = fit_payload_find(&config, "one");
	assert_non_null(p);
	assert_int_equal(p->size, strlen("a payload of some bytes"));
	assert_memory_equal(image + p->offset, "a payload of some bytes", p->size);
	assert_int_equal(fit_payload_check(p, image + p->offset), 0);
	assert_null(fit_payload_find(&config, "three"));
}

TEST(every_flipped_byte_of_a_payload_is_refused)
{
	load("p256.itb");
	assert_int_equal(verify(&p256), 0);
	for (u32 i = 0; i < config.payload_count; i++) {
		const struct fit_payload *p = &config.payload[i];

		for (u64 at = 0; at < p->size; at++) {
			image[p->offset + at] ^= 0x40U;
			assert_int_equal(fit_payload_check(p, image + p->offset), BH_EBADSIG);
			image[p->offset + at] ^= 0x40U;
		}
	}
}

/*
 * A flip that is accepted must leave what was verified as it was: same payloads, same hashes,
 * same rollback index. Anything else is a forged image.
 */
TEST(no_flipped_byte_of_the_tree_changes_what_is_accepted)
{
	struct fit_config good;
	u32 accepted = 0;
	u32 used;

	load("pss.itb");
	assert_int_equal(verify(&rsa), 0);
	good = config;
	used = fdt_off_dt_strings(image) + fdt_size_dt_strings(image);
	for (u64 at = 0; at < used; at++) {
		unsigned char old = image[at];

		image[at] ^= (unsigned char)(1U << (at % 8U));
		if (verify(&rsa) == 0) {
			accepted++;
			assert_int_equal(config.rollback_index, good.rollback_index);
			assert_int_equal(config.payload_count, good.payload_count);
			for (u32 i = 0; i < good.payload_count; i++) {
				assert_string_equal(config.payload[i].name, good.payload[i].name);
				assert_memory_equal(config.payload[i].hash, good.payload[i].hash,
						    SHA256_SIZE);
			}
		} else {
			assert_non_null(why.rule);
		}
		image[at] = old;
	}
	assert_true(accepted > 0);
	assert_int_equal(verify(&rsa), 0);
}

TEST(an_image_signed_by_another_key_is_refused)
{
	load("pss.itb");
	assert_int_equal(verify(&p256), BH_EBADSIG);
	assert_string_equal(why.rule, "no trusted key made its signature");
	assert_string_equal(why.node, "/configurations/system");
}

TEST(any_of_the_trusted_keys_will_do)
{
	const struct sig_key keys[] = { p256, rsa };

	load("pss.itb");
	assert_int_equal(verify_as("system", keys, 2, ROLLBACK), 0);
	assert_ptr_equal(config.key, &keys[1]);
}

TEST(an_unsigned_configuration_is_refused)
{
	load("p256.itb");
	assert_int_equal(verify_as("unsigned", &p256, 1, ROLLBACK), BH_EBADSIG);
	assert_string_equal(why.rule, "it is not signed");
}

TEST(a_configuration_that_is_not_there_is_refused)
{
	load("p256.itb");
	assert_int_equal(verify_as("other", &p256, 1, ROLLBACK), BH_EINVAL);
	assert_string_equal(why.rule, "it has no configuration for this system");
}

TEST(an_older_image_than_the_board_allows_is_refused)
{
	load("p256.itb");
	assert_int_equal(verify_as("system", &p256, 1, ROLLBACK + 1U), BH_EPERM);
	assert_string_equal(why.rule, "its rollback index is below the board's minimum");
}

TEST(a_raised_rollback_index_breaks_the_signature)
{
	load("pss.itb");
	value("/configurations/system", "bulkhead,rollback-index")[3] = 9;
	assert_int_equal(verify(&rsa), BH_EBADSIG);
}

TEST(two_signed_configurations_cannot_be_mixed)
{
	load("pss.itb");
	memcpy(value("/configurations/system", "firmware"), "two", 4);
	assert_int_equal(verify(&rsa), BH_EBADSIG);
}

/* Copies the properties of one node, which may move while others are added. */
static void copy_properties(const char *from, const char *to)
{
	static unsigned char copy[1024];
	const char *name;
	int count = 0;
	int prop;

	fdt_for_each_property_offset(prop, image, node(from))
	{
		count++;
	}
	for (int i = count - 1; i >= 0; i--) {
		const void *bytes;
		int len;

		prop = fdt_first_property_offset(image, node(from));
		for (int n = 0; n < i; n++)
			prop = fdt_next_property_offset(image, prop);
		bytes = fdt_getprop_by_offset(image, prop, &name, &len);
		assert_non_null(bytes);
		assert_true(len <= (int)sizeof(copy));
		memcpy(copy, bytes, (size_t)len);
		assert_int_equal(fdt_setprop(image, node(to), name, copy, len), 0);
	}
}

/*
 * CVE-2020-10648: a configuration that nobody signed brings the signature of one that was, with the
 * list of nodes it was made for. The signed one beside it stays what it was.
 */
TEST(a_copied_signature_covers_no_other_configuration)
{
	load("p256.itb");
	assert_int_equal(fdt_open_into(image, image, 4096), 0);
	assert_true(fdt_add_subnode(image, node("/configurations"), "copied") >= 0);
	copy_properties("/configurations/system", "/configurations/copied");
	assert_int_equal(
		fdt_setprop_string(image, node("/configurations/copied"), "firmware", "two"), 0);
	assert_true(fdt_add_subnode(image, node("/configurations/copied"), "signature-1") >= 0);
	copy_properties("/configurations/system/signature-1", "/configurations/copied/signature-1");
	assert_int_equal(verify_as("copied", &p256, 1, ROLLBACK), BH_EBADSIG);
	assert_string_equal(why.rule, "no trusted key made its signature");
	assert_string_equal(why.node, "/configurations/copied");
	assert_int_equal(verify(&p256), 0);
}

/* Both hashes were signed, each for its own image. */
TEST(two_signed_payloads_cannot_be_exchanged)
{
	unsigned char hash[SHA256_SIZE];

	load("p256.itb");
	memcpy(hash, value("/images/one/hash-1", "value"), sizeof(hash));
	memcpy(value("/images/one/hash-1", "value"), value("/images/two/hash-1", "value"),
	       sizeof(hash));
	memcpy(value("/images/two/hash-1", "value"), hash, sizeof(hash));
	assert_int_equal(verify(&p256), BH_EBADSIG);
}

TEST(a_signature_of_extreme_numbers_is_refused)
{
	load("p256.itb");
	memset(value("/configurations/system/signature-1", "value"), 0, 64);
	assert_int_equal(verify(&p256), BH_EBADSIG);
	memset(value("/configurations/system/signature-1", "value"), 0xff, 64);
	assert_int_equal(verify(&p256), BH_EBADSIG);
}

TEST(a_place_of_64_bits_that_overflows_is_refused)
{
	static const u64 extremes[] = { ~0ULL, 1ULL << 63, (1ULL << 63) - 1U, ~0ULL - 4096U };

	for (u32 i = 0; i < ARRAY_SIZE(extremes); i++) {
		for (u32 which = 0; which < 3U; which++) {
			static const char *const props[] = { "data-size", "data-offset",
							     "data-position" };

			load("p256.itb");
			assert_int_equal(fdt_open_into(image, image, 4096), 0);
			assert_int_equal(fdt_setprop_u64(image, node("/images/one"), props[which],
							 extremes[i]),
					 0);
			assert_int_equal(verify(&p256), BH_EINVAL);
			assert_string_equal(why.rule, "the payload lies outside the image");
			assert_string_equal(why.node, "/images/one");
		}
	}
}

TEST(a_node_name_with_a_unit_address_is_refused)
{
	char *name;

	load("p256.itb");
	name = (char *)(uintptr_t)fdt_get_name(image, node("/images/two"), NULL);
	name[1] = '@';
	assert_int_equal(verify(&p256), BH_EINVAL);
	assert_string_equal(why.rule, "a node's name has a unit address");
}

TEST(two_nodes_of_one_name_are_refused)
{
	char *name;

	load("p256.itb");
	name = (char *)(uintptr_t)fdt_get_name(image, node("/images/two"), NULL);
	memcpy(name, "one", 3);
	assert_int_equal(verify(&p256), BH_EINVAL);
	assert_string_equal(why.rule, "two nodes have one name");
}

TEST(a_hash_algorithm_that_is_not_known_is_refused)
{
	load("p256.itb");
	memcpy(value("/images/one/hash-1", "algo"), "sha257", 6);
	assert_int_equal(verify(&p256), BH_EINVAL);
	assert_string_equal(why.rule, "the hash algorithm is not sha256");
	assert_string_equal(why.node, "/images/one/hash-1");
}

TEST(a_payload_place_that_overflows_is_refused)
{
	static const u32 extremes[] = { 0xffffffffU, 0x7fffffffU, 0x80000000U, IMAGE_SIZE };

	for (u32 i = 0; i < ARRAY_SIZE(extremes); i++) {
		fdt32_t v = cpu_to_fdt32(extremes[i]);

		load("p256.itb");
		memcpy(value("/images/one", "data-size"), &v, sizeof(v));
		assert_int_equal(verify(&p256), BH_EINVAL);
		assert_string_equal(why.rule, "the payload lies outside the image");
		load("p256.itb");
		memcpy(value("/images/one", "data-offset"), &v, sizeof(v));
		assert_int_equal(verify(&p256), BH_EINVAL);
	}
}

TEST(signed_strings_must_start_at_the_first_and_end_inside)
{
	fdt32_t huge = cpu_to_fdt32(0xfffffff0U);

	load("pss.itb");
	value("/configurations/system/signature-1", "hashed-strings")[3] = 1;
	assert_int_equal(verify(&rsa), BH_EBADSIG);
	load("pss.itb");
	memcpy(value("/configurations/system/signature-1", "hashed-strings") + 4, &huge, 4);
	assert_int_equal(verify(&rsa), BH_EBADSIG);
}

/* The list of signed nodes in the image is the signer's word, and nobody asks for it. */
TEST(the_signers_own_list_of_nodes_is_not_believed)
{
	load("pss.itb");
	memset(value("/configurations/system/signature-1", "hashed-nodes"), 'x', 8);
	assert_int_equal(verify(&rsa), 0);
}

TEST(a_truncated_image_is_refused_at_every_512_bytes)
{
	struct fit_policy policy = {
		.config = "system", .keys = &p256, .key_count = 1, .rollback_min = ROLLBACK
	};

	load("p256.itb");
	for (u32 size = 0; size < fdt_totalsize(image); size += 512U) {
		void *cut = malloc(size == 0U ? 8U : size);

		memcpy(cut, image, size);
		assert_int_not_equal(fit_verify(cut, size, size, &policy, &config, &why), 0);
		assert_non_null(why.rule);
		free(cut);
	}
}

TEST(misaligned_blocks_and_old_versions_are_refused)
{
	load("p256.itb");
	fdt_set_off_dt_struct(image, fdt_off_dt_struct(image) + 2U);
	assert_int_equal(verify(&p256), BH_EINVAL);
	load("p256.itb");
	fdt_set_off_mem_rsvmap(image, fdt_off_mem_rsvmap(image) + 4U);
	assert_int_equal(verify(&p256), BH_EINVAL);
	load("p256.itb");
	fdt_set_version(image, 16);
	assert_int_equal(verify(&p256), BH_EINVAL);
	assert_string_equal(why.rule, "device tree version below 17");
}

TEST(a_tree_beyond_its_limit_is_refused_before_it_is_copied)
{
	u32 size;

	load("p256.itb");
	fdt_set_totalsize(image, (u32)FIT_TREE_MAX + 1U);
	assert_int_equal(fit_tree_size(image, ~0ULL, &size, &why), BH_ERANGE);
	fdt_set_totalsize(image, IMAGE_SIZE);
	assert_int_equal(fit_tree_size(image, IMAGE_SIZE - 1U, &size, &why), BH_ERANGE);
	image[0] = 0;
	assert_int_equal(fit_tree_size(image, IMAGE_SIZE, &size, &why), BH_EINVAL);
	assert_int_equal(fit_tree_size(image, 39, &size, &why), BH_EINVAL);
}

TEST(a_malformed_key_is_told_from_a_bad_signature)
{
	struct sig_key bad = p256;
	unsigned char off_curve[64];
	u8 hash[SHA256_SIZE] = { 0 };
	u8 sig[64] = { 1 };

	bad.size = 63;
	assert_int_equal(sig_verify(&bad, hash, sig, 64), BH_EINVAL);
	memcpy(off_curve, key_p256, sizeof(off_curve));
	off_curve[0] ^= 1U;
	bad.bytes = off_curve;
	bad.size = 64;
	assert_int_equal(sig_verify(&bad, hash, sig, 64), BH_EINVAL);
	assert_int_equal(sig_verify(&p256, hash, sig, 63), BH_EBADSIG);
	assert_int_equal(heap_in_use(), 0);
}

TEST(sha256_gives_the_published_values)
{
	static const u8 abc[SHA256_SIZE] = { 0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea,
					     0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
					     0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c,
					     0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad };
	struct hash h;
	u8 out[SHA256_SIZE];

	hash_init(&h);
	hash_update(&h, "a", 1);
	hash_update(&h, "bc", 2);
	hash_final(&h, out);
	assert_true(hash_equal(out, abc));
	out[31] ^= 1U;
	assert_false(hash_equal(out, abc));
}

TEST(the_heap_gives_back_what_it_gave_and_no_more)
{
	void *a = bh_calloc(1, 100);
	void *b = bh_calloc(10, 10);

	assert_non_null(a);
	assert_non_null(b);
	assert_ptr_not_equal(a, b);
	assert_null(bh_calloc(1, CONFIG_MBEDTLS_HEAP_SIZE));
	assert_null(bh_calloc(SIZE_MAX, 2));
	bh_free(a);
	bh_free(NULL);
	bh_free(b);
	assert_int_equal(heap_in_use(), 0);
	b = bh_calloc(1, CONFIG_MBEDTLS_HEAP_SIZE - 16);
	assert_non_null(b);
	bh_free(b);
}

UNIT_TESTS(UNIT(an_image_signed_with_p256_is_accepted),
	   UNIT(an_image_signed_with_rsa_pss_is_accepted),
	   UNIT(a_payload_is_found_by_name_and_its_hash_checked),
	   UNIT(every_flipped_byte_of_a_payload_is_refused),
	   UNIT(no_flipped_byte_of_the_tree_changes_what_is_accepted),
	   UNIT(an_image_signed_by_another_key_is_refused), UNIT(any_of_the_trusted_keys_will_do),
	   UNIT(an_unsigned_configuration_is_refused),
	   UNIT(a_configuration_that_is_not_there_is_refused),
	   UNIT(an_older_image_than_the_board_allows_is_refused),
	   UNIT(a_raised_rollback_index_breaks_the_signature),
	   UNIT(two_signed_configurations_cannot_be_mixed),
	   UNIT(a_copied_signature_covers_no_other_configuration),
	   UNIT(two_signed_payloads_cannot_be_exchanged),
	   UNIT(a_signature_of_extreme_numbers_is_refused),
	   UNIT(a_place_of_64_bits_that_overflows_is_refused),
	   UNIT(a_node_name_with_a_unit_address_is_refused),
	   UNIT(two_nodes_of_one_name_are_refused),
	   UNIT(a_hash_algorithm_that_is_not_known_is_refused),
	   UNIT(a_payload_place_that_overflows_is_refused),
	   UNIT(signed_strings_must_start_at_the_first_and_end_inside),
	   UNIT(the_signers_own_list_of_nodes_is_not_believed),
	   UNIT(a_truncated_image_is_refused_at_every_512_bytes),
	   UNIT(misaligned_blocks_and_old_versions_are_refused),
	   UNIT(a_tree_beyond_its_limit_is_refused_before_it_is_copied),
	   UNIT(a_malformed_key_is_told_from_a_bad_signature),
	   UNIT(sha256_gives_the_published_values),
	   UNIT(the_heap_gives_back_what_it_gave_and_no_more));
