// SPDX-License-Identifier: Apache-2.0
/* Local APIC by page and by MSR, I/O APIC, the pair of 8259: one CPU that sends to itself. */
#include "attack.h"

#define PAGE 0xfee00000ULL
#define IOAPIC 0xfec00000ULL
#define IOAPIC_WINDOW (IOAPIC + 0x10U)
#define IOAPIC_EOI (IOAPIC + 0x40U)
#define APIC_BASE 0x1bU
#define DEADLINE 0x6e0U
#define TSC_ADJUST 0x3bU
#define NEAR 1000U /* ticks: so near to its end nobody sleeps */

#define ID 0x020U
#define TPR 0x080U
#define LDR 0x0d0U
#define DFR 0x0e0U
#define SVR 0x0f0U
#define ESR 0x280U
#define ICR 0x300U
#define ICR_HIGH 0x310U
#define LVT_CMCI 0x2f0U
#define LVT_TIMER 0x320U
#define LVT_THERMAL 0x330U
#define LVT_LINT0 0x350U
#define LVT_LINT1 0x360U
#define LVT_ERROR 0x370U
#define INITIAL 0x380U
#define CURRENT 0x390U
#define DIVIDE 0x3e0U
#define SELF_IPI 0x3f0U

#define MASKED 0x10000U
#define LEVEL 0x8000U

#define UART_IER 0x3f9U
#define UART_IIR 0x3faU
#define UART_PIN 4U

static bool x2apic;

static u64 msr(u32 number)
{
	u32 lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(number));
	return (u64)hi << 32 | lo;
}

/* The vector that it raised, if any. */
static u32 msr_set(u32 number, u64 value)
{
	TRY("wrmsr", , "c"(number), "a"((u32)value), "d"((u32)(value >> 32)));
	return fault;
}

u32 apic_read(u32 reg)
{
	return x2apic ? (u32)msr(0x800U + reg / 16U) : *(volatile u32 *)(PAGE + reg);
}

void apic_write(u32 reg, u32 value)
{
	if (x2apic)
		(void)msr_set(0x800U + reg / 16U, value);
	else
		*(volatile u32 *)(PAGE + reg) = value;
}

static void icr(u32 dest, u32 command)
{
	if (x2apic) {
		(void)msr_set(0x830, (u64)dest << 32 | command);
	} else {
		apic_write(ICR_HIGH, dest << 24);
		apic_write(ICR, command);
	}
}

static void settle(void)
{
	__asm__ volatile("sti\n\tnop\n\tnop\n\tcli" ::: "memory");
}

/* What came of the last command: so many of @vector. */
static void came(const char *what, u64 operand, u32 vector, u32 count)
{
	taken[vector] = 0;
	settle();
	want(what, operand, taken[vector], count);
}

/* ---- the local APIC ---- */

static u32 errors(void)
{
	apic_write(ESR, 0);
	return apic_read(ESR);
}

/* By the receiver's mode: which destinations are this vcpu, and how many then get it. */
static bool is_me(u32 dest, bool logical, bool flat)
{
	if (dest == (x2apic ? ~0U : 0xffU))
		return true;
	if (!logical)
		return dest == 0U;
	if (x2apic)
		return dest >> 16 == 0U && (dest & 1U) != 0U;
	return flat ? (dest & 0x12U) != 0U : dest >> 4 == 1U && (dest & 2U) != 0U;
}

/* Every combination of mode, shorthand and kind of destination, to itself and to nobody. */
static void commands(bool flat)
{
	static const u32 dests[] = { 0, 1, 2, 7, 0x10, 0x12, 0x22, 0xff, 0x10001, ~0U };

	for (u32 i = 0; i < 8U * 4U * 2U * ARRAY_SIZE(dests); i++) {
		const u32 mode = i % 8U;
		const u32 shorthand = i / 8U % 4U;
		const bool logical = i / 32U % 2U != 0U;
		const u32 dest = dests[i / 64U];
		const bool me = shorthand == 0U ? is_me(dest, logical, flat) : shorthand != 3U;
		const u32 vector = mode == 4U ? NMI : 0x51U;

		/* INIT to itself would be the end of it; SIPI is taken by nobody that runs. */
		if ((mode == 5U && me) || (!x2apic && dest > 0xffU))
			continue;
		taken[NMI] = 0;
		taken[0x51] = 0;
		icr(dest, 0x4000U | shorthand << 18 | (logical ? 0x800U : 0U) | mode << 8 | 0x51U);
		settle();
		want("command", i, taken[vector], me && (mode < 2U || mode == 4U) ? 1 : 0);
		want("anything else", i, taken[vector == NMI ? 0x51U : NMI], 0);
	}
}

