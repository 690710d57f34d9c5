// SPDX-License-Identifier: Apache-2.0
/*
 * The I/O APIC and the local APIC's timer (Intel SDM volume 3, chapter 11; 82093AA), as far as a
 * small guest on one CPU needs them.
 */
#include "../guest_arch.h"

#define LAPIC 0xfee00000U
#define LAPIC_EOI 0x0b0U
#define LAPIC_SVR 0x0f0U
#define LAPIC_SVR_ENABLE 0x100U
#define LAPIC_LVT_TIMER 0x320U
#define LAPIC_INITIAL 0x380U
#define LAPIC_DIVIDE 0x3e0U
#define DIVIDE_BY_1 0xbU
#define LVT_MASKED (1U << 16)

#define IOAPIC 0xfec00000U
#define IOAPIC_DATA 0x10U
#define IOAPIC_ENTRY(pin) (0x10U + 2U * (pin))
#define IOAPIC_LEVEL (1U << 15)

/* Vectors: pin n of the I/O APIC, the timer behind the pins, spurious. */
#define VECTOR_FIRST 0x20U
#define VECTOR_SPURIOUS 0xffU
#define LINES 32U

#define PIC_DATA 0x21U
#define PIC2_DATA 0xa1U

#define CPUID_FREQUENCIES 0x40000010U

static void (*handlers[LINES])(u32 intid);

static void lapic_write(u32 reg, u32 value)
{
	*(volatile u32 *)((uintptr_t)LAPIC + reg) = value;
}

static void ioapic_write(u32 index, u32 value)
{
	*(volatile u32 *)(uintptr_t)IOAPIC = index;
	*(volatile u32 *)((uintptr_t)IOAPIC + IOAPIC_DATA) = value;
}

static void mask_pic(u16 port)
{
	__asm__ volatile("outb %0, %1" ::"a"((u8)0xff), "Nd"(port));
}

void guest_irq_init(void)
{
	mask_pic(PIC_DATA);
	mask_pic(PIC2_DATA);
	lapic_write(LAPIC_SVR, LAPIC_SVR_ENABLE | VECTOR_SPURIOUS);
	lapic_write(LAPIC_DIVIDE, DIVIDE_BY_1);
	lapic_write(LAPIC_LVT_TIMER, LVT_MASKED);
}

void guest_irq_enable(u32 intid, bool edge, void (*fn)(u32 intid))
{
	const u32 vector = VECTOR_FIRST + intid;

	guest_check(intid < LINES);
	handlers[intid] = fn;
	if (intid == GUEST_TIMER_INTID) {
		lapic_write(LAPIC_LVT_TIMER, vector);
		return;
	}
	ioapic_write(IOAPIC_ENTRY(intid) + 1U, 0);
	ioapic_write(IOAPIC_ENTRY(intid), vector | (edge ? 0U : IOAPIC_LEVEL));
}

bool guest_arch_interrupt(u32 vector)
{
	const u32 intid = vector - VECTOR_FIRST;

	if (vector == VECTOR_SPURIOUS)
		return true;
	if (vector < VECTOR_FIRST || intid >= LINES || handlers[intid] == NULL)
		return false;
	handlers[intid](intid);
	lapic_write(LAPIC_EOI, 0);
	return true;
}

void guest_irq_on(void)
{
	__asm__ volatile("sti\n\tnop" ::: "memory");
}

void guest_irq_off(void)
{
	__asm__ volatile("cli" ::: "memory");
}

/* HLT wants interrupts on: what is pending is taken. */
void guest_irq_wait(void)
{
	__asm__ volatile("sti\n\thlt\n\tcli" ::: "memory");
}

u64 guest_hz(void)
{
	static u64 hz;
	u32 eax = CPUID_FREQUENCIES;
	u32 ebx, ecx, edx;

	if (hz != 0U)
		return hz;
	__asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx));
	hz = (u64)eax * 1000U;
	guest_check(hz != 0U);
	return hz;
}

/* The timer counts at the rate of the TSC. */
void guest_timer_set(u64 deadline)
{
	const u64 now = guest_ticks();
	const u64 left = deadline > now ? deadline - now : 1U;

	lapic_write(LAPIC_INITIAL, left < UINT32_MAX ? (u32)left : UINT32_MAX);
}

void guest_timer_stop(void)
{
	lapic_write(LAPIC_INITIAL, 0);
}
