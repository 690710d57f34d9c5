// SPDX-License-Identifier: Apache-2.0
#include <stdarg.h>

#include <bulkhead/lib/printf.h>

#include "guest.h"
#include "guest_arch.h"

#define LINE_MAX 256U

void guest_printf(const char *fmt, ...)
{
	char line[LINE_MAX];
	va_list ap;

	va_start(ap, fmt);
	bh_vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	for (const char *c = line; *c != '\0'; c++)
		guest_putc(*c);
}

u32 guest_number(const char *text)
{
	u32 n = 0;

	for (; text != NULL && *text >= '0' && *text <= '9'; text++)
		n = n * 10U + (u32)(*text - '0');
	return n;
}

void guest_exit(u32 status)
{
	if (status == 0U)
		guest_printf("guest: passed\n");
	else
		guest_printf("guest: failed %u\n", status);
	guest_arch_exit(status);
}

__attribute__((weak)) void guest_exception(struct guest_frame *frame, u32 vector)
{
	if (guest_arch_interrupt(vector))
		return;
	guest_printf("guest: exception %u at 0x%llx\n", vector, (unsigned long long)frame->pc);
	guest_arch_show(frame);
	guest_exit(1);
}
