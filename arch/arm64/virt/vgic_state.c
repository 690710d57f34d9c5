// SPDX-License-Identifier: Apache-2.0
/* The state of a virtual GIC, field by field: what reset makes of each. */
#include <asm/vgic.h>
#include <bulkhead/lib/string.h>

#define FIELD(name, kind, width, value)           \
	{ #name,                                  \
	  offsetof(struct vgic_state, name),      \
	  sizeof(((struct vgic_state *)0)->name), \
	  false,                                  \
	  kind,                                   \
	  width,                                  \
	  value }
#define CPU_FIELD(name, kind, width, value)     \
	{ "cpu." #name,                         \
	  offsetof(struct vgic_cpu, name),      \
	  sizeof(((struct vgic_cpu *)0)->name), \
	  true,                                 \
	  kind,                                 \
	  width,                                \
	  value }

/* SGIs are edges. */
#define SGI_EDGES 0xffffU
/* GICR_WAKER: asleep. */
#define WAKER_ASLEEP 0x6U

#define GICR_TYPER_LAST BIT(4)

const struct vgic_field vgic_fields[] = {
	FIELD(version, FIELD_FIXED, 4, VGIC_STATE_VERSION),
	FIELD(vcpus, FIELD_FIXED, 4, 0),
	FIELD(ctlr, FIELD_RESET, 4, 0),
	FIELD(busy, FIELD_RESET, 4, 0),
	FIELD(shared, FIELD_RESET, 4, 0),
	FIELD(priority, FIELD_RESET, 1, 0),
	FIELD(home, FIELD_RESET, 1, 0),
	FIELD(affinity, FIELD_RESET, 4, 0),
	FIELD(target, FIELD_RESET, 1, 0),
	CPU_FIELD(ready, FIELD_RESET, 8, 0),
	CPU_FIELD(taken, FIELD_RESET, 8, 0),
	CPU_FIELD(irqs.enabled, FIELD_RESET, 4, 0),
	CPU_FIELD(irqs.latch, FIELD_RESET, 4, 0),
	CPU_FIELD(irqs.line, FIELD_RESET, 4, 0),
	CPU_FIELD(irqs.active, FIELD_RESET, 4, 0),
	CPU_FIELD(irqs.edge, FIELD_RESET, 4, SGI_EDGES),
	CPU_FIELD(irqs.in_lr, FIELD_RESET, 4, 0),
	CPU_FIELD(irqs.no_pending, FIELD_RESET, 4, 0),
	CPU_FIELD(irqs.no_active, FIELD_RESET, 4, 0),
	CPU_FIELD(irqs.physical, FIELD_RESET, 4, 0),
	CPU_FIELD(irqs.retaken, FIELD_RESET, 4, 0),
	CPU_FIELD(priority, FIELD_RESET, 1, 0),
	CPU_FIELD(lr_of, FIELD_RESET, 1, 0),
	CPU_FIELD(waker, FIELD_RESET, 4, WAKER_ASLEEP),
	CPU_FIELD(source, FIELD_RESET, 1, 0),
	CPU_FIELD(active_source, FIELD_RESET, 1, 0),
	CPU_FIELD(request, FIELD_RESET, 4, 0),
	CPU_FIELD(loaded_on, FIELD_RESET, 4, VGIC_NOWHERE),
	CPU_FIELD(last_on, FIELD_FIXED, 4, VGIC_NOWHERE),
	CPU_FIELD(lr_used, FIELD_RESET, 4, 0),
	CPU_FIELD(lr_stale, FIELD_RESET, 4, 0),
	CPU_FIELD(lr_soft, FIELD_RESET, 4, 0),
	CPU_FIELD(again, FIELD_RESET, 4, 0),
	CPU_FIELD(lr, FIELD_RESET, 8, 0),
	CPU_FIELD(vmcr, FIELD_RESET, 8, 0),
	CPU_FIELD(ap0r, FIELD_RESET, 8, 0),
	CPU_FIELD(ap1r, FIELD_RESET, 8, 0),
	CPU_FIELD(control, FIELD_RESET, 4, 0),
	CPU_FIELD(asked, FIELD_RESET, 4, 0),
	CPU_FIELD(asked_for, FIELD_RESET, 8, 0),
	CPU_FIELD(folds, FIELD_MONOTONIC, 8, 0),
	CPU_FIELD(wanted, FIELD_RESET, 8, 0),
	CPU_FIELD(asked_folds, FIELD_RESET, 8, 0),
};

const u32 vgic_field_count = ARRAY_SIZE(vgic_fields);

static void fill_field(u8 *at, const struct vgic_field *f)
{
	if (f->value == 0U || f->width == 1U) {
		memset(at, (int)f->value, f->size);
		return;
	}
	for (u32 i = 0; i < f->size; i += f->width)
		memcpy(at + i, &f->value, f->width);
}

/* At boot every field gets its value, at a reset those that a guest could change. */
static void apply(struct virq *q, bool boot)
{
	for (u32 i = 0; i < vgic_field_count; i++) {
		const struct vgic_field *f = &vgic_fields[i];

		/* At boot all of it is zero before. */
		if (boot ? f->value == 0U : f->kind != FIELD_RESET)
			continue;
		if (!f->per_cpu) {
			fill_field((u8 *)&q->s + f->offset, f);
			continue;
		}
		for (u32 n = 0; n < VGIC_VCPUS_MAX; n++)
			fill_field((u8 *)&q->s.cpu[n] + f->offset, f);
	}
}

void vgic_init(struct virq *q, u32 version, u32 vcpus, const struct vgic_ops *ops)
{
	memset(q, 0, sizeof(*q));
	q->lock.class = LOCK_VIRQ;
	q->ops = ops;
	q->version = version;
	q->lrs = ops->lr_count();
	q->direct = ops->direct;
	q->linked = ops->linked;
	apply(q, true);
	q->s.vcpus = vcpus;
	q->redists = version == 2U ? 0U : vcpus;
	q->dist = version == 2U ? (u32)VGIC_GICD2 : (u32)VGIC_GICD;
	for (u32 n = 0; n < vcpus; n++)
		q->typer[n] = vplat_affinity(n) << 32 | (u64)n << 8 |
			      (n + 1U == vcpus ? GICR_TYPER_LAST : 0U);
}

void vgic_reset_state(struct virq *q)
{
	apply(q, false);
}
