// SPDX-License-Identifier: Apache-2.0
/* The manifest of this boot: out of the verified image, against this machine. */
#include <bulkhead/base/log.h>
#include <bulkhead/base/percpu.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/mem/frame.h>
#include <bulkhead/svc/image.h>
#include <bulkhead/svc/manifest.h>

#include "image_bytes.h"
#include "slot.h"

static u8 tree[MANIFEST_SIZE_MAX] __aligned(8) __scratch;
static struct system_config config __scratch; /* manifest_read() begins with a memset() */
static bool accepted;

const struct system_config *manifest_system(void)
{
	return accepted ? &config : NULL;
}

/* What is read cannot change any more: the copy is checked, not what it was copied from. */
static int tree_copy(const struct fit_payload *p)
{
	const u8 *from = image_bytes(p->offset, p->size);

	if (from == NULL || p->size > sizeof(tree))
		return BH_ERANGE;
	memcpy(tree, from, p->size);
	return fit_payload_check(p, tree);
}

static void payloads_fill(struct manifest_board *b, const struct fit_config *image)
{
	b->payload_count = 0;
	for (u32 i = 0; image != NULL && i < image->payload_count; i++) {
		const struct fit_payload *p = &image->payload[i];

		if (b->payload_count < MANIFEST_PAYLOADS_MAX)
			b->payload[b->payload_count++] =
				(struct manifest_payload){ p->name, p->size };
	}
}

void manifest_board_fill(struct manifest_board *b)
{
	b->machine = &machine;
	b->devices = &machine_devices;
	b->vplat = &vplat;
	b->cpu_count = cpu_count;
	b->slot = image_slot_range();
	payloads_fill(b, system_image());
	b->free_count = frame_free_ranges(b->free, MANIFEST_FREE_MAX);
}

static void refused_log(const struct manifest_refusal *why)
{
	log_error("manifest refused: %s%s%s: rule %s", why->node,
		  why->property[0] == '\0' ? "" : ": ", why->property, why->rule);
	log_error("manifest: %s", why->text);
	log_error("manifest: nothing of it runs; %s", why->hint);
}

static int system_init(void)
{
	static struct manifest_board board;
	struct manifest_refusal why = { .rule = "" };
	const struct fit_config *image = system_image();
	const struct fit_payload *p = image == NULL ? NULL : fit_payload_find(image, "manifest");
	int err;

	if (p == NULL)
		return BH_ENODEV;
	err = tree_copy(p);
	if (err != 0) {
		log_error("manifest refused: it cannot be copied: %s", error_name(err));
		return 0;
	}
	manifest_board_fill(&board);
	accepted = manifest_read(tree, p->size, &board, &config, &why) == 0;
	if (accepted)
		log_info("manifest: %u partitions, %u devices, %u regions, %u channels",
			 config.partition_count, config.device_count, config.region_count,
			 config.channel_count);
	else
		refused_log(&why);
	return 0;
}
UNIT_DEFINE(system, 7, 60, system_init);
