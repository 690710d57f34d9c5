// SPDX-License-Identifier: Apache-2.0
/* The contract of arch/virq.h, and the system registers of the CPU interface that trap. */
#include <asm/sysreg.h>
#include <asm/virt.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/arch/virq.h>
#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>

#include "vgic_hw.h"

#define CTL_ENABLE BIT(0)
#define CTL_IMASK BIT(1)

size_t virq_size(u32 vcpus __unused)
{
	return sizeof(struct virq);
}

static enum trap_result distributor(void *ctx, struct mmio_access *a)
{
	const u32 self = vgic_loaded();

	return vgic_register(ctx, self, self, VGIC_GICD, a->offset, a->size, a->write, &a->value);
}

static enum trap_result distributor2(void *ctx, struct mmio_access *a)
{
	const u32 self = vgic_loaded();

	return vgic_register(ctx, self, self, VGIC_GICD2, a->offset, a->size, a->write, &a->value);
}

static enum trap_result redistributor(void *ctx, struct mmio_access *a)
{
	const u32 cpu = (u32)(a->offset >> VGIC_REDIST_SHIFT);
	const bool second = (a->offset >> VGIC_FRAME_SHIFT & 1U) != 0U;

	return vgic_register(ctx, vgic_loaded(), cpu, second ? VGIC_SGI : VGIC_RD,
			     a->offset & (BIT(VGIC_FRAME_SHIFT) - 1U), a->size, a->write,
			     &a->value);
}

/* GICv2: the CPU interface is the guest's own page; GICv3: system registers. */
static u32 windows(struct virq *q, u32 count, struct virq_window *window)
{
	if (vgic_interface()->version == 2U) {
		window[0] = (struct virq_window){ .base = VPLAT_GICD_BASE,
						  .size = VPLAT_GICD_SIZE,
						  .fn = distributor2,
						  .ctx = q };
		window[1] = (struct virq_window){ .base = VPLAT_GICC_BASE,
						  .size = VPLAT_GICC_SIZE,
						  .page = vgic_interface()->page() };
	} else {
		window[0] = (struct virq_window){ .base = VPLAT_GICD_BASE,
						  .size = VPLAT_GICD_SIZE,
						  .fn = distributor,
						  .ctx = q };
		window[1] = (struct virq_window){ .base = VPLAT_GICR_BASE,
						  .size = count * VPLAT_GICR_STRIDE,
						  .fn = redistributor,
						  .ctx = q };
	}
	return 2;
}

int virq_init(struct virq *q, struct vcpu_arch *const *vcpus, u32 count,
	      struct virq_window window[VIRQ_WINDOWS_MAX], u32 *count_out)
{
	const struct vgic_interface *f = vgic_interface();

	if (f == NULL) {
		log_error("no virtual interrupts: expected a GICv3, or a GICv2 whose devicetree "
			  "node names GICH and GICV");
		return trace_error(BH_ENOTSUP);
	}
	if (count == 0U || count > f->vcpus_max)
		return trace_error(BH_EOVERFLOW);
	vgic_regs_init();
	vgic_init(q, f->version, count, &f->ops);
	for (u32 i = 0; i < count; i++) {
		q->vcpu[i] = vcpus[i];
		vcpus[i]->virq = q;
		vcpus[i]->vgic = q->direct ? &q->s.cpu[i] : NULL;
		vcpus[i]->virq_id = i;
	}
	*count_out = windows(q, count, window);
	return 0;
}

int virq_reset(struct virq *q, u32 *at)
{
	int err;

	spin_lock(&q->lock);
	err = vgic_reset_step(q, at);
	spin_unlock(&q->lock);
	return err;
}

void virq_pend(struct virq *q, u32 intid)
{
	if (intid < VGIC_PRIVATE || intid >= VGIC_LINES)
		return;
	spin_lock(&q->lock);
	vgic_raise(q, intid);
	spin_unlock(&q->lock);
}

void virq_level(struct virq *q, u32 intid, bool high)
{
	if (intid < VGIC_PRIVATE || intid >= VGIC_LINES)
		return;
	spin_lock(&q->lock);
	vgic_line(q, intid, high);
	spin_unlock(&q->lock);
}

/* A timer that has run out while its vcpu is not loaded. */
static bool timer_due(const struct vcpu_arch *v, u32 ctl, u32 cval)
{
	return (v->sys[ctl] & (CTL_ENABLE | CTL_IMASK)) == CTL_ENABLE &&
	       v->sys[cval] <= timer_now();
}

bool virq_pending(struct vcpu_arch *v)
{
	struct virq *q = v->virq;
	bool pending;

	if (q == NULL)
		return false;
	spin_lock(&q->lock);
	if (v->loaded)
		vgic_sync(q, v->virq_id);
	pending = vgic_pending(q, v->virq_id);
	if (!pending && !v->loaded)
		pending = timer_due(v, SYS_CNTV_CTL_EL0, SYS_CNTV_CVAL_EL0) ||
			  timer_due(v, SYS_CNTP_CTL_EL0, SYS_CNTP_CVAL_EL0);
	spin_unlock(&q->lock);
	return pending;
}

bool vgic_sysreg(struct vcpu_arch *v, const struct exit_sysreg *s)
{
	struct virq *q = v->virq;

	if (q == NULL || q->version != 3U)
		return false;
	switch (s->id) {
	case SYSREG_ID(3, 0, 12, 11, 5): /* ICC_SGI1R_EL1 */
		if (s->write) {
			v->sgis_long++;
			vgic_sgi(q, v->virq_id, vcpu_reg_get(v, s->reg));
		}
		return s->write;
	case SYSREG_ID(3, 0, 12, 11, 6): /* ICC_ASGI1R_EL1, ICC_SGI0R_EL1: no SGI is in group 0 */
	case SYSREG_ID(3, 0, 12, 11, 7):
		return s->write;
	case SYSREG_ID(3, 0, 12, 11, 1): /* ICC_DIR_EL1 */
		if (s->write) {
			spin_lock(&q->lock);
			vgic_deactivate(q, v->virq_id, (u32)vcpu_reg_get(v, s->reg));
			spin_unlock(&q->lock);
		}
		return s->write;
	case SYSREG_ID(3, 0, 12, 12, 5): /* ICC_SRE_EL1 */
		if (!s->write)
			vcpu_reg_set(v, s->reg, VGIC_SRE_VALUE);
		return true;
	default:
		return false;
	}
}
