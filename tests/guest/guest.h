/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bare-metal test guest: what it starts with, and what it can do. The same sources run on the
 * bare simulated board and as a guest of Bulkhead; README.md says how a guest is built.
 *
 * A guest is one or more C files that define guest_main(). It runs on one CPU, at EL1 with the
 * MMU off, or in 64-bit mode with the first 4 GiB mapped one to one, with interrupts masked.
 */
#ifndef BULKHEAD_TESTS_GUEST_H
#define BULKHEAD_TESTS_GUEST_H

#include <bulkhead/lib/types.h>

/* The guest itself. @info: address of the devicetree, or of the PVH start information. */
void guest_main(uintptr_t info);

/* One character of the console: PL011 at GUEST_UART_BASE, 16550 at port 0x3f8. Waits for room. */
void guest_putc(char c);

/* As printf(), see <bulkhead/lib/printf.h>; a line of at most 255 characters. */
void guest_printf(const char *fmt, ...) __printf(1, 2);

/*
 * Prints "guest: passed" (@status 0) or "guest: failed <status>" and ends: on a bare simulated
 * board the emulator with 33 or 35, else the machine by PSCI SYSTEM_OFF, else it halts.
 */
void guest_exit(u32 status) __noreturn;

/* Fails the guest when @cond does not hold. */
#define guest_check(cond)                                                            \
	do {                                                                         \
		if (!(cond)) {                                                       \
			guest_printf("%s:%d: %s\n", __FILE_NAME__, __LINE__, #cond); \
			guest_exit(1);                                               \
		}                                                                    \
	} while (0)

/*
 * A hypercall: HVC #0 with x0..x4, or VMCALL / VMMCALL (whichever the CPU has) with RAX, RBX, RCX,
 * RDX, RSI. Returns x0 or RAX. On a bare board without hypervisor this is an exception.
 */
u64 guest_hypercall(u64 number, u64 a, u64 b, u64 c, u64 d);

/* The same; its second result, x1 or RDX, goes to *@second. */
u64 guest_hypercall_two(u64 number, u64 a, u64 b, u64 c, u64 *second);

#ifdef __aarch64__
/* A call by HVC #0, or by SMC #0: x0 to x17 in place. */
void guest_call(u64 x[18], bool smc);

/*
 * Starts CPU @target (MPIDR affinity) at fn(@arg), on a stack of its own, by PSCI CPU_ON, and
 * returns what that answers. fn must not return. @slot: 0 to GUEST_CPUS_MAX - 1, one each.
 */
#define GUEST_CPUS_MAX 8U
s64 guest_cpu_start(u32 slot, u64 target, void (*fn)(u64 arg), u64 arg);

/* ---- what the guest's description says (flattened devicetree, root with two cells each) ---- */

/* The @nth node, from 0, that is compatible with @compatible; 0: there is none. */
u32 guest_node(const char *compatible, u32 nth);

/* A property of it and its length; NULL: there is none. Numbers are big endian: guest_be32(). */
const void *guest_property(u32 node, const char *name, u32 *length);
u32 guest_be32(const void *property, u32 index);

/* Pair @n of "reg": address and size. False: there is none. */
bool guest_reg(u32 node, u32 n, u64 *address, u64 *size);

/* INTID of the first of its "interrupts"; 0: there is none. */
u32 guest_intid(u32 node);
#endif

/* ---- what its manifest and Bulkhead tell it, by devicetree or by ACPI ---- */

/* The command line; NULL: none. */
const char *guest_bootargs(void);

/* The decimal number that @text begins with; 0: none, or no text. */
u32 guest_number(const char *text);

struct guest_channel {
	u64 base, size;
	u32 intid;        /* of its bell */
	u32 bell;         /* what UCALL's BELL takes */
	u32 end;          /* 0 or 1 */
	const char *peer; /* the partition at the other end */
};

/* The @nth channel, from 0. False: there is none. */
bool guest_channel_find(u32 nth, struct guest_channel *out);

/* Configuration space of its PCI bus, 4 KiB a function; 0: it has none. */
u64 guest_pci(void);

/* ---- interrupts: the GIC of the description, version 2 or 3; I/O APIC and local APIC ---- */

/* The controller, on; everything is off, nothing is taken yet. */
void guest_irq_init(void);

/*
 * fn(@intid) runs for each; SGIs and PPIs on the calling CPU. @edge: else level. x86: a pin of the
 * I/O APIC, or the timer.
 */
void guest_irq_enable(u32 intid, bool edge, void (*fn)(u32 intid));

/*
 * Lets this CPU take interrupts, or not. guest_irq_wait() sleeps until one is pending; on x86 it is
 * taken meanwhile.
 */
void guest_irq_on(void);
void guest_irq_off(void);
void guest_irq_wait(void);

#ifdef __aarch64__
/* Takes what is pending: for a guest with a guest_exception() of its own. */
void guest_irq_take(void);
#endif

/* ---- the timer: the virtual one; the local APIC's, one shot ---- */

#ifdef __aarch64__
#define GUEST_TIMER_INTID 27U
static inline u64 guest_hz(void)
{
	u64 hz;

	__asm__ volatile("mrs %0, cntfrq_el0" : "=r"(hz));
	return hz;
}
#else
#define GUEST_TIMER_INTID 24U /* behind the pins */
/* Of guest_ticks(), as Bulkhead says by CPUID. */
u64 guest_hz(void);
#endif

/*
 * Its interrupt comes when guest_ticks() reaches @deadline; on arm64 it stays until it is set
 * again.
 */
void guest_timer_set(u64 deadline);
void guest_timer_stop(void);

#ifdef __x86_64__
/* Where guest_second_prepare() puts code: below 1 MiB, and SIPI's vector is this >> 12. */
#define GUEST_SECOND 0x8000U

/*
 * From now on a CPU that gets INIT and SIPI calls @main() in 64-bit mode, interrupts masked, with
 * the tables and vectors that the caller has now. One CPU at a time: there is one stack.
 */
void guest_second_prepare(void (*main)(void));
#endif

/* In loops that wait for another CPU or a device. */
static inline void guest_relax(void)
{
#ifdef __aarch64__
	__asm__ volatile("yield" ::: "memory");
#else
	__asm__ volatile("pause" ::: "memory");
#endif
}

/* What was written is there for devices before what follows. */
static inline void guest_barrier(void)
{
#ifdef __aarch64__
	__asm__ volatile("dsb sy" ::: "memory");
#else
	__asm__ volatile("mfence" ::: "memory");
#endif
}

/* The counter: CNTVCT or TSC. */
static inline u64 guest_ticks(void)
{
	u64 t;

#ifdef __aarch64__
	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(t)::"memory");
#else
	u32 lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi)::"memory");
	t = ((u64)hi << 32) | lo;
#endif
	return t;
}

#ifdef __aarch64__
/* Registers of an exception, in the order vectors.S saves them. */
struct guest_frame {
	u64 x[31];
	u64 sp;
	u64 pc;
	u64 pstate;
	u64 esr;
	u64 far;
};
#define GUEST_VECTOR_SYNC 4U /* current EL with SP_EL1, synchronous */
#define GUEST_VECTOR_IRQ 5U
#else
/* Registers of an exception, in the order vectors.S saves them. */
struct guest_frame {
	u64 r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
	u64 vector, error;
	u64 pc, cs, rflags, rsp, ss;
};
#endif

/*
 * Called for every exception and interrupt. Returning resumes with the registers of the frame, so
 * that a guest can skip an instruction. The library's own says what happened and fails.
 */
void guest_exception(struct guest_frame *frame, u32 vector);

#endif
