/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the program share: trying an instruction, and numbers to try it with. */
#ifndef ATTACK_H
#define ATTACK_H

#include "../../../guest/guest.h"

/* Vectors. */
#define NO_FAULT 0x1ffU
#define DB 1U
#define NMI 2U
#define UD 6U
#define GP 13U
#define PF 14U
#define FIRST_INTERRUPT 0x20U
#define PIC_VECTORS 0x20U /* to 2fh: both 8259 */
#define SPURIOUS 0xffU

/* user_init(): segments. */
#define KERNEL_CODE 0x08U
#define KERNEL_DATA 0x10U

#define APIC_EOI 0x0b0U

/* What came of the last TRY(): vector, or NO_FAULT; and its error code. */
extern volatile u32 fault, fault_code;
extern volatile u64 fault_pc, resume_pc, resume_rsp;

/*
 * Executes @insn, whatever comes of it: where it faults, the program goes on behind it. Operands
 * as of extended asm, all written out.
 */
#define TRY(insn, outputs, ...)                                                                   \
	do {                                                                                      \
		fault = NO_FAULT;                                                                 \
		__asm__ volatile("leaq 1f(%%rip), %%r11\n\tmovq %%r11, resume_pc\n\t" insn "\n1:" \
				 : outputs                                                        \
				 : __VA_ARGS__                                                    \
				 : "r11", "memory", "cc");                                        \
	} while (0)

#define OUT(...) __VA_ARGS__

/* Interrupts, by vector. */
extern volatile u32 taken[256];

/* One was taken. */
void interrupt_taken(u32 vector);

/* A register of the local APIC, in the mode that it is in. */
u32 apic_read(u32 reg);
void apic_write(u32 reg, u32 value);

/* The same sequence each time. */
u64 rnd(void);

/* The guest fails, and says what was tried, unless @found is @expected. */
void want(const char *what, u64 operand, u64 found, u64 expected);

/* GDT with user segments and a TSS, so that user mode can be entered and left. */
void user_init(void);
/* Runs a few bytes of code at CPL 3, with RAX = @rax, until they fault. */
void user_run(const void *code, u64 rax);

/* Where a segment of the GDT begins; it is loaded anew. */
void segment_base(u32 selector, u32 base);

static inline u32 in_byte(u16 port)
{
	u8 v;

	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline void out_byte(u16 port, u32 value)
{
	__asm__ volatile("outb %0, %1" ::"a"((u8)value), "Nd"(port));
}

/* A register of the clock. */
u32 rtc(u32 index);

/* The partition has reset itself: how is in the year of its clock, which goes on. */
bool reset_done(void);
/* The next way to reset, and the end behind the last. */
void reset_next(void) __noreturn;

/* Parts that run once. */
void attack_instructions(void);
void attack_encodings(void);
void attack_devices(void);
void attack_interrupts(void);

/* The parts; each takes so many rounds. */
void attack_msr(u32 rounds);
void attack_cpuid(u32 rounds);
void attack_ports(u32 rounds);
void attack_calls(u32 rounds);
void attack_registers(u32 rounds);
void attack_mmio(u32 rounds);

/* Returns how many accesses it tried; 0: the guest has no PCI function. */
u32 attack_config(void);

/* An access to ports, of 1, 2 or 4 bytes. */
u32 port_in(u16 port, u32 size);
void port_out(u16 port, u32 size, u32 value);

#endif
