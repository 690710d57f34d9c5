// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/irqchip.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/arch/trap.h>
#include <bulkhead/arch/upcall.h>
#include <bulkhead/base/ksyms.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/panic.h>
#include <bulkhead/lib/printf.h>

#include "panic_internal.h"

#define CALL_CHAIN_MAX 16U

/* How long other CPUs have to stop: this part of a second, or so many turns without a clock. */
#define STOP_HZ 100U
#define STOP_TURNS 1000000U

static u32 first_panic; /* 1 + id of the CPU whose panic counts; 0: nobody panics */

static void stop_send(const struct cpu *self)
{
	const struct irqchip_ops *chip = irqchip();

	for (u32 i = 0; chip != NULL && i < cpu_count; i++)
		if (&cpus[i] != self && load_acquire(&cpus[i].state) == CPU_ONLINE)
			chip->send(i, IRQ_STOP);
}

/* Lowest-numbered other CPU that still runs; cpu_count if none does. */
static u32 still_running(const struct cpu *self)
{
	for (u32 i = 0; i < cpu_count; i++)
		if (&cpus[i] != self && load_acquire(&cpus[i].state) == CPU_ONLINE)
			return i;
	return cpu_count;
}

static void stop_others(const struct cpu *self)
{
	u64 start = timer_now();
	u64 limit = timer_hz() / STOP_HZ;

	stop_send(self);
	for (u32 turn = 0; turn < STOP_TURNS && still_running(self) < cpu_count; turn++) {
		if (limit != 0U && timer_now() - start > limit)
			break;
		cpu_relax();
	}
}

void upcall_stop(void)
{
	store_release(&this_cpu()->state, (u32)CPU_STOPPED);
	cpu_halt();
}

/* Makes this CPU the one that panics. Returns false if it did already: the dump went wrong. */
static bool panic_enter(void)
{
	struct cpu *c = this_cpu();
	u32 nobody = 0;

	c->panicking++;
	if (c->panicking > 2U)
		cpu_halt();
	if (c->panicking == 2U)
		return false;
	if (!__atomic_compare_exchange_n(&first_panic, &nobody, c->id + 1U, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_RELAXED))
		upcall_stop();
	stop_others(c);
	log_take_over();
	return true;
}

static void log_call_chain(const struct exc_frame *frame)
{
	uintptr_t pcs[CALL_CHAIN_MAX];
	u32 n = stack_walk(frame, pcs, CALL_CHAIN_MAX);

	for (u32 i = 0; i < n; i++) {
		uintptr_t offset;
		/* A call that does not return may be its function's last instruction. */
		const char *name = ksym_lookup(pcs[i] - 1U, &offset);

		if (name != NULL)
			log_error("  #%u 0x%016llx %s+0x%llx", i, (unsigned long long)pcs[i], name,
				  (unsigned long long)offset + 1U);
		else
			log_error("  #%u 0x%016llx", i, (unsigned long long)pcs[i]);
	}
}

static void panic_finish(void) __noreturn;
static void panic_finish(void)
{
	u32 left = still_running(this_cpu());

	if (left < cpu_count)
		log_error("panic: CPU %u did not stop", left);
	log_drain();
	panic_end();
}

void panic(const char *fmt, ...)
{
	char text[LOG_TEXT_MAX];
	bool first = panic_enter();
	va_list ap;

	va_start(ap, fmt);
	bh_vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_error("panic: CPU %u: %s", this_cpu()->id, text);
	if (first)
		log_call_chain(NULL);
	panic_finish();
}

void panic_exception(const struct exc_frame *frame, const char *what)
{
	bool first = panic_enter();

	log_error("panic: CPU %u: %s", this_cpu()->id, what);
	if (first) {
		exc_frame_log(frame);
		log_call_chain(frame);
	}
	panic_finish();
}
