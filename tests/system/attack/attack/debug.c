// SPDX-License-Identifier: Apache-2.0
/*
 * Breakpoints, watchpoints, single step, and performance monitors: what each of them reports, and
 * that the interrupt of a counter comes.
 */
#include "attack.h"

#define BREAKPOINT 0x1e3U  /* all four bytes, EL1 and EL0, on */
#define WATCHPOINT 0x1fffU /* all eight bytes, loads and stores, EL1 and EL0, on */
#define MDSCR_SS (1U << 0)
#define MDSCR_KDE (1U << 13)
#define MDSCR_MDE (1U << 15)

#define PSTATE_D (1U << 9)
#define PSTATE_SS (1U << 21)

#define GICD_TYPER 0x08000004UL

#define PMCR_E 1UL
#define PMU_INTID 23U
#define OVERFLOWS 0xffffffffUL

/* arm64/debug.S: one instruction, which reads from x0, and a return. */
extern const u8 debug_nop[], debug_load[];
void debug_call(const void *code, u64 address);
void debug_step(const void *code, u64 address);

static u64 reported_at;

/* Debug exceptions end what caused them: the instruction runs on undisturbed. */
bool debug_exception(struct guest_frame *frame)
{
	const u32 class = EC(frame->esr);

	if (class == EC_SVC) {
		/* From debug_step(): on to the code, one instruction of it. */
		frame->pc = frame->x[2];
		frame->pstate = (frame->pstate & ~(u64)PSTATE_D) | PSTATE_SS;
		return true;
	}
	if (class != EC_STEP && class != EC_BREAKPOINT && class != EC_WATCHPOINT)
		return false;
	reported_at = frame->pc;
	frame->pstate |= PSTATE_D;
	__asm__ volatile("msr mdscr_el1, xzr\n\tisb");
	return true;
}

static void tell(const char *what, const void *code, bool with_syndrome)
{
	guest_printf("access debug | %s | ", what);
	if (taken.count == 0U)
		guest_printf("nothing\n");
	else if (with_syndrome)
		guest_printf("esr 0x%llx at +%llu\n", (unsigned long long)taken.esr,
			     (unsigned long long)(reported_at - (uintptr_t)code));
	else
		guest_printf("class 0x%x at +%llu\n", EC(taken.esr),
			     (unsigned long long)(reported_at - (uintptr_t)code));
}

static void arm(u32 mdscr)
{
	taken.count = 0;
	__asm__ volatile("msr mdscr_el1, %0\n\tisb" ::"r"((u64)mdscr));
}

static void lock(bool closed)
{
	__asm__ volatile("msr oslar_el1, %0\n\tisb" ::"r"((u64)closed));
}

static void breakpoint(const char *what, u32 control)
{
	__asm__ volatile("msr dbgbvr1_el1, %0\n\tmsr dbgbcr1_el1, %1" ::"r"(debug_nop),
			 "r"((u64)control));
	arm(MDSCR_MDE | MDSCR_KDE);
	debug_call(debug_nop, 0);
	tell(what, debug_nop, true);
	arm(0);
	__asm__ volatile("msr dbgbcr1_el1, xzr");
}

static void watchpoint(const char *what, u64 *watched)
{
	static u64 place;

	__asm__ volatile("msr dbgwvr1_el1, %0\n\tmsr dbgwcr1_el1, %1" ::"r"(&place),
			 "r"((u64)WATCHPOINT));
	arm(MDSCR_MDE | MDSCR_KDE);
	debug_call(debug_load, watched == NULL ? (uintptr_t)&place : (uintptr_t)watched);
	tell(what, debug_load, true);
	if (taken.count != 0U)
		guest_check(taken.far == (uintptr_t)&place);
	arm(0);
	__asm__ volatile("msr dbgwcr1_el1, xzr");
}

