/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SYSTEM_FREEZE_X86_H
#define TESTS_SYSTEM_FREEZE_X86_H

#define LAPIC 0xfee00000U
#define LAPIC_ID 0x020U
#define LAPIC_END 0x400U
#define LVT_TIMER 0x320U
#define LVT_DEADLINE 0x40000U
#define TSC_DEADLINE 0x6e0U
#define ICR 0x300U
#define ICR_HIGH 0x310U
#define ICR_ASSERT 0x4000U
#define ICR_SELF 0x40000U
#define ICR_OTHERS 0xc0000U
#define IOAPIC 0xfec00000U
#define IOAPIC_WINDOW 0x10U
#define IOAPIC_REGISTERS 0x40U
#define PM1_CONTROL 0x604U
#define PM1_OFF 0x3400U
#define RESET_CONTROL 0xcf9U
#define RESET_NOW 6U
#define CPUID_KVM 0x40000000U
#define KVM_SEND_IPI 10U
#define KVM_YIELD 11U
#define PIN 23U /* nobody raises it: its vector is for commands */
#define VECTOR (0x20U + PIN)

/* RDMSR and WRMSR of what is not there: two bytes. */
static inline void machine_exception(struct guest_frame *frame, u32 vector)
{
	if (!guest_arch_interrupt(vector))
		frame->pc += 2U;
}

static inline void put(uintptr_t at, u32 value)
{
	*(volatile u32 *)at = value;
}

static inline u32 get(uintptr_t at)
{
	return *(volatile u32 *)at;
}

static inline void port_again(u16 port)
{
	u8 v;

	__asm__ volatile("inb %w1, %0" : "=a"(v) : "d"(port));
	__asm__ volatile("outb %0, %w1" ::"a"(v), "d"(port));
}

static inline void msr_again(u32 msr)
{
	u32 lo = 0;
	u32 hi = 0;

	__asm__ volatile("rdmsr\n\twrmsr" : "+a"(lo), "+d"(hi) : "c"(msr) : "memory");
}

static inline void apics_touch(void)
{
	for (u32 offset = LAPIC_ID; offset < LAPIC_END; offset += 0x10U) {
		if (offset != ICR && offset != ICR_HIGH)
			put(LAPIC + offset, get(LAPIC + offset));
	}
	for (u32 i = 0; i < IOAPIC_REGISTERS; i++) {
		put(IOAPIC, i);
		put(IOAPIC + IOAPIC_WINDOW, get(IOAPIC + IOAPIC_WINDOW));
	}
}

/* PICs, 8254, port B, RTC, system control A, UART, PM1 events and timer, PCI, nobody. */
static inline void ports_touch(void)
{
	static const u16 ports[] = { 0x20,  0x21,  0xa0,  0xa1,  0x4d0, 0x4d1, 0x40,  0x41,  0x42,
				     0x61,  0x70,  0x71,  0x92,  0x3f9, 0x3fa, 0x3fb, 0x3fc, 0x3fd,
				     0x3fe, 0x3ff, 0x600, 0x602, 0x608, 0xcf8, 0xcfc, 0x80 };

	for (u32 i = 0; i < ARRAY_SIZE(ports); i++)
		port_again(ports[i]);
}

static inline void cpu_touch(void)
{
	/* TSC, APIC_BASE, TSC_ADJUST, SYSENTER_CS, PAT, an MTRR, EFER, deadline, KVM's clocks. */
	static const u32 msrs[] = { 0x10,  0x1b,       0x3b,  0x174,      0x277,
				    0x200, 0xc0000080, 0x6e0, 0x4b564d00, 0x4b564d01 };
	u32 eax = CPUID_KVM;
	u32 ebx, ecx, edx;
	u64 cr4;

	for (u32 i = 0; i < ARRAY_SIZE(msrs); i++)
		msr_again(msrs[i]);
	__asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx));
	__asm__ volatile("movq %%cr4, %0\n\tmovq %0, %%cr4\n\twbinvd" : "=r"(cr4)::"memory");
}

static inline void machine_touch_all(void)
{
	apics_touch();
	ports_touch();
	cpu_touch();
	(void)guest_hypercall(KVM_SEND_IPI, ~1ULL, 0, 0, VECTOR);
	(void)guest_hypercall(KVM_YIELD, 0, 0, 0, 0);
}

static inline void machine_send_all(void)
{
	put(LAPIC + ICR, ICR_OTHERS | ICR_ASSERT | VECTOR);
	put(LAPIC + ICR, ICR_SELF | ICR_ASSERT | VECTOR);
}

static inline void machine_touch(void)
{
	(void)get(LAPIC + LAPIC_ID);
	put(IOAPIC, 1);
}

static inline void machine_call(void)
{
	(void)guest_hypercall(KVM_YIELD, 0, 0, 0, 0);
}

static inline void machine_send_init(void (*fn)(u32 intid))
{
	guest_irq_enable(PIN, true, fn);
}

static inline void machine_send(void)
{
	put(LAPIC + ICR_HIGH, get(LAPIC + LAPIC_ID));
	put(LAPIC + ICR, ICR_ASSERT | VECTOR);
}

/* By deadline: a count of one may be over, or not yet, when Bulkhead looks. */
static inline void machine_timer_init(void (*fn)(u32 intid))
{
	guest_irq_enable(GUEST_TIMER_INTID, true, fn);
	put(LAPIC + LVT_TIMER, get(LAPIC + LVT_TIMER) | LVT_DEADLINE);
}

/* None disarms it. */
static inline void machine_timer(u64 deadline)
{
	const u64 at = deadline != 0U ? deadline : 1U;

	__asm__ volatile("wrmsr" ::"c"(TSC_DEADLINE), "a"((u32)at), "d"((u32)(at >> 32)));
}

static inline void machine_sleep(void)
{
	guest_irq_wait();
}

static inline void machine_reset(void)
{
	__asm__ volatile("outb %0, %w1" ::"a"((u8)RESET_NOW), "d"(RESET_CONTROL));
	for (;;)
		guest_relax();
}

static inline void machine_off(void)
{
	__asm__ volatile("outw %w0, %w1" ::"a"(PM1_OFF), "d"(PM1_CONTROL));
	for (;;)
		guest_relax();
}

#endif
