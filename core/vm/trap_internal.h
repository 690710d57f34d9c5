/* SPDX-License-Identifier: Apache-2.0 */
/* One handler a class of exits, and what handlers share. */
#ifndef CORE_VM_TRAP_INTERNAL_H
#define CORE_VM_TRAP_INTERNAL_H

#include <bulkhead/vm/vcpu.h>

typedef enum trap_result (*trap_fn)(struct vcpu *v, struct exit *e);

/* EXIT_MEMORY: emulated, retried while stage 2 changes, or a fault. */
enum trap_result trap_memory(struct vcpu *v, struct exit *e);

/* EXIT_PORT: emulated; where nobody answers, reads give all ones and writes are dropped. */
enum trap_result trap_port(struct vcpu *v, struct exit *e);

/* Gives the guest @kind at @gva and answers TRAP_INJECT. */
enum trap_result trap_fault(struct vcpu *v, enum fault_kind kind, gva_t gva);

/* The CPU of @v has taken interrupts, perhaps a kick: is there something for its partition? */
void vcpu_kicked(struct vcpu *v);

/* The guest of @v waits: returns when there may be something to do. */
void vcpu_sleep(struct vcpu *v);

#endif
