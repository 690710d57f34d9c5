// SPDX-License-Identifier: Apache-2.0
/* Exceptions and events, user mode and what protects from it, extended state, code and clock. */
#include "cpu.h"

u32 image_failures;
volatile struct fault fault;
bool (*volatile on_exception)(struct guest_frame *frame, u32 vector);

extern u64 try_rsp;
extern const u8 try_end[];

void guest_exception(struct guest_frame *frame, u32 vector)
{
	u64 cr2;

	__asm__ volatile("mov %%cr2, %0" : "=r"(cr2));
	fault.vector = vector;
	fault.error = frame->error;
	fault.pc = frame->pc;
	fault.cr2 = cr2;
	if (on_exception != NULL && on_exception(frame, vector))
		return;
	frame->rax = vector;
	frame->pc = (u64)(uintptr_t)try_end;
	frame->rsp = try_rsp;
	frame->cs = KERNEL_CODE;
	frame->ss = KERNEL_DATA;
	frame->rflags = 2;
}

void guest_main(uintptr_t info)
{
	(void)info;
	/* Firmware's tick would come as an exception. */
	__asm__ volatile("outb %b0, $0x21\n\toutb %b0, $0xa1" : : "a"(0xff));
	user_init();
	test_events();
	test_debug();
	test_user();
	test_xsave();
	test_code();
	test_tsc();
	image_end();
}
