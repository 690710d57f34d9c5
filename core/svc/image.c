// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/handoff.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/printf.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/svc/image.h>

#include "image_bytes.h"
#include "slot.h"

/* The private copy: what is verified cannot be changed behind the verifier's back. */
static u8 tree[FIT_TREE_MAX] __aligned(8) __scratch;
static struct fit_config config;
static const u8 *image;
static u64 image_size;
static bool accepted;

const struct fit_config *system_image(void)
{
	return accepted ? &config : NULL;
}

const struct fit_payload *image_payload_find(const char *name)
{
	return accepted ? fit_payload_find(&config, name) : NULL;
}

const u8 *image_bytes(u64 offset, u64 size)
{
	return accepted && range_inside(offset, size, 0, image_size) ? image + offset : NULL;
}

static int refuse(struct fit_refusal *why, int err, const char *rule, const char *node)
{
	why->rule = rule;
	(void)bh_snprintf(why->node, sizeof(why->node), "%s", node);
	return err;
}

/* The header first: only it says how much there is to copy. */
static int tree_copy(u32 *size, struct fit_refusal *why)
{
	int err;

	memcpy(tree, image, image_size < FIT_HEADER_SIZE ? image_size : FIT_HEADER_SIZE);
	err = fit_tree_size(tree, image_size, size, why);
	if (err == 0)
		memcpy(tree, image, *size);
	return err;
}

static int payloads_check(struct fit_refusal *why)
{
	for (u32 i = 0; i < config.payload_count; i++) {
		const struct fit_payload *p = &config.payload[i];

		if (p->size == 0U)
			return refuse(why, BH_EINVAL, "a payload is empty", p->name);
		if (payload_accept(p, image + p->offset) != 0)
			return refuse(why, BH_EBADSIG,
				      "a payload's bytes differ from what was signed", p->name);
	}
	return 0;
}

static int image_verify(struct fit_refusal *why)
{
	const struct fit_policy policy = {
		.config = SYSTEM_IMAGE_CONFIG,
		.keys = system_image_keys,
		.key_count = system_image_key_count,
		.rollback_min = CONFIG_SYSTEM_IMAGE_ROLLBACK_MIN,
	};
	u32 size;
	int err = tree_copy(&size, why);

	if (err == 0)
		err = fit_verify(tree, size, image_size, &policy, &config, why);
	if (err == 0)
		err = payloads_check(why);
	return err;
}

/* Mapped for good if accepted: partitions are loaded from it, and again when they restart. */
static int image_open(const struct handoff_range *module, struct fit_refusal *why)
{
	image = mmu_map(module->base, module->size, MMU_RAM_RO);
	image_size = module->size;
	return image != NULL ? 0 : refuse(why, BH_EFAULT, "its memory cannot be mapped", "");
}

static void image_close(void)
{
	if (image != NULL)
		mmu_unmap((void *)(uintptr_t)image, image_size);
	image = NULL;
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
		log_error("system image: nothing of it runs; sign it for key %s%s: make image",
			  system_image_keys[0].name,
			  system_image_key_count > 1U ? " or another one that is trusted" : "");
	else
		log_error("system image: nothing of it runs; make it again: make image");
}

static int image_init(void)
{
	struct fit_refusal why = { .rule = "" };
	struct handoff_range where = handoff.module[0];
	int err;

	if (system_image_keys[0].development)
		log_warn("system images: development key %s is trusted; set SYSTEM_IMAGE_KEY",
			 system_image_keys[0].name);
	if (!sig_checked)
		log_warn("SIGNATURES OF SYSTEM IMAGES ARE NOT CHECKED (SYSTEM_IMAGE_UNVERIFIED)");
	if (handoff.module_count == 0U && !image_slot(&where)) {
		log_info("no system image: nothing to run");
		return BH_ENODEV;
	}
	err = image_open(&where, &why);
	if (err == 0)
		err = image_verify(&why);
	accepted = err == 0;
	if (accepted) {
		accepted_log();
	} else {
		image_close();
		refused_log(err, &why);
	}
	return 0;
}
UNIT_DEFINE(system_image, 7, 50, image_init);
