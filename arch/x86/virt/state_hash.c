// SPDX-License-Identifier: Apache-2.0
/* Checksums of what a reset of vcpus and interrupt controllers gives a value (vm/state_hash.h). */
#include <asm/vcpu.h>
#include <asm/vlapic.h>
#include <bulkhead/arch/regs.h>
#include <bulkhead/arch/virq.h>
#include <bulkhead/lib/crc32.h>

#include "backend.h"

/* A VMCB is memory; what a VMCS holds only the CPU knows, register by register. */
static u32 block_hash(u32 crc, struct vcpu_arch *v)
{
	if (virt->reset_open == NULL)
		return crc32(crc, v->block, PAGE_SIZE);
	virt->reset_open(v);
	for (u32 i = 0; i < vcpu_reset_count; i++) {
		const u64 value = vcpu_reg_get(v, vcpu_reset_reg(i));

		crc = crc32(crc, &value, sizeof(value));
	}
	virt->reset_close(v);
	return crc;
}

/* Of a vcpu there is no byte that goes on. */
u32 vcpu_hash(struct vcpu_arch *v)
{
	return block_hash(crc32(0, v, sizeof(*v)), v);
}

static u32 of_cpus(u32 crc, const struct virq *q, const struct vapic_field *f)
{
	for (u32 n = 0; n < q->s.vcpus; n++)
		crc = crc32(crc, (const u8 *)&q->s.cpu[n] + f->offset, f->size);
	return crc;
}

u32 virq_hash(const struct virq *q)
{
	u32 crc = crc32(0, &q->open, sizeof(q->open));

	for (u32 i = 0; i < vapic_field_count; i++) {
		const struct vapic_field *f = &vapic_fields[i];

		if (f->kind == (u8)VAPIC_MONOTONIC)
			continue;
		crc = f->per_cpu ? of_cpus(crc, q, f)
				 : crc32(crc, (const u8 *)&q->s + f->offset, f->size);
	}
	return crc;
}
