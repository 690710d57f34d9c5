// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/upcall.h>

#include "trap_internal.h"

/* Who has the port answers; where nobody does, reads are all ones and writes are dropped. */
static inline enum trap_result answer(struct vcpu *v, struct mmio_access *a, u16 port)
{
	const struct mmio_range *r;
	enum trap_result result = TRAP_RESUME;

	if (!a->write)
		a->value = LOW_BYTES(a->size);
	mmio_map_read_begin(v->ports);
	r = mmio_map_find(v->ports, port, a->size);
	if (r != NULL) {
		a->offset = port - r->base;
		result = r->fn(r->ctx, a);
	}
	mmio_map_read_end(v->ports);
	if (!a->write)
		a->value &= LOW_BYTES(a->size);
	return result;
}

struct port_answer upcall_port(struct vcpu_arch *arch, u16 port, u32 size, bool write, u64 value)
{
	struct vcpu *v = arch->vcpu;
	struct mmio_access a = { .vcpu = v, .size = size, .write = write, .value = value };
	const bool done = answer(v, &a, port) == TRAP_RESUME;

	v->exits[EXIT_PORT] += done ? 1U : 0U;
	return (struct port_answer){ .value = a.value, .done = done };
}

enum trap_result trap_port(struct vcpu *v, struct exit *e)
{
	const struct exit_port *p = &e->port;
	const bool sized = p->size == 1U || p->size == 2U || p->size == 4U;
	struct mmio_access a = { .vcpu = v, .size = p->size, .write = !p->in };
	enum trap_result result;
	u64 old;

	if (p->string || p->rep || !sized)
		return trap_fault(v, FAULT_PROTECTION, (gva_t){ 0 });
	old = vcpu_reg_get(v->arch, 0);
	a.value = old & LOW_BYTES(p->size);
	result = answer(v, &a, p->port);
	if (result != TRAP_RESUME || a.write)
		return result;
	/* AL and AX leave the rest of the register, EAX clears its upper half. */
	if (p->size == 4U)
		old = 0;
	vcpu_reg_set(v->arch, 0, (old & ~LOW_BYTES(p->size)) | a.value);
	return TRAP_RESUME;
}
