// SPDX-License-Identifier: Apache-2.0
/*
 * A guest that has QEMU's edu on its PCI bus: has it send messages to its local APIC, by the rules
 * and not by the rules, assert its line, and then waits for what is typed. With "type" on its
 * command line it has no edu.
 */
#include <bulkhead/lib/string.h>

#include "../../../guest/guest.h"

#define CONFIG_SPACE 0xe0000000U
#define FUNCTION(device) ((device) << 15)
#define EDU_ID 0x11e81234U

#define CONFIG_COMMAND 0x04U
#define COMMAND_MASTER 0x4U
#define COMMAND_INTX_OFF 0x400U
#define CONFIG_LINE 0x3cU
#define CONFIG_BAR0 0x10U
#define CONFIG_CAPABILITIES 0x34U
#define CAPABILITY_MSI 0x05U
#define MSI_ENABLE (1U << 16)
#define MSI_64 (1U << 23)

#define EDU_STATUS 0x24U
#define EDU_RAISE 0x60U
#define EDU_ACK 0x64U

/* A message to local APIC 0; the library's vectors begin at 20h. */
#define MESSAGE 0xfee00000U
#define VECTOR(line) (0x20U + (line))
#define FIRST 22U
#define SECOND 23U
#define NOBODYS 0x0fU
#define LINE 10U /* the first that a line of the board gets */
#define AGAIN 3U

#define RAISES 100U
#define TWICE 3U /* that QEMU may deliver two times: CAVEATS.md */
#define TURNS 100000U

#define COM1 0x3f8U
#define COM1_IER (COM1 + 1U)
#define COM1_FCR (COM1 + 2U)
#define COM1_MCR (COM1 + 4U)
#define COM1_LSR (COM1 + 5U)
#define COM1_PIN 4U
#define IER_RECEIVED 1U
#define FCR_ENABLE 1U /* what is typed at once fits */
#define MCR_OUT2 0x8U
#define LSR_DR 1U
#define TYPED 3U

static volatile u32 came[32];
static volatile u64 came_at;
static u64 fastest = ~0ULL;
static uintptr_t function, edu;
static u32 msi;

static volatile char typed[TYPED + 1U];
static volatile u32 typed_count;

static u32 read32(uintptr_t at)
{
	return *(volatile u32 *)at;
}

static void write32(uintptr_t at, u32 value)
{
	*(volatile u32 *)at = value;
}

static void out8(u16 port, u8 v)
{
	__asm__ volatile("outb %0, %1" ::"a"(v), "Nd"(port));
}

