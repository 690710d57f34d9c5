// SPDX-License-Identifier: Apache-2.0
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/smp.h>
#include <bulkhead/base/handoff.h>
#include <bulkhead/lib/error.h>

#include "fake.h"

/* Most tests start no CPU and are not linked with core/smp.c. */
#pragma weak bulkhead_secondary_main

static pthread_t threads[CONFIG_MAX_CPUS];
static bool started[CONFIG_MAX_CPUS];
static enum fake_start behaviour[CONFIG_MAX_CPUS];
static u32 stopping;

void fake_smp_set(u32 cpu, enum fake_start how)
{
	behaviour[cpu] = how;
}

void fake_thread_check(void)
{
	if (fake_cpu != &cpus[0] && __atomic_load_n(&stopping, __ATOMIC_SEQ_CST) != 0U)
		pthread_exit(NULL);
}

void fake_smp_reset(void)
{
	__atomic_store_n(&stopping, 1U, __ATOMIC_SEQ_CST);
	for (u32 i = 0; i < CONFIG_MAX_CPUS; i++) {
		if (started[i])
			pthread_join(threads[i], NULL);
		started[i] = false;
		behaviour[i] = FAKE_START_OK;
	}
	__atomic_store_n(&stopping, 0, __ATOMIC_SEQ_CST);
}

static void *cpu_thread(void *arg)
{
	fake_cpu = arg;
	bulkhead_secondary_main();
	return NULL;
}

int smp_start(u32 id)
{
	if (behaviour[id] == FAKE_START_REFUSED)
		return BH_EIO;
	if (behaviour[id] == FAKE_START_SILENT)
		return 0;
	if (pthread_create(&threads[id], NULL, cpu_thread, &cpus[id]) != 0) {
		fprintf(stderr, "fake: no thread for CPU %u\n", id);
		abort();
	}
	started[id] = true;
	return 0;
}

void smp_finish(void)
{
	/* A thread needs nothing to start that could be freed. */
}
