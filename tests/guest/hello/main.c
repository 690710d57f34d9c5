// SPDX-License-Identifier: Apache-2.0
/* The smallest guest that uses every part of the library once. */
#include "../guest.h"

static volatile u32 exceptions;
static const char *const words[] = { "console", "relocated data", "printf" };

#ifdef __aarch64__
static void undefined(void)
{
	__asm__ volatile("udf #0");
}

#define UNDEFINED_SIZE 4U
#else
static void undefined(void)
{
	__asm__ volatile("ud2");
}

#define UNDEFINED_SIZE 2U
#endif

void guest_exception(struct guest_frame *frame, u32 vector)
{
	guest_printf("hello: exception, vector %u\n", vector);
	frame->pc += UNDEFINED_SIZE;
	exceptions++;
}

void guest_main(uintptr_t info)
{
	u64 before = guest_ticks();

	for (u32 i = 0; i < ARRAY_SIZE(words); i++)
		guest_printf("hello: %s\n", words[i]);
	guest_printf("hello: information at 0x%llx\n", (unsigned long long)info);
	undefined();
	guest_check(exceptions == 1U);
	guest_check(guest_ticks() > before);
	guest_exit(0);
}
