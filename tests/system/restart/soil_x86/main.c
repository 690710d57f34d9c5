// SPDX-License-Identifier: Apache-2.0
/*
 * As soil/, on a PC: MSRs and registers, both APICs, the pair of 8259, clocks, the UART, KVM's
 * leaf, by numbers that differ from life to life; then it starts again, by each way there is.
 */
#include <abi/ucall.h>
#include <bulkhead/lib/string.h>

#include "../../../guest/guest.h"

#define COUNTS ((volatile u32 *)0x70000000UL)
#define LAPIC 0xfee00000UL
#define IOAPIC 0xfec00000UL
#define IOAPIC_WINDOW 0x10U
#define IOAPIC_ENTRIES 0x10U
#define IOAPIC_ENTRIES_END 0x40U

#define MSR_TSC 0x10U
#define MSR_APIC_BASE 0x1bU
#define MSR_TSC_ADJUST 0x3bU
#define MSR_PAT 0x277U
#define MSR_TSC_DEADLINE 0x6e0U
#define MSR_X2APIC 0x800U
#define MSR_KVM_TIME 0x4b564d01U
#define MSR_KVM_EOI 0x4b564d04U
#define APIC_X2 0x400U

static u64 random_state;
static u32 shared_word __aligned(64);
static u8 clock_page[64] __aligned(64);

static u64 next(void)
{
	random_state = random_state * 6364136223846793005UL + 1442695040888963407UL;
	return random_state ^ random_state >> 29;
}

static void out8(u16 port, u64 value)
{
	__asm__ volatile("outb %0, %1" ::"a"((u8)value), "Nd"(port));
}

static void put32(u64 address, u64 value)
{
	*(volatile u32 *)(uintptr_t)address = (u32)value;
}

static u64 msr(u32 number)
{
	u32 lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(number));
	return (u64)hi << 32 | lo;
}

static void msr_set(u32 number, u64 value)
{
	__asm__ volatile("wrmsr" ::"c"(number), "a"((u32)value), "d"((u32)(value >> 32)));
}

/* Protection keys, where there are some; but key 0, which may be the program's own. */
static void keys_soil(u64 cr4)
{
	u32 a = 7, b, c = 0, d;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	if ((c & 8U) == 0U)
		return;
	__asm__ volatile("movq %0, %%cr4" ::"r"(cr4 | 0x400000U));
	__asm__ volatile("wrpkru" ::"a"((u32)next() & ~3U), "c"(0), "d"(0));
}

static void registers_soil(void)
{
	static const u32 any[] = { 0x174,      0x175,      0x176,      0xc0000081, 0xc0000082,
				   0xc0000083, 0xc0000084, 0xc0000102, 0x201,      0x203 };
	static const u32 types[] = { 0x250, 0x258, 0x268, 0x26f };
	u64 cr4;

	for (u32 i = 0; i < ARRAY_SIZE(any); i++)
		msr_set(any[i], next() & 0x7ffff800U);
	for (u32 i = 0; i < ARRAY_SIZE(types); i++)
		msr_set(types[i], (next() & 1U) != 0U ? 0x0606060606060606U : 0x0404040404040404U);
	msr_set(MSR_PAT, 0x0007040600070400ULL | (next() & 1U) * 6U);
	msr_set(MSR_TSC, next() >> 20);
	msr_set(MSR_TSC_ADJUST, next() >> 20);
	__asm__ volatile("movq %0, %%db0\n\tmovq %1, %%db3\n\tmovq %2, %%cr2" ::"r"(next() >> 32),
			 "r"(next() >> 32), "r"(next()));
	__asm__ volatile("movq %%cr4, %0" : "=r"(cr4));
	__asm__ volatile("movq %0, %%cr4" ::"r"(cr4 | 0x600U | (next() & 0xcU)));
	__asm__ volatile("movq %%cr4, %0" : "=r"(cr4));
	keys_soil(cr4);
	__asm__ volatile("fninit\n\tfld1\n\tmovq %0, %%xmm3\n\tmovq %1, %%xmm14" ::"r"(next()),
			 "r"(next()));
	msr_set(MSR_KVM_TIME, (u64)(uintptr_t)clock_page | 1U);
	msr_set(MSR_KVM_EOI, (u64)(uintptr_t)&shared_word | 1U);
}