static void illegal_vectors(void)
{
	(void)errors();
	for (u32 vector = 0; vector < 16U; vector++) {
		icr(0, 0x4000U | vector);
		want("vector that is none", vector, errors(), 0x20);
		icr(0, 0x44000U | vector);
		want("the same to itself", vector, errors(), 0x20);
		apic_write(LVT_THERMAL, vector);
		want("LVT vector", vector, errors(), 0x40);
	}
	apic_write(LVT_THERMAL, MASKED);
	apic_write(LVT_ERROR, 0x52);
	icr(0, 0x4001);
	came("error interrupt", 0, 0x52, 1);
	apic_write(LVT_ERROR, 0x400f & 0xffU);
	icr(0, 0x4001);
	(void)errors();
	apic_write(LVT_ERROR, MASKED);
	(void)errors();
	/* Received: by a level of the I/O APIC with such a vector. */
	*(volatile u32 *)IOAPIC = 0x10U + 2U * UART_PIN;
}

static void priorities(void)
{
	apic_write(TPR, 0x60);
	/* Where it could be taken at once, but for the TPR. */
	taken[0x51] = 0;
	__asm__ volatile("sti");
	icr(0, 0x4051);
	__asm__ volatile("cli");
	want("behind the TPR", 1, taken[0x51], 0);
	icr(0, 0x4071);
	came("behind the TPR", 0, 0x51, 0);
	want("above the TPR", 0, taken[0x71], 1);
	/* CR8 is the TPR. */
	__asm__ volatile("movq %0, %%cr8" ::"r"(4ULL));
	want("TPR by CR8", 4, apic_read(TPR), 0x40);
	came("let in", 0, 0x51, 1);
	for (u32 i = 0; i < 8U; i++) {
		icr(0, 0x4000U | (0x40U + 16U * i));
		apic_write(TPR, 0xf0U - 16U * i);
		settle();
	}
	/* By CR8 only with nothing waiting: QEMU ends with an assertion. */
	apic_write(TPR, 0);
	settle();
}

/* So many ticks, and exits, go by. */
static void pass(u64 ticks)
{
	const u64 from = guest_ticks();

	while (guest_ticks() - from < ticks) {
		settle();
		(void)rtc(0xd);
	}
}

/* Sleeps so many ticks, by a mode of the timer: 0 once, 1 again and again, 2 to a deadline. */
static void nap(u32 mode, u32 ticks)
{
	const u32 before = taken[0x61];
	const u64 end = guest_ticks() + ticks;

	apic_write(LVT_TIMER, mode << 17 | 0x61U);
	if (mode == 2U)
		(void)msr_set(DEADLINE, guest_ticks() + ticks);
	else
		apic_write(INITIAL, ticks);
	/* Should an exit behind STI lose its shadow, what comes before HLT would be slept over. */
	while (taken[0x61] < before + 1U + mode % 2U) {
		if (guest_ticks() + NEAR < end)
			__asm__ volatile("sti\n\thlt\n\tcli" ::: "memory");
		else
			settle();
	}
	(void)apic_read(CURRENT);
}

