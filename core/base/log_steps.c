// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/timer.h>
#include <bulkhead/base/log.h>
#include <bulkhead/lib/printf.h>

/* A step beyond these is still named; its ticks count for the last of them. */
#define BOOT_STEPS_MAX 32U

#define REPORT "boot took, in ticks: "

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

static int step_text(char *buf, size_t size, const char *before, u32 i, u64 end)
{
	const u64 stop = (i + 1U < step_count) ? steps[i + 1U].start : end;

	return bh_snprintf(buf, size, "%s%s %llu", before, steps[i].name,
			   (unsigned long long)(stop - steps[i].start));
}

/* As many steps a line as it holds: one each would take as long as some of the steps. */
void boot_steps_report(void)
{
	const u64 end = timer_now();
	char line[LOG_TEXT_MAX - sizeof(REPORT)];
	size_t len = 0;

	for (u32 i = 0; i < step_count; i++) {
		int more = step_text(line + len, sizeof(line) - len, len != 0U ? ", " : "", i, end);

		if (len + (size_t)more >= sizeof(line)) {
			line[len] = '\0';
			log_info(REPORT "%s", line);
			len = 0;
			more = step_text(line, sizeof(line), "", i, end);
		}
		len += (size_t)more;
	}
	if (len != 0U)
		log_info(REPORT "%s", line);
}
