// SPDX-License-Identifier: Apache-2.0
/*
 * ACPI's fixed registers (ACPI 6.5, 4.8.3): no event ever happens, the one sleep state is off, the
 * PM timer counts 32 bits without an interrupt.
 */
#include <asm/vdev.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/arch/upcall.h>

#define EVENT_ENABLE 2U     /* behind the status, which reads 0 */
#define ENABLE_KEPT 0x0721U /* timer, global, power and sleep button, RTC */
#define CONTROL_SCI_EN 0x0001U
#define CONTROL_KEPT 0x1c02U /* SLP_TYP, BM_RLD */
#define CONTROL_SLP_EN 0x2000U

u64 vdev_pm_ticks(const struct vdev *d)
{
	return (u64)((unsigned __int128)timer_now() * d->pm_mult >> VDEV_SHIFT);
}

/* Written once, read often: no lock. */
enum trap_result vpm_timer_access(void *ctx, struct mmio_access *a)
{
	if (!a->write)
		a->value = (u32)vdev_pm_ticks(ctx) >> (8U * (a->offset & 3U));
	return TRAP_RESUME;
}

static u8 event_read(struct vdev *d, u32 offset)
{
	if (offset < EVENT_ENABLE)
		return 0;
	return (u8)((u32)d->pm.enable >> (8U * (offset - EVENT_ENABLE)));
}

static void event_write(struct vdev *d, u32 offset, u8 value)
{
	const u32 shift = 8U * (offset - EVENT_ENABLE);

	if (offset < EVENT_ENABLE)
		return;
	d->pm.enable = (u16)(((u32)d->pm.enable & ~(0xffU << shift)) | (u32)value << shift);
	d->pm.enable &= ENABLE_KEPT;
}

enum trap_result vpm_event_access(void *ctx, struct mmio_access *a)
{
	return vdev_bytes(ctx, a, event_read, event_write);
}

static u8 control_read(struct vdev *d, u32 offset)
{
	return (u8)(((u32)d->pm.control | CONTROL_SCI_EN) >> (8U * offset));
}

static void control_write(struct vdev *d, u32 offset, u8 value)
{
	const u32 shift = 8U * offset;

	d->pm.control = (u16)(((u32)d->pm.control & ~(0xffU << shift)) | (u32)value << shift);
}

enum trap_result vpm_control_access(void *ctx, struct mmio_access *a)
{
	struct vdev *d = ctx;
	enum trap_result r = vdev_bytes(d, a, control_read, control_write);
	bool off;

	spin_lock(&d->lock);
	off = a->write && (d->pm.control & CONTROL_SLP_EN) != 0U;
	d->pm.control &= CONTROL_KEPT;
	spin_unlock(&d->lock);
	if (off)
		r = upcall_guest_power(d->vcpu, GUEST_OFF);
	return r;
}