static void timer(void)
{
	u32 passed;
	static const u32 divisors[] = { 0, 1, 2, 3, 8, 9, 10, 11 };

	for (u32 i = 0; i < ARRAY_SIZE(divisors); i++) {
		apic_write(DIVIDE, divisors[i]);
		for (u32 mode = 0; mode < 3U; mode++)
			nap(mode, 2000);
	}
	want("deadline, passed", 0, msr(DEADLINE), 0);
	apic_write(INITIAL, 100);
	want("count in deadline mode", 0, apic_read(INITIAL) | apic_read(CURRENT), 0);
	(void)msr_set(DEADLINE, ~0ULL);
	want("deadline", 0, msr(DEADLINE), ~0ULL);
	apic_write(LVT_TIMER, 0x20061);
	want("deadline, another mode", 0, msr(DEADLINE), 0);
	(void)msr_set(DEADLINE, 1000);
	want("deadline in another mode", 0, msr(DEADLINE), 0);
	/* One at the machine's zero is passed, not none. */
	passed = taken[0x61];
	(void)msr_set(TSC_ADJUST, 0x1000);
	apic_write(LVT_TIMER, 0x40061);
	(void)msr_set(DEADLINE, 0x1000);
	pass(100);
	want("deadline at zero", 0, taken[0x61] - passed, 1);
	(void)msr_set(TSC_ADJUST, 0);
	apic_write(LVT_TIMER, 0x61);
	apic_write(INITIAL, 1);
	pass(5000);
	apic_write(INITIAL, ~0U);
	want("count", 0, apic_read(CURRENT) > 0xf0000000U, 1);
	apic_write(INITIAL, 0);
	settle();
	apic_write(LVT_TIMER, MASKED);
	/* Masked it runs out all the same; with a vector that is none, which is an error, too. */
	apic_write(INITIAL, 500);
	came("masked timer", 0, 0x61, 0);
	pass(2000);
	want("it has run out", 0, apic_read(CURRENT) + taken[0x61], 0);
	apic_write(LVT_TIMER, 3);
	(void)errors();
	apic_write(INITIAL, 500);
	pass(2000);
	want("timer without a vector", 0, errors(), 0x40);
	apic_write(APIC_EOI, 0);
	/* A clock says so when its second ends. */
	apic_write(DIVIDE, 11);
	for (u32 now = rtc(0); rtc(0) == now;)
		nap(0, 10000000);
	nap(0, 985000000);
	for (u32 i = 0; i < 100U && (rtc(0xa) & 0x80U) == 0U; i++)
		nap(0, 200000);
	want("end of a second", 0, rtc(0xa) & 0x80U, 0x80);
	apic_write(LVT_TIMER, MASKED);
}

/* What is reserved, or no register: an MSR faults, the page says nothing. */
static void reserved(void)
{
	for (u32 n = 0; n < 0x100U; n++) {
		for (u32 bit = 8; bit < 64U; bit += 7U) {
			if (x2apic && n != 0x30U && n != 0x32U && n != 0x38U)
				(void)msr_set(0x800U + n, BIT(bit));
		}
		if (x2apic) {
			TRY("rdmsr", , "c"(0x800U + n), "a"(0), "d"(0));
		} else {
			(void)*(volatile u8 *)(PAGE + 16U * n);
			(void)*(volatile u16 *)(PAGE + 16U * n + 2U);
			(void)*(volatile u64 *)(PAGE + 16U * n);
			(void)*(volatile u32 *)(PAGE + 16U * n + 4U);
			*(volatile u16 *)(PAGE + 16U * n) = 0xffff;
			if (n * 16U >= 0x400U || n < 2U)
				*(volatile u32 *)(PAGE + 16U * n) = 0;
		}
	}
	(void)errors();
}

static void restore(void)
{
	for (u32 reg = LVT_TIMER; reg <= LVT_ERROR; reg += 16U)
		apic_write(reg, MASKED);
	apic_write(LVT_CMCI, MASKED);
	apic_write(TPR, 0);
	apic_write(SVR, 0x1ff);
	settle();
	(void)errors();
}

static void modes(void)
{
	const u64 base = msr(APIC_BASE);

	want("to nowhere", 0, msr_set(APIC_BASE, (base & ~0xc00ULL) | 0x400U), GP);
	want("reserved", 1, msr_set(APIC_BASE, base | 1U), GP);
	want("elsewhere", 0, msr_set(APIC_BASE, base + 0x1000U), GP);
	/* Without a CPU feature for it, without an APIC: disabled it forgets. */
	apic_write(TPR, 0x30);
	want("off", 0, msr_set(APIC_BASE, base & ~0xc00ULL), NO_FAULT);
	x2apic = false;
	want("nobody's page", 0, *(volatile u32 *)(PAGE + TPR), ~0U);
	icr(0, 0x4051);
	settle();
	want("on", 0, msr_set(APIC_BASE, (base & ~0xc00ULL) | 0x800U), NO_FAULT);
	want("forgotten", 0, apic_read(TPR), 0);
	apic_write(SVR, 0xff);
	icr(0, 0x4051);
	came("software disabled", 0, 0x51, 0);
	apic_write(LVT_THERMAL, 0x53);
	want("masked", 0, apic_read(LVT_THERMAL), MASKED | 0x53U);
	apic_write(SVR, 0x1ff);
}

