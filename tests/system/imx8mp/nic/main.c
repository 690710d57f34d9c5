// SPDX-License-Identifier: Apache-2.0
/*
 * Looks at its function, device 1 of its own bus: an e1000e behind the board's root port, whose
 * registers it reads through the board's window. Then it repeats a word that is typed.
 */
#include <bulkhead/pcie/regs.h>

#include "../../../guest/guest.h"

#define FUNCTION (0x4010000000ULL + (1ULL << 15))

/* Intel 82574 (318439), 10.2.2: device status; nothing is in bits 31:20. */
#define E1000_STATUS 0x8U

#define UARTDR 0x00U
#define UARTFR 0x18U
#define FR_RXFE 0x10U
#define UARTLCR_H 0x2cU
#define LCR_H_FEN 0x10U
#define LCR_H_WLEN_8 0x60U

static u32 read32(u64 at)
{
	return *(volatile u32 *)(uintptr_t)at;
}

static void write32(u64 at, u32 v)
{
	*(volatile u32 *)(uintptr_t)at = v;
}

static void repeat(void)
{
	char word[16];
	u32 n = 0;

	write32(GUEST_UART_BASE + UARTLCR_H, LCR_H_FEN | LCR_H_WLEN_8);
	guest_printf("nic: type\n");
	while (n < sizeof(word) - 1U) {
		while ((read32(GUEST_UART_BASE + UARTFR) & FR_RXFE) != 0U) {
		}
		word[n] = (char)read32(GUEST_UART_BASE + UARTDR);
		if (word[n] == '.')
			break;
		n++;
	}
	word[n] = '\0';
	guest_printf("nic: typed %s\n", word);
}

void guest_main(uintptr_t info)
{
	const u32 bar = read32(FUNCTION + PCI_BAR0);

	(void)info;
	guest_printf("nic: id 0x%x, BAR 0x%x\n", read32(FUNCTION + PCI_ID), bar);
	guest_check((bar & 0xfU) == 0U && bar != 0U);
	guest_printf("nic: status 0x%x\n", read32((u64)bar + E1000_STATUS));
	repeat();
	guest_exit(0);
}
