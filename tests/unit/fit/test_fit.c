// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include <libfdt.h>
#include <unit.h>

#include <bulkhead/lib/error.h>
#include <bulkhead/svc/fit.h>

#include "core/svc/heap.h"
#include "data/keys.h"
#include "tests/system/fit/src/cases.h"
#include "tests/unit/hash/sha256_host.h"

static const struct sig_key rsa = {
	.algo = SIG_RSA3072_PSS, .name = "rsa", .bytes = key_rsa, .size = sizeof(key_rsa)
};

static u8 pss[FIT_IMAGE_SIZE];

static void load_pss(void)
{
	FILE *f = fopen(DATA_DIR "/pss.itb", "rb");

	assert_non_null(f);
	assert_int_equal(fread(pss, 1, sizeof(pss), f), sizeof(pss));
	fclose(f);
	fit_load(pss);
}

static int verify(const struct sig_key *key)
{
	const int err = fit_try("system", key, FIT_IMAGE_SIZE, FIT_ROLLBACK);

	assert_int_equal(heap_in_use(), 0);
	return err;
}

TEST(every_case_comes_out_as_it_must)
{
	for (u32 i = 0; i < fit_case_count; i++) {
		const struct fit_case *c = &fit_cases[i];

		for (u32 n = 0; n == 0U || n < c->times; n++) {
			if (!fit_case_run(c, n))
				fail_msg("%s (%u): %s: %s", c->name, n, fit_why.node, fit_why.rule);
			assert_int_equal(heap_in_use(), 0);
		}
	}
}

TEST(what_is_accepted_is_described)
{
	const struct fit_payload *p;

	fit_load(fit_image_p256);
	assert_int_equal(verify(&fit_key), 0);
	assert_ptr_equal(fit_config.key, &fit_key);
	assert_int_equal(fit_config.rollback_index, FIT_ROLLBACK);
	assert_int_equal(fit_config.payload_count, 2);
	p = fit_payload_find(&fit_config, "one");
	assert_non_null(p);
	assert_int_equal(p->size, strlen("a payload of some bytes"));
	assert_memory_equal(fit_image + p->offset, "a payload of some bytes", p->size);
	assert_int_equal(fit_payload_check(p, fit_image + p->offset), 0);
	assert_null(fit_payload_find(&fit_config, "three"));
}

TEST(an_image_signed_with_rsa_pss_is_accepted_by_its_key_alone)
{
	const struct sig_key keys[] = { fit_key, rsa };
	const struct fit_policy both = { .config = "system", .keys = keys, .key_count = 2 };

	load_pss();
	assert_int_equal(verify(&rsa), 0);
	assert_ptr_equal(fit_config.key, &rsa);
	assert_int_equal(fit_verify(fit_image, fdt_totalsize(fit_image), FIT_IMAGE_SIZE, &both,
				    &fit_config, &fit_why),
			 0);
	assert_ptr_equal(fit_config.key, &keys[1]);
	assert_int_equal(verify(&fit_key), BH_EBADSIG);
	assert_string_equal(fit_why.rule, "no trusted key made its signature");
}

/* ---- flips ---- */

TEST(every_flipped_byte_of_a_payload_is_refused)
{
	assert_true(fit_payload_flips(1));
}

/* By the host's own SHA instructions that is 4 GiB in seconds; in C a sample of it. */
TEST(every_flipped_byte_of_64_KiB_is_refused)
{
	const u32 stride = sha256_host_use(WAY_SSE) ? 1U : 61U;
	const u32 size = KIB(64);
	u8 *data = malloc(size);
	struct fit_payload p = { .name = "p", .size = size };
	struct hash h;

	if (stride != 1U)
		sha256_host_use(WAY_C);
	for (u32 i = 0; i < size; i++)
		data[i] = (u8)(i * 13U + i / 256U);
	hash_init(&h);
	hash_update(&h, data, size);
	hash_final(&h, p.hash);
	for (u32 at = 0; at < size; at += stride) {
		data[at] ^= (u8)(1U << at % 8U);
		if (fit_payload_check(&p, data) != BH_EBADSIG)
			fail_msg("byte %u", at);
		data[at] ^= (u8)(1U << at % 8U);
	}
	assert_int_equal(fit_payload_check(&p, data), 0);
	free(data);
	sha256_host_use(WAY_C);
}

/* What is not signed, for docs/image.md: nothing else may be changed and still verify. */
enum slack {
	SLACK_HEADER,
	SLACK_RESERVATIONS,
	SLACK_DEFAULT,
	SLACK_SIGNATURE_NODE,
	SLACK_OTHER_CONFIGURATION,
	SLACK_PLACE,
	SLACK_STRINGS,
	SLACKS,
	SIGNED = SLACKS
};

static u32 slack_seen[SLACKS];
static u32 signed_accepted;

static enum slack slack_of_property(int node, const char *name)
{
	char path[128];

