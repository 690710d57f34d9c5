/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A CPU interface with list registers as IHI 0069 describes it, one a CPU, and the guest that uses
 * it: what the model of the distributor stands on in tests and fuzzers.
 */
#ifndef TESTS_VGIC_INTERFACE_H
#define TESTS_VGIC_INTERFACE_H

#include <asm/vgic.h>

#define LRS 4U
#define SPURIOUS 1023U

struct interface {
	u64 lr[LRS];
	u32 control;
	u32 ends;
	bool split;
	u8 running[64]; /* priorities that are active, outermost first */
	u32 depth;
	u32 kicked; /* atomic */
	u32 maintained;
};

extern struct interface interfaces[CONFIG_MAX_CPUS];
extern const struct vgic_ops interface_ops;

/* Physical interrupts behind bound ones: active until ended by guest or model. */
extern bool physical_active[VGIC_LINES];
extern bool timer_line;
/* Its ends end physical interrupts, too; as of the next vgic_init(). */
extern bool interface_linked;
extern void (*on_wrong)(const char *what);

void interface_reset(void);

/* This thread goes on as CPU @n, on which vcpu n is loaded. */
void be_cpu(u32 n);
void load_cpu(struct virq *q, u32 n);

/* What world.S does when the virtual timer's interrupt comes; false: the model is to be asked. */
bool take_timer(struct virq *q, u32 n);

/* What EL2 does with an SGI to one vcpu. */
void send_short(struct virq *q, u32 n, u32 to, u32 intid);

/* What EL2 does when the CPU was kicked or its interface wants it to look. */
void serve(struct virq *q, u32 n);

/* The guest on vcpu @n, which is this CPU: acknowledges, drops and ends, ends. */
u32 guest_take(struct virq *q, u32 n);
void guest_end(struct virq *q, u32 n, u32 intid);
void guest_deactivate(struct virq *q, u32 n, u32 intid);

/* Everything that is under way comes to rest. */
void come_to_rest(struct virq *q);

/* What must hold then; calls on_wrong() with what does not. */
void check_state(struct virq *q);

#endif
