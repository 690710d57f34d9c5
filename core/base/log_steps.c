// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/timer.h>
#include <bulkhead/base/log.h>

/* A step beyond these is still named; its ticks count for the last of them. */
#define BOOT_STEPS_MAX 32U

static struct {
	const char *name;
	u64 start;
} steps[BOOT_STEPS_MAX];

static u32 step_count;

void boot_step(const char *name)
{
	if (step_count < BOOT_STEPS_MAX) {
		steps[step_count].name = name;
		steps[step_count].start = timer_now();
		step_count++;
	}
	log_info("boot: %s", name);
}

void boot_steps_report(void)
{
	u64 end = timer_now();

	for (u32 i = 0; i < step_count; i++) {
		u64 stop = (i + 1U < step_count) ? steps[i + 1U].start : end;

		log_info("boot step %-24s %10llu ticks", steps[i].name,
			 (unsigned long long)(stop - steps[i].start));
	}
}