	if (strncmp(name, "data-", 5) == 0)
		return SLACK_PLACE;
	if (fdt_get_path(pss, node, path, sizeof(path)) != 0)
		return SIGNED;
	if (strcmp(path, "/configurations") == 0 && strcmp(name, "default") == 0)
		return SLACK_DEFAULT;
	if (strcmp(path, "/configurations/system/signature-1") == 0)
		return strcmp(name, "value") == 0 ? SIGNED : SLACK_SIGNATURE_NODE;
	return strncmp(path, "/configurations/unsigned", 24) == 0 ? SLACK_OTHER_CONFIGURATION
								  : SIGNED;
}

/* The tag that byte @at of the structure block belongs to. */
static enum slack slack_of_structure(int at)
{
	int depth = -1;
	int parents[8] = { 0 };
	int next = 0;

	for (int off = 0;; off = next) {
		const u32 tag = fdt_next_tag(pss, off, &next);

		assert_true(next > off && depth < 7);
		if (tag == FDT_BEGIN_NODE)
			parents[++depth] = off;
		if (at >= next) {
			depth -= tag == FDT_END_NODE ? 1 : 0;
			continue;
		}
		if (tag == FDT_PROP) {
			const char *name;

			assert_non_null(fdt_getprop_by_offset(pss, off, &name, NULL));
			return slack_of_property(parents[depth], name);
		}
		if (tag == FDT_BEGIN_NODE || tag == FDT_END_NODE)
			return slack_of_property(parents[depth], "");
		return SIGNED;
	}
}

static enum slack slack_of(u32 at)
{
	const int signature = fdt_path_offset(pss, "/configurations/system/signature-1");
	const fdt32_t *strings = fdt_getprop(pss, signature, "hashed-strings", NULL);

	if (at < FIT_HEADER_SIZE)
		return SLACK_HEADER;
	if (at < fdt_off_dt_struct(pss))
		return SLACK_RESERVATIONS;
	if (at < fdt_off_dt_strings(pss))
		return slack_of_structure((int)(at - fdt_off_dt_struct(pss)));
	return at - fdt_off_dt_strings(pss) < fdt32_to_cpu(strings[1]) ? SIGNED : SLACK_STRINGS;
}

static void note_slack(u32 at)
{
	const enum slack s = slack_of(at);

	if (s == SIGNED) {
		signed_accepted++;
		print_message("byte 0x%x is taken to be signed, and was accepted\n", at);
	} else {
		slack_seen[s]++;
	}
}

TEST(every_flipped_byte_of_the_tree_is_refused_or_harmless)
{
	load_pss();
	memset(slack_seen, 0, sizeof(slack_seen));
	signed_accepted = 0;
	assert_true(fit_flips(pss, &rsa, 0, 1, note_slack));
	assert_int_equal(signed_accepted, 0);
	for (u32 i = 0; i < SLACKS; i++)
		assert_true(slack_seen[i] != 0U);
	print_message(
		"accepted: header %u, reservations %u, default %u, signature node %u, another "
		"configuration %u, places %u, strings %u\n",
		slack_seen[SLACK_HEADER], slack_seen[SLACK_RESERVATIONS], slack_seen[SLACK_DEFAULT],
		slack_seen[SLACK_SIGNATURE_NODE], slack_seen[SLACK_OTHER_CONFIGURATION],
		slack_seen[SLACK_PLACE], slack_seen[SLACK_STRINGS]);
}

/* ---- cut off ---- */

TEST(an_image_cut_off_at_every_512_bytes_is_refused)
{
	assert_true(fit_cuts());
}

/* The same with no byte behind it, for the sanitizer. */
TEST(nothing_is_read_beyond_the_end_of_a_tree_that_was_cut_off)
{
	const struct fit_policy policy = { .config = "system", .keys = &fit_key, .key_count = 1 };

	fit_load(fit_image_p256);
	for (u32 size = 0; size < fdt_totalsize(fit_image); size += 512U) {
		void *cut = malloc(size == 0U ? 8U : size);

		memcpy(cut, fit_image, size);
		assert_int_not_equal(fit_verify(cut, size, size, &policy, &fit_config, &fit_why),
				     0);
		assert_non_null(fit_why.rule);
		free(cut);
	}
}

/* ---- keys and memory ---- */

TEST(a_malformed_key_is_told_from_a_bad_signature)
{
	struct sig_key bad = fit_key;
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
	assert_int_equal(sig_verify(&fit_key, hash, sig, 63), BH_EBADSIG);
	bad.algo = (enum sig_algo)7;
	assert_int_equal(sig_verify(&bad, hash, sig, 64), BH_ENOTSUP);
	assert_int_equal(heap_in_use(), 0);
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

UNIT_TESTS(UNIT(every_case_comes_out_as_it_must), UNIT(what_is_accepted_is_described),
	   UNIT(an_image_signed_with_rsa_pss_is_accepted_by_its_key_alone),
	   UNIT(every_flipped_byte_of_a_payload_is_refused),
	   UNIT(every_flipped_byte_of_64_KiB_is_refused),
	   UNIT(every_flipped_byte_of_the_tree_is_refused_or_harmless),
	   UNIT(an_image_cut_off_at_every_512_bytes_is_refused),
	   UNIT(nothing_is_read_beyond_the_end_of_a_tree_that_was_cut_off),
	   UNIT(a_malformed_key_is_told_from_a_bad_signature),
	   UNIT(the_heap_gives_back_what_it_gave_and_no_more));
