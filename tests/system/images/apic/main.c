// SPDX-License-Identifier: Apache-2.0
/* Interrupts, commands, timers and a second CPU, by the local APIC's page. */
#include "apic.h"

#define PIC_DATA 0x21U
#define PIC2_DATA 0xa1U

u32 image_failures;
volatile u32 taken[2][256];
volatile u32 last[2];
void (*volatile on_interrupt)(u32 vector);

void icr(u32 dest, u32 command)
{
	apic_write(REG_ICR_HIGH, dest << 24);
	apic_write(REG_ICR, command);
	while ((apic_read(REG_ICR) & 0x1000U) != 0U)
		__asm__ volatile("pause");
}

void settle(void)
{
	guest_irq_on();
	for (u32 i = 0; i < 1000U; i++)
		__asm__ volatile("pause" ::: "memory");
	guest_irq_off();
}

void guest_exception(struct guest_frame *frame, u32 vector)
{
	const u32 cpu = (apic_read(REG_ID) >> 24) & 1U;

	if (vector < 32U && vector != VECTOR_NMI) {
		guest_printf("FAIL: exception %u at 0x%llx\n", vector,
			     (unsigned long long)frame->pc);
		guest_exit(1);
	}
	taken[cpu][vector]++;
	last[0] = last[1];
	last[1] = vector;
	if (on_interrupt != NULL)
		on_interrupt(vector);
	if (vector >= 32U && vector != 0xffU)
		apic_write(REG_EOI, 0);
}

static void pic_mask(u16 port, u8 value)
{
	__asm__ volatile("outb %0, %1" ::"a"(value), "Nd"(port));
}

static u8 pic_read(u16 port)
{
	u8 v;

	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static void test_pic(void)
{
	pic_mask(PIC_DATA, 0xa5);
	pic_mask(PIC2_DATA, 0x5a);
	CHECK("PIC masks", pic_read(PIC_DATA) == 0xa5U && pic_read(PIC2_DATA) == 0x5aU);
	pic_mask(PIC_DATA, 0xff);
	pic_mask(PIC2_DATA, 0xff);
}

static void test_io_apic(void)
{
	volatile u32 *const select = (volatile u32 *)0xfec00000UL;
	volatile u32 *const data = (volatile u32 *)0xfec00010UL;
	u32 pins;

	*select = 1;
	pins = (*data >> 16 & 0xffU) + 1U;
	*select = 0x10U + 2U * (pins - 1U);
	*data = 0x100feU;
	CHECK("I/O APIC has 24 pins", pins == 24U);
	CHECK("I/O APIC keeps an entry", *data == 0x100feU);
}

void guest_main(uintptr_t info)
{
	(void)info;
	apic_write(REG_SVR, 0x1ff);
	apic_write(REG_DIVIDE, 0xb);
	apic_write(REG_TPR, 0);
	test_pic();
	test_io_apic();
	test_alone();
	test_timer();
	test_second();
	image_end();
}
