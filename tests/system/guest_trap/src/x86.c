// SPDX-License-Identifier: Apache-2.0
#include "program.h"

#define PRESENT_WRITABLE 0x3U
#define LARGE 0x80U

struct vcpu_start arch_guest_start(u32 mode)
{
	const bool svm = virt_backend()[0] == 'S';

	return (struct vcpu_start){
		.pc = GPA(GUEST_RAM),
		.arg = mode | (svm ? MODE_VMMCALL : 0U),
		.mode = START_LONG,
		.map = GPA(GUEST_TABLES),
		.sp = GPA(GUEST_STACK),
	};
}

const struct timed arch_timed[] = { { "cpuid", MODE_CPUID }, { NULL, 0 } };

/* Identity map of the first GiB in 2 MiB pages: AMD64 Architecture Programmer's Manual 2, 5.3. */
void arch_guest_tables(u8 *ram)
{
	u64 *pml4 = (u64 *)(void *)(ram + (GUEST_TABLES - GUEST_RAM));
	u64 *pdpt = pml4 + 512;
	u64 *pd = pdpt + 512;

	pml4[0] = (GUEST_TABLES + PAGE_SIZE) | PRESENT_WRITABLE;
	pdpt[0] = (GUEST_TABLES + 2U * PAGE_SIZE) | PRESENT_WRITABLE;
	for (u64 i = 0; i < 512U; i++)
		pd[i] = i * MIB(2) | PRESENT_WRITABLE | LARGE;
}
