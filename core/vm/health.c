// SPDX-License-Identifier: Apache-2.0
/*
 * What is done about a partition that is not well: what its configuration says of the kind of
 * trouble. And the system's mode, which one that counts may change when it fails.
 */
#include <bulkhead/base/log.h>

#include "partition_internal.h"

static u32 mode; /* enum system_mode; atomic */

/* What of the manifest says to ignore it. NULL: nothing does, or whoever noticed it has told. */
static const char *const property[HEALTH_EVENTS] = {
	[HEALTH_DEADLINE] = "on-deadline",
	[HEALTH_WATCHDOG] = "on-watchdog",
};

enum system_mode system_mode(void)
{
	return (enum system_mode)__atomic_load_n(&mode, __ATOMIC_ACQUIRE);
}

bool health_runs_in(const struct partition_config *c, enum system_mode m)
{
	return (c->not_in & BIT(m)) == 0U;
}

void system_degrade(const struct partition *because)
{
	u32 normal = MODE_NORMAL;

	if (!__atomic_compare_exchange_n(&mode, &normal, (u32)MODE_DEGRADED, false,
					 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return;
	log_warn("system %s: degraded, because partition %s has failed", because->system->name,
		 because->config->name);
	for (u32 i = 0; i < PARTITIONS_MAX; i++) {
		struct partition *p = partitions[i];

		if (p == NULL || p == because)
			continue;
		if (!health_runs_in(p->config, MODE_DEGRADED))
			partition_ask(p, WISH_STOP);
		else if (!health_runs_in(p->config, MODE_NORMAL))
			partition_ask(p, WISH_START);
	}
}

/* Said once a start: whoever is ignored may go on with it for ever. */
static void ignore(struct partition *p, enum health_event e, const char *why)
{
	const u32 before = __atomic_fetch_or(&p->ignored, (u32)BIT(e), __ATOMIC_RELAXED);

	if ((before & BIT(e)) == 0U && property[e] != NULL)
		log_warn("partition %s: %s: ignored (%s)", p->config->name, why, property[e]);
}

bool partition_fail(struct partition *p, enum health_event e, const char *why)
{
	const char *none = NULL;

	__atomic_fetch_add(&p->health[e], 1U, __ATOMIC_RELAXED);
	/* A vcpu that cannot go on cannot be ignored. */
	if (p->config->action[e] == FAILURE_IGNORE && e != HEALTH_STOP) {
		ignore(p, e, why);
		return false;
	}
	(void)__atomic_fetch_or(&p->trouble, (u32)BIT(e), __ATOMIC_SEQ_CST);
	(void)__atomic_compare_exchange_n(&p->why, &none, why, false, __ATOMIC_SEQ_CST,
					  __ATOMIC_SEQ_CST);
	vcpu_park(&p->vcpu[0], PARK_RESET);
	return true;
}
