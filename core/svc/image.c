// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/handoff.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/printf.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/svc/image.h>

/* The private copy: what is verified cannot be changed behind the verifier's back. */
static u8 tree[FIT_TREE_MAX] __aligned(8);
static struct fit_config config;
static bool accepted;

const struct fit_config *system_image(void)
{
	return accepted ? &config : NULL;
}

static int refuse(struct fit_refusal *why, int err, const char *rule, const char *node)
{
	why->rule = rule;
	(void)bh_snprintf(why->node, sizeof(why->node), "%s", node);
	return err;
}

/* Runs @use over [offset, offset + size) of the image as it lies in memory. */
static int image_read(const struct handoff_range *image, u64 offset, u64 size,
		      int (*use)(const void *bytes, u64 size, void *arg), void *arg)
{
	void *p = mmu_map(HPA(image->base.v + offset), size, MMU_RAM_RO);
	int err;

	if (p == NULL)
		return BH_EFAULT;
	err = use(p, size, arg);
	mmu_unmap(p, size);
	return err;
}

static int bytes_copy(const void *bytes, u64 size, void *arg)
{
	memcpy(arg, bytes, size);
	return 0;
}

static int bytes_check(const void *bytes, u64 size, void *arg)
{
	(void)size;
	return fit_payload_check(arg, bytes);
}

/* The header first: only it says how much there is to copy. */
static int tree_copy(const struct handoff_range *image, u32 *size, struct fit_refusal *why)
{
	const u64 head = image->size < FIT_HEADER_SIZE ? image->size : FIT_HEADER_SIZE;
	int err = image_read(image, 0, head, bytes_copy, tree);

	if (err == 0) {
		err = fit_tree_size(tree, image->size, size, why);
		if (err != 0)
			return err;
		err = image_read(image, 0, *size, bytes_copy, tree);
	}
	return err == 0 ? 0 : refuse(why, err, "its memory cannot be mapped", "");
}

static int payloads_check(const struct handoff_range *image, struct fit_refusal *why)
{
	for (u32 i = 0; i < config.payload_count; i++) {
		struct fit_payload *p = &config.payload[i];
		int err;

		if (p->size == 0U)
			return refuse(why, BH_EINVAL, "a payload is empty", p->name);
		err = image_read(image, p->offset, p->size, bytes_check, p);
		if (err == BH_EBADSIG)
			return refuse(why, err, "a payload's bytes differ from what was signed",
				      p->name);
		if (err != 0)
			return refuse(why, err, "a payload cannot be mapped", p->name);
	}
	return 0;
}

static int image_verify(const struct handoff_range *image, struct fit_refusal *why)
{
	const struct fit_policy policy = {
		.config = SYSTEM_IMAGE_CONFIG,
		.keys = &system_image_key,
		.key_count = 1,
		.rollback_min = CONFIG_SYSTEM_IMAGE_ROLLBACK_MIN,
	};
	u32 size;
	int err = tree_copy(image, &size, why);

	if (err == 0)
		err = fit_verify(tree, size, image->size, &policy, &config, why);
	if (err == 0)
		err = payloads_check(image, why);
	return err;
}

static void accepted_log(void)
{
	log_info("system image: configuration %s, rollback index %u, %u payloads, key %s",
		 SYSTEM_IMAGE_CONFIG, config.rollback_index, config.payload_count,
		 config.key->name);
	for (u32 i = 0; i < config.payload_count; i++)
		log_info("system image: payload %s, %llu bytes", config.payload[i].name,
			 (unsigned long long)config.payload[i].size);
}

static void refused_log(int err, const struct fit_refusal *why)
{
	log_error("system image refused: %s%s%s", why->node, why->node[0] == '\0' ? "" : ": ",
		  why->rule);
	if (err == BH_EPERM)
		log_error("system image: rollback index %u, expected at least %u; use a newer one",
			  config.rollback_index, (u32)CONFIG_SYSTEM_IMAGE_ROLLBACK_MIN);
	else if (err == BH_EBADSIG)
		log_error("system image: nothing of it runs; sign it for key %s: make image",
			  system_image_key.name);
	else
		log_error("system image: nothing of it runs; make it again: make image");
}

static int image_init(void)
{
	struct fit_refusal why = { .rule = "" };
	int err;

	if (system_image_key.development)
		log_warn("system images: development key %s is trusted; set SYSTEM_IMAGE_KEY",
			 system_image_key.name);
	if (!sig_checked)
		log_warn("SIGNATURES OF SYSTEM IMAGES ARE NOT CHECKED (SYSTEM_IMAGE_UNVERIFIED)");
	if (handoff.module_count == 0U) {
		log_info("no system image: nothing to run");
		return BH_ENODEV;
	}
	err = image_verify(&handoff.module[0], &why);
	accepted = err == 0;
	if (accepted)
		accepted_log();
	else
		refused_log(err, &why);
	return 0;
}
UNIT_DEFINE(system_image, 7, 50, image_init);
