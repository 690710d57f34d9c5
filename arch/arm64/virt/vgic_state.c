// SPDX-License-Identifier: Apache-2.0
/* The state of a virtual GIC, field by field: what reset makes of each. */
#include <asm/vgic.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

#define FIELD(name, kind, width, value)           \
	{ #name,                                  \
	  offsetof(struct vgic_state, name),      \
	  sizeof(((struct vgic_state *)0)->name), \
	  false,                                  \
	  kind,                                   \
	  width,                                  \
	  value }
/* Elements [first, first + count) of an array, the rest of which are another field. */
#define SLICE(name, first, count, kind, width, value)                    \
	{ #name,                                                         \
	  offsetof(struct vgic_state, name) + (size_t)(first) * (width), \
	  (count) * (width),                                             \
	  false,                                                         \
	  kind,                                                          \
	  width,                                                         \
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
	FIELD(priority, FIELD_RESET, 1, 0),
	FIELD(home, FIELD_RESET, 1, 0),
	SLICE(affinity, 0U, VGIC_LINES / 2U, FIELD_RESET, 4U, 0),
	SLICE(affinity, VGIC_LINES / 2U, VGIC_LINES / 2U, FIELD_RESET, 4U, 0),
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
	CPU_FIELD(last_on, FIELD_MONOTONIC, 4, VGIC_NOWHERE),
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
	/* What comes from outside changes these: they are reset at once, when all else is. */
	FIELD(ctlr, FIELD_RESET, 4, 0),
	FIELD(busy, FIELD_RESET, 4, 0),
	FIELD(shared, FIELD_RESET, 4, 0),
};

#define FIELDS_AT_ONCE 3U

const u32 vgic_field_count = ARRAY_SIZE(vgic_fields);

/* What a step does: interrupts closed and ended; fields, by what they cost in instructions. */
#define STEP_LINES 6U
#define STEP_COST 450U
#define FIELD_COST 80U
#define SKIP_COST 14U
#define FIELD_BYTES 4U /* an instruction */

static void fill_field(u8 *at, const struct vgic_field *f)
{
	if (f->value == 0U || f->width == 1U) {
		memset(at, (int)f->value, f->size);
		return;
	}
	for (u32 i = 0; i < f->size; i += f->width)
		memcpy(at + i, &f->value, f->width);
}

/* All of it is zero before. */
static void apply_boot(struct virq *q)
{
	for (u32 i = 0; i < vgic_field_count; i++) {
		const struct vgic_field *f = &vgic_fields[i];

		if (f->value == 0U)
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
	q->linked = ops->linked();
	apply_boot(q);
	q->s.vcpus = vcpus;
	q->redists = version == 2U ? 0U : vcpus;
	q->dist = version == 2U ? (u32)VGIC_GICD2 : (u32)VGIC_GICD;
	for (u32 n = 0; n < vcpus; n++)
		q->typer[n] = vplat_affinity(n) << 32 | (u64)n << 8 |
			      (n + 1U == vcpus ? GICR_TYPER_LAST : 0U);
}

/* True: of the physical interrupts none is open or left to be ended. */
static bool lines_ended(struct virq *q)
{
	u32 left = STEP_LINES;

	for (u32 word = 1; word < VGIC_WORDS; word++) {
		struct vgic_irqs *w = &q->s.shared[word];
		u32 bits = q->bound[word] & (w->enabled | w->physical);

		for (; bits != 0U; bits &= bits - 1U) {
			const u32 n = (u32)__builtin_ctz(bits);

			if (left == 0U)
				return false;
			left--;
			q->ops->enable(word * 32U + n, false);
			if ((w->physical & 1U << n) != 0U)
				q->ops->deactivate(word * 32U + n);
			/* So that a window which opens leaves it closed. */
			w->enabled &= ~(1U << n);
			w->physical &= ~(1U << n);
		}
	}
	return true;
}

/* The fields of one vcpu after the other, then those that all share. */
static void fields_reset(struct virq *q, u32 *at, u32 end)
{
	const u32 count = vgic_field_count - FIELDS_AT_ONCE;
	u32 cost = 0;

	for (; *at < end; (*at)++) {
		const struct vgic_field *f = &vgic_fields[*at % count];
		const u32 n = *at / count;
		const bool own = n < q->s.vcpus;
		const bool skipped = f->kind != FIELD_RESET || f->per_cpu != own;
		const u32 more = skipped ? SKIP_COST : FIELD_COST + f->size / FIELD_BYTES;

		if (cost != 0U && cost + more > STEP_COST)
			return;
		if (!skipped)
			fill_field((own ? (u8 *)&q->s.cpu[n] : (u8 *)&q->s) + f->offset, f);
		cost += more;
	}
}

/* An interrupt that was on its way to another CPU when its line was closed comes in between. */
int vgic_reset_step(struct virq *q, u32 *at)
{
	const u32 end = (q->s.vcpus + 1U) * (vgic_field_count - FIELDS_AT_ONCE);

	if ((*at == 0U || *at == end) && !lines_ended(q))
		return BH_EAGAIN;
	if (*at != end) {
		fields_reset(q, at, end);
		return BH_EAGAIN;
	}
	for (u32 i = vgic_field_count - FIELDS_AT_ONCE; i < vgic_field_count; i++)
		fill_field((u8 *)&q->s + vgic_fields[i].offset, &vgic_fields[i]);
	return 0;
}
