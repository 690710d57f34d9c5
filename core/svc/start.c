// SPDX-License-Identifier: Apache-2.0
/* From the system's manifest to partitions that run. */
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/svc/manifest.h>
#include <bulkhead/vm/partition.h>

static u32 built;

static int partitions_init(void)
{
	const struct system_config *system = manifest_system();

	if (system == NULL)
		return BH_ENODEV;
	built = system_build(system);
	if (built < system->partition_count)
		log_warn("system %s: %u of %u partitions can run", system->name, built,
			 system->partition_count);
	return 0;
}
UNIT_DEFINE(partitions, 8, 50, partitions_init);

static int start_init(void)
{
	if (built == 0U)
		return BH_ENODEV;
	system_start();
	return 0;
}
UNIT_DEFINE(start, 9, 50, start_init);
