// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/firmware.h>
#include <bulkhead/arch/upcall.h>
#include <bulkhead/base/log.h>

#include "trap_internal.h"

static const char *const class_names[EXIT_CLASSES] = {
	[EXIT_IRQ] = "interrupt",
	[EXIT_HYPERCALL] = "hypercall",
	[EXIT_FIRMWARE] = "firmware call",
	[EXIT_MEMORY] = "memory",
	[EXIT_PORT] = "port",
	[EXIT_SYSREG] = "system register",
	[EXIT_CPUID] = "CPUID",
	[EXIT_WAIT] = "wait",
	[EXIT_EXCEPTION] = "exception",
	[EXIT_SHUTDOWN] = "shutdown",
	[EXIT_ERROR] = "hardware error",
	[EXIT_REFUSED] = "entry refused",
	[EXIT_UNKNOWN] = "unknown",
};

const char *exit_class_name(enum exit_class class)
{
	return (u32) class < EXIT_CLASSES ? class_names[class] : "?";
}

enum trap_result trap_fault(struct vcpu *v, enum fault_kind kind, gva_t gva)
{
	const struct fault f = { .kind = kind, .gva = gva };

	vcpu_inject(v->arch, &f);
	return TRAP_INJECT;
}

/* One may have been a kick, to make the vcpu look whether it is to leave. */
enum trap_result upcall_irqs_taken(struct vcpu_arch *a)
{
	struct vcpu *v = a->vcpu;

	vcpu_kicked(v);
	(void)log_settle();
	return load_acquire(&v->parked) == 0U ? TRAP_RESUME : TRAP_PARK;
}

/* The interrupt is still pending: unmasked for a moment, it is taken as any other. */
static enum trap_result trap_irq(struct vcpu *v, struct exit *e __unused)
{
	cpu_take_irqs();
	return upcall_irqs_taken(v->arch);
}

/* The short path has left it, or it came by another way. */
static enum trap_result trap_firmware(struct vcpu *v, struct exit *e)
{
	return firmware_guest_exit(v->arch, e);
}

/* The guest has nothing to do: its CPU looks after interrupts meanwhile. */
static enum trap_result trap_wait(struct vcpu *v, struct exit *e __unused)
{
	vcpu_sleep(v);
	cpu_take_irqs();
	vcpu_kicked(v);
	return load_acquire(&v->parked) == 0U ? TRAP_RESUME : TRAP_PARK;
}

enum trap_result upcall_vcpu_wait(struct vcpu_arch *v)
{
	return trap_wait(v->vcpu, NULL);
}

static enum trap_result trap_stop(struct vcpu *v, struct exit *e)
{
	log_guest(LOG_WARN, v->partition,
		  "vcpu %u stopped: %s, reason 0x%x, syndrome 0x%llx, at 0x%llx", v->id,
		  exit_class_name(e->class), e->reason, (unsigned long long)e->syndrome,
		  (unsigned long long)vcpu_reg_get(v->arch, REG_PC));
	return TRAP_STOP;
}

/* What it took for an exception may turn out to be an error of the hardware. */
static enum trap_result trap_arch(struct vcpu *v, struct exit *e)
{
	const enum trap_result r = vcpu_emulate(v->arch, e);

	return r == TRAP_STOP ? trap_stop(v, e) : r;
}

static const trap_fn handlers[EXIT_CLASSES] = {
	[EXIT_IRQ] = trap_irq,           [EXIT_HYPERCALL] = trap_firmware,
	[EXIT_FIRMWARE] = trap_firmware, [EXIT_MEMORY] = trap_memory,
	[EXIT_PORT] = trap_port,         [EXIT_SYSREG] = trap_arch,
	[EXIT_CPUID] = trap_arch,        [EXIT_WAIT] = trap_wait,
	[EXIT_EXCEPTION] = trap_arch,    [EXIT_SHUTDOWN] = trap_stop,
	[EXIT_ERROR] = trap_stop,        [EXIT_REFUSED] = trap_stop,
	[EXIT_UNKNOWN] = trap_stop,
};

enum trap_result upcall_exit(struct vcpu_arch *a, struct exit *e)
{
	struct vcpu *v = a->vcpu;
	enum trap_result r;

	/* No guest may run guests of its own yet: an exit that is not ours has no owner. */
	if ((u32)e->class >= EXIT_CLASSES || !exit_is_ours(a, e))
		e->class = EXIT_UNKNOWN;
	v->exits[e->class]++;
	r = handlers[e->class](v, e);
	if (r == TRAP_STOP)
		v->stop = *e;
	return r;
}