/* To one, by the short way, costs at most four fifths of the same by a shorthand, the long way. */
static void cost(void)
{
	u64 took[2];

	for (u32 i = 0; i < 2U; i++) {
		const u64 before = guest_ticks();

		for (u32 n = 0; n < 100U; n++)
			icr(0, 0x4058U | i << 18);
		took[i] = guest_ticks() - before;
		settle();
	}
	want("cost of a command", took[0], took[0] * 5U <= took[1] * 4U, 1);
}

/* One is served; of its class another waits, whatever exits meanwhile. */
static void wait_behind(void)
{
	taken[0x59] = 0;
	icr(0, 0x4059);
	(void)rtc(0xd);
	__asm__ volatile("sti");
	(void)rtc(0xd);
	__asm__ volatile("cli");
	want("while its class is served", 0, taken[0x59], 0);
}

static void served(void)
{
	taken[0x59] = 0;
	icr(0, 0x405a);
	settle();
	want("behind what was served", 0, taken[0x59], 1);
}

#define STEP(name, insn, ...)                                                          \
	do {                                                                           \
		TRY("pushfq\n\torl $0x100, (%%rsp)\n\tpopfq\n\t" insn, , __VA_ARGS__); \
		want("single step of " name, 0, fault, DB);                            \
	} while (0)

/* Of each width, by somebody and by nobody. */
static void step_ports(void)
{
	static const u16 ports[] = { 0x70, 0xcf8, 0x1234 };

	for (u32 i = 0; i < ARRAY_SIZE(ports); i++) {
		STEP("INB", "inb %%dx, %%al", "a"(0), "d"(ports[i]));
		STEP("INW", "inw %%dx, %%ax", "a"(0), "d"(ports[i]));
		STEP("INL", "inl %%dx, %%eax", "a"(0), "d"(ports[i]));
		STEP("OUTB", "outb %%al, %%dx", "a"(0), "d"(ports[i]));
		STEP("OUTL", "outl %%eax, %%dx", "a"(0), "d"(ports[i]));
	}
}

/* A command that is stepped over is sent, and the step's #DB comes right behind it. */
static void single_step(void)
{
	extern const u8 stepped[];

	for (u32 i = 0; i < 3U; i++) {
		TRY("pushfq\n\torl $0x100, (%%rsp)\n\tpopfq\n\twrmsr\n"
		    "\t.globl stepped\nstepped:\tnop",
		    , "c"(0x830), "a"(0x4058), "d"(0));
		want("single step", i, fault, DB);
		want("where", i, fault_pc, (u64)(uintptr_t)stepped);
		came("sent by it", i, 0x58, 1);
	}
	STEP("CPUID", "cpuid", "a"(0), "b"(0), "c"(0), "d"(0));
	step_ports();
}

static void local(void)
{
	apic_write(SVR, 0x1ff);
	apic_write(LDR, 0x12000000);
	commands(true);
	apic_write(DFR, 0x0fffffff);
	commands(false);
	apic_write(DFR, ~0U);
	illegal_vectors();
	priorities();
	timer();
	reserved();
	restore();
	modes();
	served();
	want("x2APIC's command", 0, msr_set(0x830, 0x51), GP);
	want("x2APIC's command to itself", 0, msr_set(0x83f, 0x51), GP);
	want("x2APIC", 0, msr_set(APIC_BASE, msr(APIC_BASE) | 0x400U), NO_FAULT);
	x2apic = true;
	apic_write(SVR, 0x1ff);
	commands(false);
	illegal_vectors();
	apic_write(SELF_IPI, 0x54);
	came("SELF IPI", 0, 0x54, 1);
	apic_write(SELF_IPI, 3);
	want("SELF IPI of no vector", 0, errors(), 0x20);
	served();
	single_step();
	/* In the shadow of STI it waits for one more instruction. */
	taken[0x58] = 0;
	TRY("sti\n\twrmsr\n\tnop\n\tcli", , "c"(0x830), "a"(0x4058), "d"(0));
	want("in the shadow of STI", 0, taken[0x58], 1);
	cost();
	for (u32 bit = 12; bit < 32U; bit++) {
		const bool defined = bit == 12U || bit == 14U || bit == 15U || bit == 18U ||
				     bit == 19U;

		if (defined)
			continue;
		want("ICR, reserved", bit, msr_set(0x830, BIT(bit) | 0x51U), GP);
		came("sent all the same", bit, 0x51, 0);
	}
	timer();
	reserved();
	restore();
	modes();
}

