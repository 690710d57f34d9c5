/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of arch/x86/cpu know of each other and of their assembly. */
#ifndef ASM_X86_H
#define ASM_X86_H

#include <asm/desc.h>
#include <asm/layout.h>
#include <bulkhead/lib/types.h>

struct exc_frame;

/*
 * Stacks of one CPU for what may come when its own cannot be used (cpu_stacks). Each guard page
 * is unmapped.
 */
struct x86_ist_stacks {
	struct {
		u8 guard[PAGE_SIZE];
		u8 stack[X86_IST_STACK_SIZE];
	} ist[IST_COUNT];
} __aligned(4096);

extern struct x86_ist_stacks x86_ist_stacks[CONFIG_MAX_CPUS];

/* Is [p, p + size) inside one stack of logical CPU @id? */
bool stack_holds(u32 id, uintptr_t p, size_t size);
/* Name of the stack of CPU @id whose guard page holds @p ("main", "#DF"), or NULL. */
const char *stack_guard_hit(u32 id, uintptr_t p);

/* Entry points of assembly. */
extern const char vectors_start[];
extern const u32 vector_stride;
void secondary_entry(void) __noreturn;

/* Called by assembly. */
void x86_canary_init(void);
bool x86_early(u32 protocol, u32 info);
bool x86_secondary_early(u32 id);
/* Where to go on behind a fault that was expected, or 0: where it was. */
uintptr_t x86_exception(struct exc_frame *f);
void x86_interrupt(u32 vector);

/*
 * Called for every non-maskable interrupt: a request of another CPU (shootdown, stop) or, if
 * nobody asked, the machine's own. Returns when it was ours.
 */
bool nmi_handle(void);

/* Tells CPU @cpu to call upcall_stop(), however deep it is. */
void nmi_send_stop(u32 cpu);

/* Makes every other online CPU drop its TLB and waits, bounded, until all did. */
void tlb_flush_others(void);

/* Builds and loads Bulkhead's own tables; the boot tables are not used after. */
void mmu_init(void);

/*
 * For the trampoline: a second root that also maps the page at @pa to itself, executable, or
 * takes that mapping away again (@on false).
 */
u64 mmu_trampoline(u64 pa, bool on);

/* Measures TSC and local APIC timer; boot CPU, APIC in its firmware mode. */
int timer_calibrate(void);
/*
 * The vector of the alarm was taken: false if that was not due. The guest's is seen to; what is
 * left is armed again.
 */
bool timer_expired(void);

/* Waits that many microseconds by TSC. After timer_calibrate(). */
void delay_us(u32 us);

/* Fault-tolerant instructions: where to go on when the one at @pc faults, or 0. */
uintptr_t extable_fixup(uintptr_t pc);

/*
 * Writes the tokens of every CPU's shadow stacks. Before the own address space, which maps them
 * so that ordinary stores cannot reach them.
 */
void cet_prepare(void);
/*
 * Turns on what CET this CPU has. True: a shadow stack waits, and assembly is to switch to it;
 * false: go on without.
 */
bool cet_init(u32 id);
bool cet_shadow_stack(void);
bool cet_branch_tracking(void);

#endif
