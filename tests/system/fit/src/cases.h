/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bad images, and good ones that look bad: the board and the host's tests run the same list. The
 * images are those of tests/unit/fit/data.
 */
#ifndef TESTS_FIT_CASES_H
#define TESTS_FIT_CASES_H

#include <bulkhead/svc/fit.h>

/* A 4 KiB tree, then one payload a page. */
#define FIT_IMAGE_SIZE 12288U
#define FIT_ROLLBACK 7U /* of fit_image_p256 */

/* Signed with P-256; the same key, other bytes in payload `one`, rollback index 8. */
extern const u8 fit_image_p256[FIT_IMAGE_SIZE];
extern const u8 fit_image_newer[FIT_IMAGE_SIZE];

struct fit_case {
	const char *name;
	void (*spoil)(u32 n); /* changes fit_image */
	u32 times;            /* it is run with n = 0 .. times - 1; 0: once */
	const char *config;   /* NULL: "system" */
	u32 rollback_min;     /* 0: FIT_ROLLBACK */
	u32 size;             /* bytes of the image that are there; 0: FIT_IMAGE_SIZE */
	bool other_key;       /* a key that signed nothing is trusted, and only that */
	int err;
	const char *rule; /* as it must be named */
	const char *node;
};

extern const struct fit_case fit_cases[];
extern const u32 fit_case_count;

/* What is spoilt, room to grow, and what came out of it. */
extern u8 fit_image[2U * FIT_IMAGE_SIZE];
extern struct fit_config fit_config;
extern struct fit_refusal fit_why;

/* Takes a fresh copy of @from into fit_image. */
void fit_load(const u8 *from);

/* Verifies fit_image as the boot does: header, then tree. */
int fit_try(const char *config, const struct sig_key *key, u32 size, u32 rollback_min);

/* Runs case @c for the @n-th time; true if it came out as it must. */
bool fit_case_run(const struct fit_case *c, u32 n);

/*
 * Flips one bit in each @stride-th byte of the tree of @from, from byte @first on; @accepted is
 * told of each flip that verifies. False if one of these changes what is believed: names, hashes,
 * rollback index, or a payload whose place moved and still verifies with other bytes.
 */
bool fit_flips(const u8 *from, const struct sig_key *key, u32 first, u32 stride,
	       void (*accepted)(u32 at));

/* Flips each @stride-th byte of each payload: false if one is accepted. */
bool fit_payload_flips(u32 stride);

/* The image cut off at every 512 bytes: false if one is accepted that lacks a payload's bytes. */
bool fit_cuts(void);

/* The key of the images above. */
extern const struct sig_key fit_key;

#endif
