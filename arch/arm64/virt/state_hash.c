// SPDX-License-Identifier: Apache-2.0
/* Checksums of what a reset of vcpus and of the virtual GIC gives a value (vm/state_hash.h). */
#include <asm/vgic.h>
#include <bulkhead/arch/regs.h>
#include <bulkhead/arch/virq.h>
#include <bulkhead/lib/crc32.h>

/* Of a vcpu there is no byte that goes on. */
u32 vcpu_hash(struct vcpu_arch *v)
{
	return crc32(0, v, sizeof(*v));
}

static u32 of_cpus(u32 crc, const struct virq *q, const struct vgic_field *f)
{
	for (u32 n = 0; n < q->s.vcpus; n++)
		crc = crc32(crc, (const u8 *)&q->s.cpu[n] + f->offset, f->size);
	return crc;
}

u32 virq_hash(const struct virq *q)
{
	u32 crc = 0;

	for (u32 i = 0; i < vgic_field_count; i++) {
		const struct vgic_field *f = &vgic_fields[i];

		if (f->kind == (u8)FIELD_MONOTONIC)
			continue;
		crc = f->per_cpu ? of_cpus(crc, q, f)
				 : crc32(crc, (const u8 *)&q->s + f->offset, f->size);
	}
	return crc;
}
