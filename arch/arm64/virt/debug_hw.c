// SPDX-License-Identifier: Apache-2.0
/* Debug registers of this CPU. */
#include <asm/debug.h>
#include <asm/sysreg.h>

#define DFR0_BRPS_SHIFT 12U
#define DFR0_WRPS_SHIFT 20U

/* By the digits of its name, and by its number. */
#define EACH_OF_8(X) X(0, 0U) X(1, 1U) X(2, 2U) X(3, 3U) X(4, 4U) X(5, 5U) X(6, 6U) X(7, 7U)
#define EACH_PAIR(X) \
	EACH_OF_8(X) \
	X(8, 8U) X(9, 9U) X(10, 10U) X(11, 11U) X(12, 12U) X(13, 13U) X(14, 14U) X(15, 15U)

/* Those that this CPU has: the first @n; the others are undefined. */
static void breakpoints_write(const struct vcpu_debug *d, u32 n)
{
#define BREAKPOINT(name, i)                                   \
	if (n > (i)) {                                        \
		write_sysreg(S2_0_C0_C##name##_4, d->bvr[i]); \
		write_sysreg(S2_0_C0_C##name##_5, d->bcr[i]); \
	}
	EACH_PAIR(BREAKPOINT)
}

static void watchpoints_write(const struct vcpu_debug *d, u32 n)
{
#define WATCHPOINT(name, i)                                   \
	if (n > (i)) {                                        \
		write_sysreg(S2_0_C0_C##name##_6, d->wvr[i]); \
		write_sysreg(S2_0_C0_C##name##_7, d->wcr[i]); \
	}
	EACH_PAIR(WATCHPOINT)
}

void debug_load(const struct vcpu_debug *d)
{
	const u64 dfr0 = read_sysreg(id_aa64dfr0_el1);

	breakpoints_write(d, id_field(dfr0, DFR0_BRPS_SHIFT) + 1U);
	watchpoints_write(d, id_field(dfr0, DFR0_WRPS_SHIFT) + 1U);
	write_sysreg(mdscr_el1, debug_mdscr(d));
}

void debug_put(void)
{
	write_sysreg(mdscr_el1, 0);
}

/* A cold reset closes both locks; the breakpoints it leaves unknown mean nothing without MDE. */
void debug_cpu_init(void)
{
	write_sysreg(mdscr_el1, 0);
	write_sysreg(oslar_el1, 0);
	isb();
}
