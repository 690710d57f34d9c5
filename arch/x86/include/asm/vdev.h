/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PC around a guest's CPUs, as ports: clocks, ACPI's fixed registers, reset, PCI's
 * configuration mechanism. vdev_ports[] (arch/vdev.h) is the table of them all.
 *
 * Nothing here interrupts: what counts, counts the one time base, and is asked.
 */
#ifndef ASM_VDEV_H
#define ASM_VDEV_H

#include <asm/vplat.h>
#include <bulkhead/arch/vdev.h>
#include <bulkhead/base/lock.h>
#include <bulkhead/base/state.h>
#include <bulkhead/lib/types.h>

/* Where the FADT says that they are. */
#define VPM_EVENT VPLAT_PM_BASE          /* PM1 status and enable, 2 bytes each */
#define VPM_CONTROL (VPLAT_PM_BASE + 4U) /* PM1 control, 2 bytes */
#define VPM_TIMER (VPLAT_PM_BASE + 8U)   /* 4 bytes, 32 bits count */
#define VRESET_PORT 0xcf9U
#define VRESET_VALUE 0x06U
#define VPM_TIMER_HZ 3579545U
/* Index of the century in the RTC's memory. */
#define VRTC_CENTURY 0x32U

#define VRTC_BYTES 128U
struct vrtc {
	u8 index;
	u8 a, b;    /* registers A and B */
	s64 offset; /* seconds the guest's clock is ahead of Bulkhead's; outlives a reset */
	u8 byte[VRTC_BYTES]; /* CMOS memory; below 10 the time while it is being set */
};

#define VPIT_CHANNELS 3U
struct vpit_channel {
	u8 control; /* access 5:4, mode 3:1 */
	bool set;   /* a count was written: it counts */
	bool high_next, write_high_next;
	u8 write_low;
	u8 latches; /* bytes of `latch` left to be read */
	bool status_latched;
	u8 status;
	u16 latch;
	u32 count; /* 1 to 65536 */
	u64 start; /* when it was loaded, in ticks of the PM timer */
	u64 held;  /* gate low: how far it was */
};

struct vpit {
	struct vpit_channel channel[VPIT_CHANNELS];
	u8 port_b; /* port 61h, 3:0; bit 0 is the gate of channel 2 */
};

struct vpm {
	u16 enable;
	u16 control;
};

struct vdev {
	struct spinlock lock; /* LOCK_VDEV: all below but what is set at boot */
	struct vcpu_arch *vcpu;
	u64 pm_mult; /* PM timer: ticks of the time base times this, shifted by VDEV_SHIFT */
	struct vrtc rtc;
	struct vpit pit;
	struct vpm pm;
	u32 pci_address;
	u8 reset_control;
	mmio_fn pci; /* configuration space of bus 0, as in ECAM; NULL: there is none */
	void *pci_context;
};

#define VDEV_SHIFT 40U

/* The PM timer, all 64 bits of it. */
u64 vdev_pm_ticks(const struct vdev *d);

/*
 * An access as one of each byte it covers, lowest first, as on the ISA bus, under the lock.
 * @read and @write get the place in the range.
 */
enum trap_result vdev_bytes(struct vdev *d, struct mmio_access *a,
			    u8 (*read)(struct vdev *d, u32 offset),
			    void (*write)(struct vdev *d, u32 offset, u8 value));

/* mmio_fn of each: the context is the struct vdev. */
enum trap_result vrtc_access(void *ctx, struct mmio_access *a);
enum trap_result vpit_access(void *ctx, struct mmio_access *a);
enum trap_result vpit_port_b_access(void *ctx, struct mmio_access *a);
enum trap_result vpm_event_access(void *ctx, struct mmio_access *a);
enum trap_result vpm_control_access(void *ctx, struct mmio_access *a);
enum trap_result vpm_timer_access(void *ctx, struct mmio_access *a);
enum trap_result vreset_keyboard_access(void *ctx, struct mmio_access *a);
enum trap_result vreset_fast_access(void *ctx, struct mmio_access *a);
enum trap_result vpci_access(void *ctx, struct mmio_access *a);

/* What is not zero after vdev_reset(). */
void vrtc_reset(struct vrtc *r);
void vpit_reset(struct vpit *p);

#endif