/* ---- the I/O APIC, by the UART's line ---- */

static void io_write(u32 reg, u32 value)
{
	*(volatile u32 *)IOAPIC = reg;
	*(volatile u32 *)IOAPIC_WINDOW = value;
}

static u32 io_read(u32 reg)
{
	*(volatile u32 *)IOAPIC = reg;
	return *(volatile u32 *)IOAPIC_WINDOW;
}

/* Level interrupts that are taken before the line falls. */
static u32 falls_after;

/* Up and down: that the transmitter is empty is told, and asked for. */
static void line(bool high)
{
	if (high)
		out_byte(UART_IER, 2);
	else
		out_byte(UART_IER, 0);
}

void interrupt_taken(u32 vector)
{
	if (vector == 0x55U && falls_after != 0U && taken[vector] == falls_after) {
		falls_after = 0;
		line(false);
	}
	if (vector == 0x5aU)
		wait_behind();
}

static void entry(u32 high, u32 low)
{
	io_write(0x10U + 2U * UART_PIN, MASKED);
	io_write(0x11U + 2U * UART_PIN, high);
	io_write(0x10U + 2U * UART_PIN, low);
}

static void io_registers(void)
{
	for (u32 reg = 0; reg < 0x100U; reg++) {
		if (reg >= 0x10U && reg < 0x40U && reg / 2U != 0x10U / 2U + UART_PIN) {
			const u32 kept = (reg & 1U) != 0U ? 0xff000000U : 0x1afffU;

			io_write(reg, ~0U);
			want("entry", reg, io_read(reg), kept);
			io_write(reg, (reg & 1U) != 0U ? 0U : MASKED);
		} else if (reg < 0x10U || reg >= 0x40U) {
			io_write(reg, ~0U);
			want("register", reg, io_read(reg),
			     reg == 0U || reg == 2U ? 0x0f000000U
			     : reg == 1U            ? 0x00170020U
						    : 0U);
		}
	}
	io_write(0, 0);
	(void)*(volatile u64 *)IOAPIC;
	(void)*(volatile u16 *)IOAPIC_WINDOW;
	(void)*(volatile u32 *)(IOAPIC + 0x20U);
	*(volatile u64 *)IOAPIC = 0;
	*(volatile u8 *)IOAPIC_WINDOW = 0;
	*(volatile u8 *)IOAPIC_EOI = 0;
	*(volatile u32 *)(IOAPIC + 0x20U) = 0;
}

static void io_delivery(void)
{
	/* An edge, once; masked: lost. */
	entry(0, 0x55);
	line(true);
	came("edge", 0, 0x55, 1);
	came("the same edge", 0, 0x55, 0);
	line(false);
	/* A level: again, until it is gone. */
	entry(0, LEVEL | 0x55U);
	falls_after = 3;
	line(true);
	came("level", 0, 0x55, 3);
	/* Its end by the I/O APIC's own register, where the local APIC is told not to. */
	apic_write(SVR, 0x11ff);
	line(true);
	came("one level", 0, 0x55, 1);
	came("not ended", 0, 0x55, 0);
	*(volatile u32 *)IOAPIC_EOI = 0x56;
	came("another's end", 0, 0x55, 0);
	*(volatile u32 *)IOAPIC_EOI = 0x55;
	came("ended", 0, 0x55, 1);
	line(false);
	/* Made an edge, it forgets that it waits. */
	io_write(0x10U + 2U * UART_PIN, 0x55);
	want("no remote IRR", 0, io_read(0x10U + 2U * UART_PIN), 0x55);
	apic_write(SVR, 0x1ff);
	for (u32 mode = 0; mode < 8U; mode++) {
		if (mode == 5U)
			continue;
		for (u32 dest = 0; dest < 256U; dest += 15U) {
			entry(dest << 24, (dest & 1U) << 11 | mode << 8 | 0x56U);
			line(true);
			settle();
			line(false);
		}
	}
	/* What is no vector has no end: a level of it does not wait for one. */
	for (u32 mode = 2; mode < 8U; mode++) {
		if (mode == 5U)
			continue;
		entry(0, LEVEL | mode << 8 | 0x56U);
		line(true);
		settle();
		want("no remote IRR", mode, io_read(0x10U + 2U * UART_PIN),
		     LEVEL | mode << 8 | 0x56U);
		line(false);
	}
	/* A level with a vector that is none: an error of who receives it. */
	(void)errors();
	entry(0, 0x0f);
	line(true);
	settle();
	want("received vector", 0, errors(), 0x40);
	line(false);
	entry(0, MASKED);
}

