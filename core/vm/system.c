// SPDX-License-Identifier: Apache-2.0
/* The whole system: what is shared, then each partition, then all of them started. */
#include <bulkhead/base/log.h>
#include <bulkhead/base/run.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/printf.h>

#include "partition_internal.h"

#define LIST_MAX 64U

/* "0 1 3", cut where the room ends. */
static void cpu_list(u64 set, char out[LIST_MAX])
{
	int at = 0;

	out[0] = '\0';
	for (u32 i = 0; i < 64U && at < (int)LIST_MAX - 4; i++) {
		if ((set & BIT(i)) != 0U)
			at += bh_snprintf(&out[at], LIST_MAX - (u32)at, at == 0 ? "%u" : " %u", i);
	}
}

static void partition_log(const struct partition *p)
{
	const struct partition_config *c = p->config;
	const struct memory_config *m = &c->memory[0];
	char list[LIST_MAX];
	u64 size = 0;

	cpu_list(c->cpus, list);
	for (u32 i = 0; i < c->memory_count; i++)
		size += c->memory[i].size;
	log_info("partition %s: %s %s, %llu %s at 0x%llx, %s, %u devices%s", c->name,
		 c->vcpu_count == 1U ? "CPU" : "CPUs", list,
		 (unsigned long long)(size >= MIB(1) ? size >> 20 : size >> 10),
		 size >= MIB(1) ? "MiB" : "KiB", (unsigned long long)m->gpa.v, c->kernel.name,
		 c->device_count, c->console ? ", console" : "");
}

static void schedule_log(const struct schedule_config *s)
{
	char list[LIST_MAX];

	cpu_list(s->cpus, list);
	for (u32 m = 0; m < SYSTEM_MODES; m++) {
		const struct window_list *l = &s->mode[m];
		u64 us = 0;

		for (u32 i = 0; i < l->count; i++)
			us += l->window[i].us;
		if (l->count != 0U)
			log_info("schedule %s: CPUs %s%s: %u windows in %llu us", s->name, list,
				 m == (u32)MODE_NORMAL ? "" : " degraded", l->count,
				 (unsigned long long)us);
	}
}

u32 system_build(const struct system_config *system)
{
	u32 built = 0;

	if (partition_regions_build(system) != 0)
		return 0;
	for (u32 i = 0; i < system->partition_count && i < PARTITIONS_MAX; i++) {
		if (partition_build(system, i) != 0) {
			log_error("partition %s: not built, does not run",
				  system->partition[i].name);
			continue;
		}
		built++;
		partition_log(partitions[i]);
	}
	for (u32 i = 0; i < system->schedule_count; i++)
		schedule_log(&system->schedule[i]);
	return built;
}

void system_start(void)
{
	run_hold();
	for (u32 i = 0; i < PARTITIONS_MAX; i++) {
		if (partitions[i] != NULL && health_runs_in(partitions[i]->config, MODE_NORMAL))
			partition_ask(partitions[i], WISH_START);
	}
	slots_start();
}
