/* SPDX-License-Identifier: Apache-2.0 */
/* The calls that go up: everything the architecture's code calls in core, in one place. */
#ifndef BULKHEAD_ARCH_UPCALL_H
#define BULKHEAD_ARCH_UPCALL_H

#include <bulkhead/arch/exit.h>
#include <bulkhead/arch/irqchip.h>
#include <bulkhead/lib/types.h>

struct vcpu_arch;
struct vcpu_start;

/* An interrupt is pending on this CPU: acknowledge, dispatch and complete all there are. */
void upcall_irq(void);

/*
 * The same for one interrupt, and says what it was. @acknowledged: what the controller said when
 * the architecture acknowledged it, or IRQ_NOT_ACKNOWLEDGED.
 */
enum irq_id upcall_irq_taken(u32 acknowledged);

/*
 * A CPU told to stop (panic elsewhere) has acknowledged; core decides what it does. Runs in
 * interrupt or NMI context.
 */
void upcall_stop(void) __noreturn;

/*
 * A hypercall of the guest's kernel: number in call[0], arguments in call[1..6]; results go to
 * call[0] and call[1]. Called from the short frame: the architecture has saved what C may clobber
 * and nothing else. TRAP_RESUME: done, continue behind the call. Anything else: nothing was
 * done yet; the architecture saves the rest and calls upcall_exit() with EXIT_HYPERCALL.
 */
enum trap_result upcall_hypercall(struct vcpu_arch *v, u64 *call);

/*
 * Any exit, from the full frame. TRAP_RESUME makes the architecture step over the instruction
 * (except for EXIT_IRQ, which happens between two).
 */
enum trap_result upcall_exit(struct vcpu_arch *v, struct exit *e);

/*
 * A guest's access of @size bytes at @gpa to or from one register, from the short frame: @value is
 * what it stores, or takes what it loads. TRAP_PARK: not one that is answered here, nothing was
 * done. TRAP_RETRY: not now.
 */
enum trap_result upcall_mmio(struct vcpu_arch *v, u64 gpa, u32 size, bool write, u64 *value);

/*
 * IN or OUT (@write) of one register of @size bytes, 1, 2 or 4, from the short frame: what
 * upcall_exit() does with an EXIT_PORT. @value is what is written, the answer's what is read. Not
 * done: it is upcall_exit()'s, and nothing was changed. Two registers hold the answer.
 */
struct port_answer {
	u64 value;
	bool done;
};
struct port_answer upcall_port(struct vcpu_arch *v, u16 port, u32 size, bool write, u64 value);

/*
 * The vcpu has something to look at (an interrupt, a change of its run state): if it is in the
 * guest on another CPU, that CPU is kicked and looks before it enters again; if it waits, it goes
 * on. On its own CPU nothing needs to be done. Any CPU, no lock is taken.
 */
void upcall_vcpu_kick(struct vcpu_arch *v);

/* Is @v, which was kicked out of its guest, to go on at once? */
bool upcall_vcpu_stays(const struct vcpu_arch *v);

/* What a guest's firmware calls (PSCI; on x86 INIT and SIPI) say of its vcpus. */
enum vcpu_power {
	VCPU_OFF,
	VCPU_ON,
	VCPU_ON_PENDING, /* told to start, and not yet at its first instruction */
};

/*
 * Starts vcpu @id of the same partition at @start, which is copied. Of all who ask at once exactly
 * one gets 0; BH_EAGAIN: it is starting; BH_EBUSY: it is on; BH_ENOENT: there is none.
 */
int upcall_vcpu_on(struct vcpu_arch *v, u32 id, const struct vcpu_start *start);

/*
 * Makes another vcpu of the same partition leave for good, whatever it does (x86: INIT). 0: it is
 * off; BH_EAGAIN: it is on its way, ask again; BH_ENOENT: there is none.
 */
int upcall_vcpu_stop(struct vcpu_arch *v, u32 id);

/* @v, whose exit is handled, switches itself off. */
enum trap_result upcall_vcpu_off(struct vcpu_arch *v);

/*
 * Interrupts were taken while an exit of @v was handled, between two of its guest's instructions:
 * core looks what they meant to it. TRAP_RESUME: @v goes on; TRAP_PARK: it leaves.
 */
enum trap_result upcall_irqs_taken(struct vcpu_arch *v);

/* @v has nothing to do until an interrupt comes: as EXIT_WAIT. */
enum trap_result upcall_vcpu_wait(struct vcpu_arch *v);

/* What a guest asks for its whole partition. It does not come back from it. */
enum guest_power { GUEST_OFF, GUEST_RESET, GUEST_RESET_WARM };
enum trap_result upcall_guest_power(struct vcpu_arch *v, enum guest_power what);

#endif
