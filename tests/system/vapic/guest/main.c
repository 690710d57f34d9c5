// SPDX-License-Identifier: Apache-2.0
/* Handlers and bookkeeping of the test guest. */
#include "apic.h"

volatile u32 taken[2][256];
volatile u32 faults;
void (*volatile on_entry)(u32 vector);
void (*volatile on_interrupt)(u32 vector);
volatile bool x2apic;

volatile u64 fixup;

u32 port_read(u32 reg)
{
	u32 v;

	__asm__ volatile("inl %w1, %0" : "=a"(v) : "d"(DEVICE_PORT + reg));
	return v;
}

void port_write(u32 reg, u32 value)
{
	__asm__ volatile("outl %0, %w1" ::"a"(value), "d"(DEVICE_PORT + reg));
}

u32 page_read(u32 reg)
{
	return *(volatile u32 *)(PAGE + reg);
}

void page_write(u32 reg, u32 value)
{
	*(volatile u32 *)(PAGE + reg) = value;
}

u64 msr_read(u32 msr)
{
	u32 lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return (u64)hi << 32 | lo;
}

void msr_write(u32 msr, u64 value)
{
	__asm__ volatile("wrmsr" ::"c"(msr), "a"((u32)value), "d"((u32)(value >> 32)) : "memory");
}

bool msr_read_safe(u32 msr, u64 *value)
{
	u32 lo = 0;
	u32 hi = 0;

	faults = 0;
	__asm__ volatile("movq $1f, %2\n\trdmsr\n1:"
			 : "=a"(lo), "=d"(hi), "=m"(fixup)
			 : "c"(msr), "0"(0), "1"(0)
			 : "memory");
	*value = (u64)hi << 32 | lo;
	return faults == 0U;
}

bool msr_write_safe(u32 msr, u64 value)
{
	faults = 0;
	__asm__ volatile("movq $1f, %0\n\twrmsr\n1:"
			 : "=m"(fixup)
			 : "c"(msr), "a"((u32)value), "d"((u32)(value >> 32))
			 : "memory");
	return faults == 0U;
}

u32 apic_read(u32 reg)
{
	return x2apic ? (u32)msr_read(0x800U + reg / 16U) : page_read(reg);
}

void apic_write(u32 reg, u32 value)
{
	if (x2apic)
		msr_write(0x800U + reg / 16U, value);
	else
		page_write(reg, value);
}

void icr(u32 dest, u32 command)
{
	if (x2apic) {
		msr_write(0x830, (u64)dest << 32 | command);
	} else {
		page_write(REG_ICR_HIGH, dest << 24);
		page_write(REG_ICR, command);
	}
}

static u32 self(void)
{
	return x2apic ? (u32)msr_read(0x802) : page_read(REG_ID) >> 24;
}

void guest_exception(struct guest_frame *frame, u32 vector)
{
	if (on_entry != NULL)
		on_entry(vector);
	if (vector == VECTOR_GP && fixup != 0U) {
		frame->pc = fixup;
		fixup = 0;
		faults++;
		return;
	}
	if (vector != VECTOR_NMI && vector < 32U) {
		guest_printf("exception %u at 0x%llx, error 0x%llx\n", vector,
			     (unsigned long long)frame->pc, (unsigned long long)frame->error);
		guest_exit(1);
	}
	taken[self()][vector]++;
	if (on_interrupt != NULL)
		on_interrupt(vector);
	if (vector != VECTOR_NMI && vector != 0xffU && !pv_eoi_end())
		apic_write(REG_EOI, 0);
}

void settle(void)
{
	irqs_on();
	for (volatile u32 i = 0; i < 20U; i++) {
	}
	irqs_off();
}

void guest_main(uintptr_t info __unused)
{
	if (test_rate())
		return;
	test_features();
	test_registers();
	page_write(REG_SVR, 0x1ff);
	test_kvm();
	test_pv_eoi();
	test_interrupts();
	second_start();
	test_second();
	measure();
}
