// SPDX-License-Identifier: Apache-2.0
#include "../guest.h"

/* second_entry.S */
extern const u8 second_stub[], second_stub_end[];

/* What second_entry.S takes over. */
extern u64 second_cr3;
extern u8 second_gdtr[10], second_idtr[10];
extern void (*second_calls)(void);

u64 second_cr3;
u8 second_gdtr[10], second_idtr[10];
void (*second_calls)(void);

void guest_second_prepare(void (*main)(void))
{
	second_calls = main;
	__asm__ volatile("mov %%cr3, %0" : "=r"(second_cr3));
	__asm__ volatile("sgdt %0" : "=m"(second_gdtr));
	__asm__ volatile("sidt %0" : "=m"(second_idtr));
	for (const u8 *p = second_stub; p < second_stub_end; p++)
		*(volatile u8 *)(GUEST_SECOND + (uintptr_t)(p - second_stub)) = *p;
}
