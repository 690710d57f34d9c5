/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual CPU interfaces of GICv3 and GICv2 hardware, and what they share. */
#ifndef VGIC_HW_H
#define VGIC_HW_H

#include <asm/vgic.h>

/* ICC_SRE_EL1 as guests see it: system registers, no bypass. */
#define VGIC_SRE_VALUE 7U

struct vgic_interface {
	struct vgic_ops ops;
	u32 version;
	u32 vcpus_max;
	/* Boot CPU first, then each CPU. */
	int (*cpu_init)(void);
	/* GICv2: what guests see as their CPU interface. */
	hpa_t (*page)(void);
	/* Everything of a vcpu but its list registers. */
	void (*load)(const struct vgic_cpu *c);
	void (*put)(struct vgic_cpu *c);
};

extern const struct vgic_interface vgic_v2, vgic_v3;

/* The list registers of @set, by what reads or writes one. */
static inline void vgic_lrs_read(u32 set, u64 *lr, u64 (*get)(u32 n))
{
	for (; set != 0U; set &= set - 1U) {
		const u32 n = (u32)__builtin_ctz(set);

		lr[n] = get(n);
	}
}

static inline void vgic_lrs_write(u32 set, const u64 *lr, void (*put)(u32 n, u64 value))
{
	for (; set != 0U; set &= set - 1U) {
		const u32 n = (u32)__builtin_ctz(set);

		put(n, lr[n]);
	}
}

/* vgic_hw.c: physical interrupts behind virtual ones, by the GIC driver. */
u32 vgic_hw_physical(u32 intid);
bool vgic_hw_line(u32 intid);
void vgic_hw_deactivate(u32 intid);
void vgic_hw_enable(u32 intid, bool on);
bool vgic_hw_linked(void);
void vgic_hw_route(u32 intid, u32 cpu);
void vgic_hw_kick(struct virq *q, u32 n);

#define VGIC_HW_OPS                                                                         \
	.linked = vgic_hw_linked, .physical = vgic_hw_physical, .line = vgic_hw_line,       \
	.deactivate = vgic_hw_deactivate, .enable = vgic_hw_enable, .route = vgic_hw_route, \
	.kick = vgic_hw_kick

/* Number of the vcpu whose exit is handled on this CPU, in its partition's controller. */
u32 vgic_loaded(void);

/* The interface of this machine; NULL: none that Bulkhead can use. */
const struct vgic_interface *vgic_interface(void);

#endif
