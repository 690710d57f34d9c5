// SPDX-License-Identifier: Apache-2.0
/* Memory that partitions share: nobody's own, so it is scrubbed once, before any of them runs. */
#include <bulkhead/arch/cache.h>
#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/mem/frame.h>
#include <bulkhead/mem/guest.h>

#include "partition_internal.h"

static struct region regions[SYSTEM_REGIONS_MAX];
static u8 *windows[SYSTEM_REGIONS_MAX];

static int region_build(const struct region_config *c, u32 id)
{
	hpa_t base = HPA(c->place);
	int err;

	if (c->place == PLACE_ANY)
		err = frame_alloc(c->size, PAGE_SIZE, &base);
	else
		err = frame_claim(base, c->size);
	if (err == 0)
		err = region_init(&regions[id], c->name, base, c->size, NULL, 0);
	if (err != 0)
		return err;
	windows[id] = guest_window(base, c->size);
	if (windows[id] == NULL)
		return trace_error(BH_ENOMEM);
	memset(windows[id], 0, c->size);
	cache_clean_invalidate(windows[id], c->size);
	return 0;
}

int partition_regions_build(const struct system_config *system)
{
	for (u32 i = 0; i < system->region_count && i < SYSTEM_REGIONS_MAX; i++) {
		const struct region_config *c = &system->region[i];
		const int err = region_build(c, i);

		if (err != 0) {
			log_error("region %s: %llu KiB: %s", c->name,
				  (unsigned long long)(c->size >> 10), error_name(err));
			return err;
		}
	}
	return 0;
}

struct region *partition_region(u32 index)
{
	return index < SYSTEM_REGIONS_MAX && windows[index] != NULL ? &regions[index] : NULL;
}

u8 *partition_region_window(u32 index)
{
	return index < SYSTEM_REGIONS_MAX ? windows[index] : NULL;
}

int partition_region_attach(struct partition *p, const struct attach_config *a)
{
	const struct region_attachment want = {
		.s2 = &p->s2, .owner = p->id, .gpa = a->gpa, .rights_max = a->rights
	};
	int err = BH_ENOENT;

	if (a->region < SYSTEM_REGIONS_MAX && windows[a->region] != NULL)
		err = region_attach(&regions[a->region], &want);
	if (err != 0)
		log_error("partition %s: region %u at 0x%llx: %s", p->config->name, a->region,
			  (unsigned long long)a->gpa.v, error_name(err));
	return err;
}
