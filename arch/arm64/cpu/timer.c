// SPDX-License-Identifier: Apache-2.0
/*
 * Time by the system counter, alarms by the EL2 physical timer (Arm ARM D12): CNTHP_*_EL2.
 */
#include <asm/sysreg.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/base/log.h>
#include <bulkhead/fw/machine.h>
#include <bulkhead/lib/error.h>

/* CNTHP_CTL_EL2 */
#define CTL_ENABLE BIT(0)

/* Below this a tick is too long to be of use; CNTFRQ_EL0 of 0 means firmware never set it. */
#define HZ_MIN 1000000U

static u64 hz;
static const char *source = "unknown";

int timer_cpu_init(void)
{
	u64 found = read_sysreg(cntfrq_el0);

	timer_disarm();
	if (hz != 0U) {
		if (machine.timer.hz == 0U && found != hz)
			log_warn("CNTFRQ_EL0 is %llu Hz here, %llu Hz on CPU 0: CPU 0's counts",
				 (unsigned long long)found, (unsigned long long)hz);
		return 0;
	}
	if (machine.timer.hz != 0U) {
		found = machine.timer.hz;
		source = "clock-frequency of the timer node";
	} else {
		source = "CNTFRQ_EL0";
	}
	if (found < HZ_MIN) {
		log_error("timer: %s says %llu Hz, expected at least %u: firmware must set it",
			  source, (unsigned long long)found, HZ_MIN);
		return trace_error(BH_EINVAL);
	}
	hz = found;
	return 0;
}

/* The register is good enough for time stamps until timer_cpu_init() has judged it. */
u64 timer_hz(void)
{
	u64 claimed;

	if (hz != 0U)
		return hz;
	claimed = read_sysreg(cntfrq_el0);
	return (claimed >= HZ_MIN) ? claimed : 0U;
}

const char *timer_source(void)
{
	return source;
}

void timer_arm(u64 deadline)
{
	write_sysreg(cnthp_cval_el2, deadline);
	write_sysreg(cnthp_ctl_el2, CTL_ENABLE);
	isb();
}

void timer_disarm(void)
{
	write_sysreg(cnthp_ctl_el2, 0);
	isb();
}
