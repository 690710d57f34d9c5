/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contract: a partition's interrupt controller (arm64: GIC; x86: local and I/O APICs).
 *
 * struct virq is opaque; per vcpu state is in struct vcpu_arch. Interrupts are numbered as the
 * guest's own description numbers them (arm64: INTID; x86: GSI). All state that a guest can
 * change is reset by virq_reset() and by nothing else.
 */
#ifndef BULKHEAD_ARCH_VIRQ_H
#define BULKHEAD_ARCH_VIRQ_H

#include <bulkhead/arch/mmio.h>
#include <bulkhead/lib/types.h>

struct vcpu_arch;
struct virq;

/*
 * Register windows a controller wants trapped; or, without a function, pages of the physical
 * controller at @page that the guest itself reaches at @base.
 */
#define VIRQ_WINDOWS_MAX 8U
struct virq_window {
	u64 base;
	u64 size;
	mmio_fn fn;
	void *ctx;
	hpa_t page;
	bool port; /* @base is an I/O port */
};

/* Room that struct virq takes for @vcpus vcpus; 64-byte aligned. */
size_t virq_size(u32 vcpus);

/*
 * Boot: makes the controller of a partition of @count vcpus and ties them to it. @count_out windows
 * are what the caller puts into the partition's MMIO map. BH_ENOTSUP: this machine's controller
 * cannot carry it (named in the log); BH_EOVERFLOW: too many vcpus.
 */
int virq_init(struct virq *q, struct vcpu_arch *const *vcpus, u32 count,
	      struct virq_window window[VIRQ_WINDOWS_MAX], u32 *count_out);

/*
 * One step of at most 1,000 instructions to the state after power-on. BH_EAGAIN: there is more to
 * do; @at is 0 at first and then says how far it has come. 0: done. No vcpu of it runs from the
 * first step to the last, but interrupts, levels and messages may come at any time: what does
 * before the last step is forgotten, so devices that could raise a level are at rest before.
 *
 * Called behind vcpu_reset() of every vcpu when a partition starts; vcpu_reset() alone (a vcpu that
 * is switched on) leaves what a vcpu's part of the controller keeps in struct vcpu_arch as it is.
 */
int virq_reset(struct virq *q, u32 *at);

/*
 * An edge, or the level, of shared interrupt @intid. Any CPU; takes LOCK_VIRQ. What has become
 * deliverable is delivered: a vcpu that runs is kicked (upcall_vcpu_kick()).
 */
void virq_pend(struct virq *q, u32 intid);
void virq_level(struct virq *q, u32 intid, bool high);

/*
 * Boot: ties physical interrupt @intid to number @own of @q, hardware-linked where that can be: it
 * is taken while the vcpu it is routed to runs, and the guest's end of interrupt deactivates it.
 * arm64: the same number, wherever that vcpu is. x86: a pin that its 8259 does not have, taken on
 * @cpu; of a GSI that stays the electrical level is that of PCI. BH_ENOENT, BH_EBUSY; BH_EOVERFLOW:
 * it has as many as it can have.
 */
int virq_bind(struct virq *q, u32 intid, bool level, u32 cpu, u32 *own);

/*
 * A device's message, @data to @address as the guest wrote them into the device: arm64: the number
 * of an SPI to the window of virq_doorbell(), x86: what a local APIC takes. False: no message that
 * its controller has. Any CPU; takes LOCK_VIRQ.
 */
bool virq_message(struct virq *q, u64 address, u32 data);

/*
 * Boot: the page that its devices write messages to, for a guest that has such devices. False: none
 * that has to be there, nor to be translated for them.
 */
bool virq_doorbell(struct virq *q, struct virq_window *out);

/*
 * Closes or opens the physical interrupts that are routed to @v: closed ones wait in the
 * controller and cost nobody's CPU anything. Open at first. @v is not loaded.
 */
void virq_lines(struct vcpu_arch *v, bool open);

/* With CONFIG_STATE_HASH: a checksum of all that a reset gives a value. No vcpu is loaded. */
u32 virq_hash(const struct virq *q);

/* Is anything deliverable to this vcpu now? For WFI and HLT that trap, and for parked vcpus. */
bool virq_pending(struct vcpu_arch *v);

#endif
