// SPDX-License-Identifier: Apache-2.0
/*
 * Ports of a guest, but for the UART's and the 8259's. What is not in the table is as on a PC
 * where nothing is plugged in: reads are all ones, writes are dropped. That is what ports 80h and
 * EDh, to which guests write for the delay, need.
 */
#include <asm/vdev.h>
#include <asm/wallclock.h>
#include <bulkhead/arch/timer.h>

const struct vdev_ports vdev_ports[] = {
	{ "8254", 0x40, 4, vpit_access },
	{ "port B", 0x61, 1, vpit_port_b_access },
	{ "keyboard controller", 0x64, 1, vreset_keyboard_access },
	{ "RTC", 0x70, 2, vrtc_access },
	{ "system control A", 0x92, 1, vreset_fast_access },
	{ "PM1 events", VPM_EVENT, 4, vpm_event_access },
	{ "PM1 control", VPM_CONTROL, 2, vpm_control_access },
	{ "PM timer", VPM_TIMER, 4, vpm_timer_access },
	{ "PCI configuration, reset", 0xcf8, 8, vpci_access },
};
const u32 vdev_ports_count = ARRAY_SIZE(vdev_ports);

size_t vdev_size(void)
{
	return sizeof(struct vdev);
}

enum trap_result vdev_bytes(struct vdev *d, struct mmio_access *a,
			    u8 (*read)(struct vdev *d, u32 offset),
			    void (*write)(struct vdev *d, u32 offset, u8 value))
{
	u64 value = 0;

	spin_lock(&d->lock);
	for (u32 i = 0; i < a->size; i++) {
		if (a->write)
			write(d, (u32)a->offset + i, (u8)(a->value >> (8U * i)));
		else
			value |= (u64)read(d, (u32)a->offset + i) << (8U * i);
	}
	spin_unlock(&d->lock);
	if (!a->write)
		a->value = value;
	return TRAP_RESUME;
}

#define FIELD(name, kind) STATE_FIELD(struct vdev, name, kind)

/* The clock's time of day goes on. */
const struct state_field vdev_fields[] = {
	FIELD(lock, KEPT),           FIELD(vcpu, BOOT),      FIELD(pm_mult, BOOT),
	FIELD(rtc.index, RESET),     FIELD(rtc.a, MADE),     FIELD(rtc.b, MADE),
	FIELD(rtc.offset, KEPT),     FIELD(rtc.byte, RESET), FIELD(pit.channel, MADE),
	FIELD(pit.port_b, RESET),    FIELD(pm, RESET),       FIELD(pci_address, RESET),
	FIELD(reset_control, RESET), FIELD(pci, BOOT),       FIELD(pci_context, BOOT),
};
const u32 vdev_field_count = ARRAY_SIZE(vdev_fields);

void vdev_reset(struct vdev *d)
{
	state_reset(d, vdev_fields, vdev_field_count);
	vrtc_reset(&d->rtc);
	vpit_reset(&d->pit);
}

/* The time of day is asked for once, for all. */
void vdev_init(struct vdev *d, struct vcpu_arch *v)
{
	static bool clock_known;
	const u64 hz = timer_hz();

	if (!clock_known)
		wallclock_init();
	clock_known = true;
	d->lock = (struct spinlock)SPINLOCK_INIT(LOCK_VDEV);
	d->vcpu = v;
	d->rtc.offset = 0;
	d->pci = NULL;
	d->pm_mult = hz != 0U ? ((u64)VPM_TIMER_HZ << VDEV_SHIFT) / hz : 0U;
	vdev_reset(d);
}

void vdev_pci_set(struct vdev *d, mmio_fn fn, void *ctx)
{
	d->pci_context = ctx;
	d->pci = fn;
}