static u8 in8(u16 port)
{
	u8 v;

	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static void message(u32 line)
{
	came_at = guest_ticks();
	came[line]++;
	write32(edu + EDU_ACK, read32(edu + EDU_STATUS));
}

static void find(void)
{
	for (u32 i = 0; i < 32U && function == 0U; i++) {
		if (read32(CONFIG_SPACE + FUNCTION(i)) == EDU_ID)
			function = CONFIG_SPACE + FUNCTION(i);
	}
	guest_check(function != 0U);
	edu = read32(function + CONFIG_BAR0) & ~0xfU;
	msi = read32(function + CONFIG_CAPABILITIES) & 0xffU;
	while (msi != 0U && (read32(function + msi) & 0xffU) != CAPABILITY_MSI)
		msi = read32(function + msi) >> 8 & 0xffU;
	guest_check(msi != 0U);
	write32(function + CONFIG_COMMAND, read32(function + CONFIG_COMMAND) | COMMAND_MASTER);
}

static void messages_to(u32 address, u32 data, bool on)
{
	const u32 control = read32(function + msi);

	guest_check((control & MSI_64) != 0U);
	write32(function + msi, control & ~MSI_ENABLE);
	write32(function + msi + 4U, address);
	write32(function + msi + 8U, 0);
	write32(function + msi + 12U, data);
	guest_check(read32(function + msi + 4U) == address);
	guest_check((read32(function + msi + 12U) & 0xffffU) == data);
	if (on)
		write32(function + msi, control | MSI_ENABLE);
}

/* How many of @count come as @line. */
static u32 raise(u32 line, u32 count)
{
	const u32 before = came[line];

	for (u32 i = 0; i < count; i++) {
		const u32 now = came[line];
		const u64 begin = guest_ticks();

		guest_irq_on();
		write32(edu + EDU_RAISE, 1);
		for (u32 k = 0; k < TURNS && came[line] == now; k++)
			__asm__ volatile("pause");
		guest_irq_off();
		if (came[line] != now && came_at - begin < fastest)
			fastest = came_at - begin;
		write32(edu + EDU_ACK, read32(edu + EDU_STATUS));
	}
	return came[line] - before;
}

static bool is_about(u32 n, u32 wanted)
{
	return n >= wanted && n - wanted <= TWICE;
}

static void messages(void)
{
	find();
	guest_irq_enable(FIRST, true, message);
	guest_irq_enable(SECOND, true, message);
	messages_to(MESSAGE, VECTOR(FIRST), true);
	guest_check(is_about(raise(FIRST, RAISES), RAISES));
	guest_check(is_about(raise(FIRST, 1), 1));
	messages_to(MESSAGE, VECTOR(SECOND), true);
	guest_check(is_about(raise(SECOND, RAISES), RAISES));
	/* Switched off; a vector that is none; nobody's APIC; no address of one at all. */
	messages_to(MESSAGE, VECTOR(SECOND), false);
	guest_check(raise(SECOND, 1) == 0U);
	messages_to(MESSAGE, NOBODYS, true);
	guest_check(raise(SECOND, 1) == 0U);
	messages_to(MESSAGE | 0x77000U, VECTOR(SECOND), true);
	guest_check(raise(SECOND, 1) == 0U);
	messages_to(0x1000U, VECTOR(SECOND), true);
	guest_check(raise(SECOND, 1) == 0U);
	messages_to(MESSAGE, VECTOR(SECOND), true);
	guest_check(is_about(raise(SECOND, 1), 1));
	guest_check(is_about(came[FIRST], RAISES + 1U) && is_about(came[SECOND], RAISES + 1U));
	guest_printf("devices: %u messages, the fastest took %u ticks\n",
		     came[FIRST] + came[SECOND], (u32)fastest);
}

/* Every AGAINth time it is ended but stays asserted, and so comes again. */
static void asserted(u32 line)
{
	came_at = guest_ticks();
	came[line]++;
	if (came[line] % AGAIN != 0U)
		write32(edu + EDU_ACK, read32(edu + EDU_STATUS));
}

static void pin(void)
{
	const u32 control = read32(function + msi);
	u32 before;

	guest_check((read32(function + CONFIG_LINE) >> 8 & 0xffU) == 1U);
	write32(function + msi, control & ~MSI_ENABLE);
	fastest = ~0ULL;
	/* Closed: what is asserted meanwhile comes when it is opened. */
	guest_check(raise(LINE, 1) == 0U);
	guest_irq_enable(LINE, false, asserted);
	guest_check(raise(LINE, RAISES) >= RAISES);
	guest_check(came[LINE] >= RAISES + RAISES / AGAIN);
	before = came[LINE];
	guest_irq_on();
	for (u32 k = 0; k < TURNS; k++)
		__asm__ volatile("pause");
	guest_irq_off();
	guest_check(came[LINE] == before);
	/* Switched off at the function. */
	write32(function + CONFIG_COMMAND, read32(function + CONFIG_COMMAND) | COMMAND_INTX_OFF);
	guest_check(raise(LINE, 1) == 0U);
	write32(function + CONFIG_COMMAND, read32(function + CONFIG_COMMAND) & ~COMMAND_INTX_OFF);
	guest_check(raise(LINE, AGAIN) >= AGAIN);
	guest_printf("devices: the line came %u times, the fastest took %u ticks\n", came[LINE],
		     (u32)fastest);
}

static void received(u32 line __unused)
{
	while ((in8(COM1_LSR) & LSR_DR) != 0U) {
		const char c = (char)in8(COM1);

		if (typed_count < TYPED)
			typed[typed_count] = c;
		typed_count++;
	}
}

static void console(void)
{
	guest_irq_enable(COM1_PIN, true, received);
	out8(COM1_FCR, FCR_ENABLE);
	out8(COM1_MCR, MCR_OUT2);
	out8(COM1_IER, IER_RECEIVED);
	guest_printf("devices: type abc\n");
	while (typed_count < TYPED)
		guest_irq_wait();
	guest_printf("devices: %c%c%c was typed\n", typed[0], typed[1], typed[2]);
	guest_check(typed[0] == 'a' && typed[1] == 'b' && typed[2] == 'c');
}

void guest_main(uintptr_t info __unused)
{
	const char *args = guest_bootargs();

	guest_irq_init();
	if (args == NULL || strcmp(args, "type") != 0) {
		messages();
		pin();
	}
	console();
	guest_exit(0);
}
