// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/atomic.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/vm/vcpu.h>

_Static_assert(offsetof(struct vcpu_arch, vcpu) == 0U, "the way back is the first word");

int vcpu_init(struct vcpu *v, struct vcpu_arch *arch, u32 partition, u32 id, struct s2 *s2,
	      struct mmio_map *mmio, struct mmio_map *ports, const struct vcpu_start *start)
{
	memset(v, 0, sizeof(*v));
	v->arch = arch;
	v->partition = partition;
	v->id = id;
	v->s2 = s2;
	v->mmio = mmio;
	v->ports = ports;
	arch->vcpu = v;
	return vcpu_reset(arch, s2, start);
}

enum trap_result vcpu_go(struct vcpu *v)
{
	if (load_acquire(&v->parked) != 0U)
		return TRAP_PARK;
	s2_enter(v->s2);
	vcpu_load(v->arch);
	v->last = vcpu_run(v->arch);
	vcpu_put(v->arch);
	s2_leave(v->s2);
	return v->last;
}
