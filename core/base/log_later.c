// SPDX-License-Identifier: Apache-2.0
/*
 * Records that came while another CPU was at the log: each CPU keeps its own and adds them itself,
 * so that no partition waits for another one's, and none pays for them.
 */
#include <bulkhead/arch/percpu.h>
#include <bulkhead/lib/types.h>

#include "log_internal.h"

/* Touched by its own CPU alone. */
static struct later {
	u32 count;
	u32 lost;
	struct {
		bool guest;
		struct log_record record;
	} kept[LOG_LATER_MAX];
} laters[CONFIG_MAX_CPUS];

void log_later_keep(enum log_level level, u32 owner, bool guest, const char *fmt, va_list ap)
{
	struct later *l = &laters[this_cpu()->id];

	if (l->count == LOG_LATER_MAX) {
		l->lost++;
		return;
	}
	l->kept[l->count].guest = guest;
	l->kept[l->count].record = (struct log_record){ 0 };
	log_record_fill(&l->kept[l->count].record, level, owner, fmt, ap);
	l->count++;
}

static void say(const char *fmt, ...) __printf(1, 2);
static void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_emit(LOG_WARN, LOG_OWNER_SELF, fmt, ap);
	va_end(ap);
}

void log_later_emit(void)
{
	struct later *l = &laters[this_cpu()->id];

	if (l->count == 0U)
		return;
	for (u32 i = 0; i < l->count; i++) {
		const struct log_record *r = &l->kept[i].record;

		if (!l->kept[i].guest || log_guest_admit(r->owner))
			log_emit_record(r);
	}
	if (l->lost != 0U)
		say("%u records lost: another CPU was at the log for too long", l->lost);
	l->count = 0;
	l->lost = 0;
}

bool log_settle(void)
{
	bool taken;

	if (laters[this_cpu()->id].count == 0U)
		return true;
	if (!log_lock_try(&taken))
		return false;
	log_later_emit();
	log_lock_drop(taken);
	return true;
}