/* In either mode; nothing is taken, and every command is to itself. */
static void lapic_soil(void)
{
	static const u16 any[] = { 0x320, 0x330, 0x340, 0x350, 0x360, 0x370 };
	const bool x2 = (next() & 1U) != 0U;

	put32(LAPIC + 0xf0U, 0x1ff);
	put32(LAPIC + 0xd0U, next());
	put32(LAPIC + 0xe0U, next());
	put32(LAPIC + 0x80U, next() & 0x3fU);
	put32(LAPIC + 0x3e0U, next() & 0xbU);
	for (u32 i = 0; i < ARRAY_SIZE(any); i++)
		put32(LAPIC + any[i], (next() & 0xffU) | (i == 0U ? next() & 0x20000U : 0U));
	put32(LAPIC + 0x380U, next() >> 8);
	if (x2)
		msr_set(MSR_APIC_BASE, msr(MSR_APIC_BASE) | APIC_X2);
	for (u32 i = 0; i < 8U; i++) {
		const u64 command = 0x44000U | (next() & 0xffU);

		if (x2)
			msr_set(MSR_X2APIC + 0x30U, command);
		else
			put32(LAPIC + 0x300U, command);
	}
}

static void ioapic_soil(void)
{
	for (u32 i = IOAPIC_ENTRIES; i < IOAPIC_ENTRIES_END; i++) {
		put32(IOAPIC, i);
		/* Fixed, masked or not. */
		put32(IOAPIC + IOAPIC_WINDOW, (i & 1U) != 0U ? next() : next() & 0x1a8ffU);
	}
	put32(IOAPIC, 0);
	put32(IOAPIC + IOAPIC_WINDOW, next());
	put32(IOAPIC, next() & 0x3fU);
}

static void ports_soil(void)
{
	static const u16 any[] = { 0x20,  0x21,  0x21,  0x21,  0xa0,  0xa1,  0xa1, 0x4d0, 0x4d1,
				   0x40,  0x40,  0x43,  0x41,  0x42,  0x43,  0x61, 0x42,  0x70,
				   0x3f9, 0x3fa, 0x3fc, 0x3ff, 0x600, 0x602, 0x603 };
	u32 address = (u32)next() | 0x80000000U;

	out8(0x20, 0x11U | (next() & 0xaU));
	for (u32 i = 0; i < ARRAY_SIZE(any); i++)
		out8(any[i], next());
	/* The clock's rate, modes and memory; its time of day goes on. */
	out8(0x70, 0x0a);
	out8(0x71, next());
	out8(0x70, 0x0b);
	out8(0x71, next() & 0x7eU);
	for (u32 i = 0x40; i < 0x60U; i++) {
		out8(0x70, i);
		out8(0x71, next());
	}
	out8(0x3fb, next());
	__asm__ volatile("outl %0, %1" ::"a"(address), "d"((u16)0xcf8));
	out8(0xcf9, 2);
}

/* The keyboard controller, port 92h, port CF9h. */
static void start_again(u32 way)
{
	static const struct {
		u16 port;
		u8 value;
	} ways[] = { { 0x64, 0xfe }, { 0x92, 1 }, { 0xcf9, 6 } };

	out8(ways[way % ARRAY_SIZE(ways)].port, ways[way % ARRAY_SIZE(ways)].value);
	for (;;)
		__asm__ volatile("hlt");
}

void guest_main(uintptr_t info __unused)
{
	const u32 lives = guest_number(guest_bootargs());
	struct guest_channel channel;
	u32 life;

	guest_check(lives != 0U && guest_channel_find(0, &channel));
	life = ++COUNTS[channel.end];
	random_state = life * 2U + channel.end;
	if (life >= lives)
		guest_exit(0);
	registers_soil();
	lapic_soil();
	ioapic_soil();
	ports_soil();
	(void)guest_hypercall(UCALL_BASE + UCALL_OP_BELL, channel.bell, 0, 0, 0);
	(void)guest_hypercall(UCALL_BASE + UCALL_OP_ALIVE, 0, 0, 0, 0);
	start_again(life);
}