/* ---- the pair of 8259 ---- */

static void pic_start(u32 icw1, u32 icw4)
{
	for (u32 chip = 0; chip < 2U; chip++) {
		const u16 port = chip == 0U ? 0x20 : 0xa0;

		out_byte(port, icw1);
		out_byte(port + 1U, PIC_VECTORS + 8U * chip);
		out_byte(port + 1U, chip == 0U ? 4 : 2);
		if ((icw1 & 1U) != 0U)
			out_byte(port + 1U, icw4);
		out_byte(port + 1U, 0);
	}
}

static u32 in_service(void)
{
	out_byte(0x20, 0x0b);
	return in_byte(0x20);
}

static void pic(void)
{
	const u32 vector = PIC_VECTORS + UART_PIN;

	apic_write(LVT_LINT0, 0x700);
	for (u32 how = 0; how < 4U; how++) {
		pic_start(how == 3U ? 0x10 : 0x11, (how & 1U) << 1);
		out_byte(0x20, how == 1U ? 0x80 : 0x00);
		line(true);
		came("8259", how, vector, 1);
		want("in service", how, in_service(), how == 1U ? 0U : 0x10U);
		line(false);
		line(true);
		came("while in service", how, vector, how == 1U ? 1 : 0);
		/* In special mask mode what is in service keeps nobody out. */
		out_byte(0x20, 0x68);
		settle();
		out_byte(0x20, 0x48);
		line(false);
		/* Each form of its end. */
		for (u32 ocw2 = 0; ocw2 < 8U; ocw2++)
			out_byte(0x20, ocw2 << 5 | UART_PIN);
		out_byte(0x20, 0x20);
	}
	/* Asleep it is woken. */
	pic_start(0x11, 2);
	taken[vector] = 0;
	apic_write(LVT_TIMER, 0x61);
	apic_write(INITIAL, 10000000); /* wakes it all the same */
	line(true);
	__asm__ volatile("sti\n\thlt\n\tcli" ::: "memory");
	want("8259, asleep", 0, taken[vector], 1);
	apic_write(INITIAL, 0);
	apic_write(LVT_TIMER, MASKED);
	line(false);
	pic_start(0x11, 0);
	for (u32 lowest = 0; lowest < 8U; lowest++) {
		out_byte(0x20, 0xc0U | lowest);
		line(true);
		came("rotated", lowest, vector, 1);
		out_byte(0x20, 0xa0);
		line(false);
	}
	/* Polled, and masked. */
	out_byte(0x21, 0xff);
	want("masked", 0, in_byte(0x21), 0xff);
	line(true);
	came("masked", 0, vector, 0);
	out_byte(0x20, 0x0c);
	want("poll, nobody", 0, in_byte(0x20), 0);
	out_byte(0x21, (u8)~0x14U);
	__asm__ volatile("cli");
	out_byte(0x20, 0x0c);
	want("poll", 0, in_byte(0x20), 0x80U | UART_PIN);
	out_byte(0x20, 0x60U | UART_PIN);
	line(false);
	/* Gone before it was taken: spurious. As a level. */
	out_byte(0x4d0, 0xff);
	out_byte(0x4d1, 0xff);
	want("ELCR", 0, in_byte(0x4d0) | in_byte(0x4d1) << 8, 0xdef8);
	line(true);
	line(false);
	settle();
	line(true);
	came("level", 0, vector, 1);
	out_byte(0x20, 0x20);
	settle();
	line(false);
	out_byte(0x20, 0x20);
	settle();
	out_byte(0xa0, 0x0c);
	want("poll of the second", 0, in_byte(0xa0), 0);
	out_byte(0xa0, 0x0a);
	want("requests of the second", 0, in_byte(0xa0), 0);
	__asm__ volatile("inw $0x20, %%ax\n\toutw %%ax, $0xa0" ::: "rax");
	out_byte(0x4d0, 0);
	out_byte(0x4d1, 0);
	pic_start(0x11, 0);
	apic_write(LVT_LINT0, 0x57);
	settle();
	apic_write(LVT_LINT0, MASKED);
	out_byte(0x21, 0xff);
	out_byte(0xa1, 0xff);
	settle();
}

void attack_interrupts(void)
{
	local();
	io_registers();
	io_delivery();
	pic();
}
