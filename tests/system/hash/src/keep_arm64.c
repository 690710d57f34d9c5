// SPDX-License-Identifier: Apache-2.0
#include <asm/sysreg.h>

#include "program.h"

static u64 closed;

void vectors_open(void)
{
	closed = read_sysreg(cptr_el2);
	write_sysreg(cptr_el2, closed & ~(u64)CPTR_TFP);
	isb();
}

void vectors_close(void)
{
	write_sysreg(cptr_el2, closed);
	isb();
}

u32 vectors_size(void)
{
	return VECTORS_SIZE;
}

u64 vectors_control(void)
{
	return read_sysreg(cptr_el2);
}
