// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>

#include <bulkhead/arch/regs.h>
#include <bulkhead/arch/upcall.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

#include "fake.h"

size_t vcpu_arch_size(void)
{
	return sizeof(struct vcpu_arch);
}

int virt_cpu_init(void)
{
	return 0;
}

const char *virt_backend(void)
{
	return "fake";
}

int vcpu_reset(struct vcpu_arch *v, struct s2 *s2, const struct vcpu_start *start, u32 *at)
{
	(void)s2;
	memset(v->reg, 0, sizeof(v->reg));
	if (*at < FAKE_RESET_STEPS - 1U) {
		(*at)++;
		return BH_EAGAIN;
	}
	v->pc = start->pc.v;
	v->reg[0] = start->arg;
	return 0;
}

void vcpu_check(struct vcpu_arch *v)
{
	(void)v;
}

void vcpu_trap_waits(struct vcpu_arch *v, bool trap)
{
	v->waits_trap = trap;
}

void vcpu_idle(struct vcpu_arch *v __unused)
{
}

static u64 *reg_of(struct vcpu_arch *v, u32 reg)
{
	static _Thread_local u64 zero;

	zero = 0;
	if (reg < FAKE_REGS)
		return &v->reg[reg];
	if (reg == REG_PC)
		return &v->pc;
	if (reg == REG_FLAGS)
		return &v->flags;
	if (reg == REG_ZERO)
		return &zero;
	fprintf(stderr, "fake: no register %u\n", reg);
	abort();
}

u64 vcpu_reg_get(struct vcpu_arch *v, u32 reg)
{
	return *reg_of(v, reg);
}

void vcpu_reg_set(struct vcpu_arch *v, u32 reg, u64 value)
{
	*reg_of(v, reg) = value;
}

void vcpu_vector_get(struct vcpu_arch *v, u32 reg, u64 value[2])
{
	memcpy(value, v->vector[reg % FAKE_VECTORS], 16);
}

void vcpu_vector_set(struct vcpu_arch *v, u32 reg, const u64 value[2])
{
	memcpy(v->vector[reg % FAKE_VECTORS], value, 16);
}

void vcpu_load(struct vcpu_arch *v)
{
	v->loaded = true;
}

void vcpu_put(struct vcpu_arch *v)
{
	v->loaded = false;
}

void vcpu_inject(struct vcpu_arch *v, const struct fault *fault)
{
	v->injected = true;
	v->fault = *fault;
}

enum trap_result vcpu_emulate(struct vcpu_arch *v, struct exit *e)
{
	(void)e;
	v->emulated++;
	return v->emulate;
}

int vcpu_insn(struct vcpu_arch *v, const struct exit *e, struct insn *out)
{
	(void)e;
	*out = v->insn;
	return v->insn_err;
}

static enum trap_result take(struct vcpu_arch *v, struct fake_exit *s)
{
	enum trap_result r = TRAP_RETRY;

	if (s->before != NULL)
		s->before(v->guest);
	v->injected = false;
	if (s->exit.class == EXIT_HYPERCALL)
		r = upcall_hypercall(v, s->call);
	if (s->exit.class != EXIT_HYPERCALL || r != TRAP_RESUME)
		r = upcall_exit(v, &s->exit);
	if ((r == TRAP_INJECT) != v->injected) {
		fprintf(stderr, "fake: result %d, fault %s\n", (int)r,
			v->injected ? "given" : "missing");
		abort();
	}
	if (r == TRAP_RESUME)
		v->pc += s->exit.length;
	s->result = r;
	s->fault = v->fault;
	return r;
}

/* The script's end is the guest's: it parks. */
enum trap_result vcpu_run(struct vcpu_arch *v)
{
	while (v->done < v->script_length) {
		const enum trap_result r = take(v, &v->script[v->done]);

		v->done++;
		if (r == TRAP_PARK || r == TRAP_STOP)
			return r;
	}
	return TRAP_PARK;
}

int vcpu_policy_set(struct vcpu_arch *v, const struct vcpu_policy *policy)
{
	(void)v;
	(void)policy;
	return 0;
}

void vcpu_peers_set(struct vcpu_arch *v, const struct vcpu_peers *p)
{
	v->peers = p;
}
