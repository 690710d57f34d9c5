// SPDX-License-Identifier: Apache-2.0
/* One part after the other; the log says how much each has tried. */
#include "attack.h"

volatile u32 fault, fault_code;
volatile u64 fault_pc, resume_pc, resume_rsp;
volatile u32 taken[256];

#define FLAGS_TF 0x100U

/* What was not as expected; the guest gives up when it has said so many. */
static u32 wrong;
#define WRONG_MAX 20U

static const struct {
	const char *name;
	void (*run)(u32 rounds);
	u32 share; /* of 16 */
} parts[] = {
	{ "MSRs", attack_msr, 4 },
	{ "CPUID", attack_cpuid, 3 },
	{ "ports", attack_ports, 3 },
	{ "hypercalls", attack_calls, 2 },
	{ "registers", attack_registers, 2 },
	{ "MMIO", attack_mmio, 2 },
};

u64 rnd(void)
{
	static u64 x = 0x9e3779b97f4a7c15ULL;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

void want(const char *what, u64 operand, u64 found, u64 expected)
{
	if (found == expected)
		return;
	guest_printf("attack: %s 0x%llx: found 0x%llx, expected 0x%llx\n", what,
		     (unsigned long long)operand, (unsigned long long)found,
		     (unsigned long long)expected);
	wrong++;
	if (wrong == WRONG_MAX)
		guest_exit(1);
}

/* NMIs and what the APIC delivers; all but an NMI and what came from the 8259 has to be ended. */
static bool interrupt(u32 vector)
{
	if (vector != NMI && vector < FIRST_INTERRUPT)
		return false;
	taken[vector]++;
	interrupt_taken(vector);
	if (vector != NMI && vector / 16U != PIC_VECTORS / 16U && vector != SPURIOUS)
		apic_write(APIC_EOI, 0);
	return true;
}

/* From other segments than its own the program goes on with its own, and its stack. */
void guest_exception(struct guest_frame *frame, u32 vector)
{
	if (interrupt(vector))
		return;
	fault = vector;
	fault_code = (u32)frame->error;
	fault_pc = frame->pc;
	if (resume_pc == 0U) {
		guest_printf("attack: exception %u at 0x%llx\n", vector,
			     (unsigned long long)frame->pc);
		guest_exit(1);
	}
	if (frame->cs != KERNEL_CODE) {
		frame->cs = KERNEL_CODE;
		frame->ss = KERNEL_DATA;
		frame->rsp = resume_rsp;
	}
	frame->rflags &= ~(u64)FLAGS_TF;
	frame->pc = resume_pc;
	resume_pc = 0;
}

void guest_main(uintptr_t info)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} once[] = {
		{ "instructions", attack_instructions },
		{ "encodings", attack_encodings },
		{ "devices", attack_devices },
		{ "interrupts", attack_interrupts },
	};

	(void)info;
	user_init();
	if (reset_done())
		reset_next();
	for (u32 i = 0; i < ARRAY_SIZE(once); i++) {
		once[i].run();
		guest_printf("attack: %s: as expected\n", once[i].name);
	}
	for (u32 i = 0; i < ARRAY_SIZE(parts); i++) {
		const u32 rounds = ATTACK_ROUNDS / 16U * parts[i].share;

		parts[i].run(rounds);
		guest_printf("attack: %s: %u as expected\n", parts[i].name, rounds);
	}
	guest_printf("attack: configuration space: %u as expected\n", attack_config());
	if (wrong != 0U)
		guest_exit(1);
	reset_next();
}