static void steps(void)
{
	arm(MDSCR_SS | MDSCR_KDE);
	debug_step(debug_nop, 0);
	tell("step", debug_nop, false);
	/* Where it is emulated, the step ends behind it all the same. */
	arm(MDSCR_SS | MDSCR_KDE);
	debug_step(debug_load, GICD_TYPER);
	tell("step over a device", debug_load, false);
}

static volatile u32 overflows;

static void overflowed(u32 intid)
{
	(void)intid;
	overflows++;
	__asm__ volatile("msr pmovsclr_el0, %0\n\tisb" ::"r"(~0UL));
}

static bool has_pmu(void)
{
	u64 dfr0;

	__asm__("mrs %0, id_aa64dfr0_el1" : "=r"(dfr0));
	return (dfr0 >> 8 & 0xfU) != 0U && (dfr0 >> 8 & 0xfU) != 0xfU;
}

static u64 counted(void)
{
	u64 n;

	__asm__ volatile("isb\n\tmrs %0, pmevcntr0_el0" : "=r"(n));
	return n;
}

/* Event 0 is software's own. */
static void counter(void)
{
	u64 cycles, flags;

	__asm__ volatile("msr pmevtyper0_el0, xzr\n\tmsr pmevcntr0_el0, xzr\n\t"
			 "msr pmccfiltr_el0, xzr\n\tmsr pmccntr_el0, xzr\n\t"
			 "msr pmcntenset_el0, %0\n\tmsr pmcr_el0, %1\n\tisb" ::"r"(0x80000001UL),
			 "r"(PMCR_E));
	for (u32 i = 0; i < 5U; i++)
		__asm__ volatile("msr pmswinc_el0, %0" ::"r"(1UL));
	guest_printf("access pmu | increments | %llu\n", (unsigned long long)counted());
	__asm__ volatile("mrs %0, pmccntr_el0" : "=r"(cycles));
	guest_printf("access pmu | cycles | %s\n", cycles != 0U ? "go on" : "stand still");
	__asm__ volatile("msr pmevcntr0_el0, %1\n\tmsr pmswinc_el0, %2\n\tisb\n\t"
			 "mrs %0, pmovsclr_el0"
			 : "=&r"(flags)
			 : "r"(OVERFLOWS), "r"(1UL));
	guest_printf("access pmu | overflow | count %llu, flags 0x%llx\n",
		     (unsigned long long)counted(), (unsigned long long)flags);
	__asm__ volatile("msr pmovsclr_el0, %0" ::"r"(~0UL));
}

static void counter_interrupts(void)
{
	guest_irq_init();
	guest_irq_enable(PMU_INTID, false, overflowed);
	guest_irq_on();
	for (u32 i = 0; i < 3U; i++) {
		__asm__ volatile("msr pmevcntr0_el0, %0\n\tmsr pmintenset_el1, %1\n\tisb\n\t"
				 "msr pmswinc_el0, %1\n\tisb" ::"r"(OVERFLOWS),
				 "r"(1UL));
		for (u32 spins = 0; spins < 100000U && overflows == i; spins++)
			__asm__ volatile("isb");
	}
	guest_irq_off();
	guest_printf("access pmu | interrupts | %u\n", overflows);
}

static void counters_off(void)
{
	__asm__ volatile(
		"msr pmintenclr_el1, %0\n\tmsr pmcntenclr_el0, %0\n\tmsr pmcr_el0, xzr\n\t"
		"msr pmovsclr_el0, %0\n\tmsr pmevcntr0_el0, xzr\n\tmsr pmccntr_el0, xzr\n\t"
		"isb" ::"r"(~0UL));
}

void debug_run(void)
{
	lock(false);
	breakpoint("breakpoint", BREAKPOINT);
	breakpoint("breakpoint that is off", BREAKPOINT & ~1U);
	watchpoint("watchpoint", NULL);
	watchpoint("watchpoint elsewhere", (u64 *)&reported_at);
	steps();
	lock(true);
	breakpoint("breakpoint behind the lock", BREAKPOINT);
	lock(false);
	if (!has_pmu())
		return;
	counter();
	counter_interrupts();
	counters_off();
}
