/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contract: the devices of a machine that its guests believe in without being told: clocks,
 * power management, reset. All are reached by ports; the UART (vm/console.h) and the interrupt
 * controller (arch/virq.h) are not among them. An architecture without such devices has no file
 * that implements this, and core/vm/devices_part.c is not built.
 */
#ifndef BULKHEAD_ARCH_VDEV_H
#define BULKHEAD_ARCH_VDEV_H

#include <bulkhead/arch/mmio.h>
#include <bulkhead/base/state.h>
#include <bulkhead/lib/types.h>

struct vcpu_arch;
struct vdev; /* those of one partition */

/* Who answers the ports from @port on; the context is the partition's struct vdev. */
struct vdev_ports {
	const char *name;
	u16 port;
	u16 size;
	mmio_fn fn;
};
extern const struct vdev_ports vdev_ports[];
extern const u32 vdev_ports_count;

/* Bytes of struct vdev, which the caller of vdev_init() has. */
size_t vdev_size(void);

/*
 * Boot: the devices of the partition that @v, any of its vcpus, belongs to. Ends with
 * vdev_reset().
 */
void vdev_init(struct vdev *d, struct vcpu_arch *v);

/*
 * Boot, after vdev_init(): what the PCI configuration mechanism of these devices leads to. @fn gets
 * accesses within a word of bus 0, with offsets as in ECAM. Without it nobody answers there.
 */
void vdev_pci_set(struct vdev *d, mmio_fn fn, void *ctx);

/* What a start makes of each field of struct vdev. */
extern const struct state_field vdev_fields[];
extern const u32 vdev_field_count;

/* To the state after power-on, but for the clock's time of day, which goes on. No vcpu runs. */
void vdev_reset(struct vdev *d);

#endif
