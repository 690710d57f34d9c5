// SPDX-License-Identifier: Apache-2.0
/* One guest, once through: a call nobody knows, a device, an address where nothing is. */
#include <abi/ucall.h>
#include <bulkhead/base/log.h>

#include "program.h"

static struct told told;

static bool check(const char *what, bool is_so)
{
	log_info("check: %s: %s", what, is_so ? "yes" : "NO");
	return is_so;
}

/* What the loop costs without the call is taken off; the call instruction itself stays in. */
static void bench(const char *metric)
{
	const u64 with = told.stamp[1] - told.stamp[0];
	const u64 without = told.stamp[2] - told.stamp[1];

	log_info("bench %s instructions %u - %llu.%02llu -", metric, CONFIG_GUEST_TRAP_CALLS,
		 (unsigned long long)((with - without) / CONFIG_GUEST_TRAP_CALLS),
		 (unsigned long long)((with - without) * 100U / CONFIG_GUEST_TRAP_CALLS % 100U));
}

/* The rest of what is timed; the guest does nothing else then. */
static bool arch_bench(void)
{
	for (const struct timed *t = arch_timed; t->metric != NULL; t++) {
		struct vcpu *v = guest_vcpu(0, t->mode | CONFIG_GUEST_TRAP_CALLS << 8, &told);

		told = (struct told){ 0 };
		if (v == NULL || vcpu_go(v) != TRAP_PARK || told.stamps != STAMPS_MAX)
			return check(t->metric, false);
		bench(t->metric);
	}
	return true;
}

bool trips_test(void)
{
	struct vcpu *v = guest_vcpu(0, MODE_TRIPS | CONFIG_GUEST_TRAP_CALLS << 8, &told);
	enum trap_result end;
	bool good;

	if (v == NULL)
		return check("the vcpu can be made", false);
	end = vcpu_go(v);
	good = check("the guest came to its end", end == TRAP_PARK && told.end);
	good &= check("an unknown hypercall answers ENOSYS", told.result == (u32)UCALL_ENOSYS);
	good &= check("what a device answers arrives", told.echo == ASK_ANSWER);
	good &= check("an access to nowhere is one fault", told.faults == 1U);
	good &= check("the clock was read three times", told.stamps == STAMPS_MAX);
	log_info("guest: fault 0x%x, %llu memory exits, %llu interrupts", told.last_fault,
		 (unsigned long long)v->exits[EXIT_MEMORY], (unsigned long long)v->exits[EXIT_IRQ]);
	if (!good)
		return false;
	log_info("backend: %s", virt_backend());
	bench("hypercall");
	return arch_bench();
}
