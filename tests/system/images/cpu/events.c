// SPDX-License-Identifier: Apache-2.0
/* Exceptions, software interrupts, their shadows, NMI in NMI, debug registers. */
#include "cpu.h"

#define LAPIC 0xfee00000UL
#define ICR_SELF 0x44000U
#define NOT_CANONICAL 0x800000000000ULL
#define UNMAPPED 0x100000000ULL /* behind the first 4 GiB */
#define CR0_TS 8ULL
#define RFLAGS_TF 0x100ULL

static void apic_write(u32 reg, u32 value)
{
	*(volatile u32 *)(LAPIC + reg) = value;
}

static void divide(u64 arg)
{
	u64 low = 1, high = 0;

	__asm__ volatile("div %2" : "+a"(low), "+d"(high) : "r"(arg));
}

static void undefined(u64 arg)
{
	(void)arg;
	__asm__ volatile("ud2");
}

static void load(u64 arg)
{
	(void)*(volatile u64 *)arg;
}

static void store(u64 arg)
{
	*(volatile u64 *)arg = 0;
}

static void jump(u64 arg)
{
	((void (*)(void))arg)();
}

static void x87(u64 arg)
{
	(void)arg;
	__asm__ volatile("fnop");
}

static void test_faults(void)
{
	CHECK("division by zero", try_call(divide, 0) == VECTOR_DE);
	CHECK("undefined instruction", try_call(undefined, 0) == VECTOR_UD);
	CHECK("address that is not canonical",
	      try_call(load, NOT_CANONICAL) == VECTOR_GP && fault.error == 0U);
	CHECK("page that is not there, read", try_call(load, UNMAPPED + 0x123U) == VECTOR_PF &&
						      fault.error == 0U &&
						      fault.cr2 == UNMAPPED + 0x123U);
	CHECK("page that is not there, written", try_call(store, UNMAPPED + 0x456U) == VECTOR_PF &&
							 fault.error == 2U &&
							 fault.cr2 == UNMAPPED + 0x456U);
	CHECK("page that is not there, jumped to", try_call(jump, UNMAPPED) == VECTOR_PF &&
							   fault.cr2 == UNMAPPED &&
							   fault.pc == UNMAPPED);
}

static void test_not_available(void)
{
	u64 cr0;

	__asm__ volatile("mov %%cr0, %0" : "=r"(cr0));
	__asm__ volatile("mov %0, %%cr0" : : "r"((cr0 & ~4ULL) | CR0_TS));
	CHECK("x87 while CR0.TS is set", try_call(x87, 0) == 7U);
	__asm__ volatile("clts");
	CHECK("x87 behind CLTS", try_call(x87, 0) == NO_FAULT);
	__asm__ volatile("mov %0, %%cr0" : : "r"(cr0));
}

static volatile u32 count;

static bool counted(struct guest_frame *frame, u32 vector)
{
	(void)frame;
	count++;
	if (vector >= 0x80U)
		apic_write(0xb0, 0);
	return true;
}

static void test_software(void)
{
	u64 behind;

	on_exception = counted;
	__asm__ volatile("lea 1f(%%rip), %0\n\tint3\n1:" : "=r"(behind));
	CHECK("INT3 resumes behind itself", fault.vector == VECTOR_BP && fault.pc == behind);
	__asm__ volatile("lea 1f(%%rip), %0\n\tint $0x50\n1:" : "=r"(behind));
	CHECK("INT n as well", fault.vector == 0x50U && fault.pc == behind);
	on_exception = NULL;
}

/* What waits comes behind the instruction behind STI. */
static void test_shadow(void)
{
	u64 behind;

	apic_write(0xf0, 0x1ff);
	on_exception = counted;
	apic_write(0x300, ICR_SELF | 0x90U);
	count = 0;
	__asm__ volatile("lea 1f(%%rip), %0\n\tsti\n\tnop\n1:\tnop\n\tcli"
			 : "=r"(behind)
			 :
			 : "memory");
	CHECK("STI holds interrupts back for one instruction",
	      count == 1U && fault.vector == 0x90U && fault.pc == behind);
	apic_write(0x300, ICR_SELF | 0x90U);
	count = 0;
	__asm__ volatile("sti\n\tcli" : : : "memory");
	CHECK("nothing comes between STI and CLI", count == 0U);
	__asm__ volatile("sti\n\tnop\n\tnop\n\tcli" : : : "memory");
	CHECK("it comes later", count == 1U);
	on_exception = NULL;
}

static volatile u32 nmis, deepest, depth;

static bool nmi(struct guest_frame *frame, u32 vector)
{
	(void)frame;
	if (vector != VECTOR_NMI)
		return false;
	nmis++;
	depth++;
	deepest = depth > deepest ? depth : deepest;
	if (nmis == 1U) {
		apic_write(0x310, *(volatile u32 *)(LAPIC + 0x20U));
		apic_write(0x300, 0x4400);
		for (u32 i = 0; i < 1000U; i++)
			__asm__ volatile("pause" : : : "memory");
	}
	depth--;
	return true;
}

static void test_nmi(void)
{
	on_exception = nmi;
	apic_write(0x310, *(volatile u32 *)(LAPIC + 0x20U));
	apic_write(0x300, 0x4400);
	for (u32 i = 0; i < 1000U; i++)
		__asm__ volatile("pause" : : : "memory");
	CHECK("an NMI in an NMI waits for its IRET", nmis == 2U && deepest == 1U);
	on_exception = NULL;
}

void test_events(void)
{
	test_faults();
	test_not_available();
	test_software();
	test_shadow();
	test_nmi();
}

static volatile u32 steps;
static volatile u64 status;

static bool debug(struct guest_frame *frame, u32 vector)
{
	u64 dr6;

	if (vector != VECTOR_DB)
		return false;
	__asm__ volatile("mov %%dr6, %0" : "=r"(dr6));
	__asm__ volatile("mov %0, %%dr6" : : "r"(0xffff0ff0ULL));
	status = dr6;
	steps++;
	if (steps == 10U)
		frame->rflags &= ~RFLAGS_TF;
	return true;
}

static volatile u32 watched;

void test_debug(void)
{
	on_exception = debug;
	__asm__ volatile("pushfq\n\torq %0, (%%rsp)\n\tpopfq\n\t"
			 ".rept 12\n\tnop\n\t.endr"
			 :
			 : "i"(RFLAGS_TF)
			 : "memory", "cc");
	CHECK("single steps", steps == 10U && (status & 0x4000U) != 0U);
	steps = 0;
	__asm__ volatile("mov %0, %%dr0" : : "r"((u64)(uintptr_t)&watched));
	__asm__ volatile("mov %0, %%dr7" : : "r"(0xd0402ULL)); /* 4 bytes, written */
	watched = 1;
	__asm__ volatile("mov %0, %%dr7" : : "r"(0x400ULL));
	CHECK("a watched word", steps == 1U && (status & 0xfU) == 1U);
	watched = 2;
	CHECK("it is watched no longer", steps == 1U);
	on_exception = NULL;
}
