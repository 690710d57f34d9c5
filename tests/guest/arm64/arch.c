// SPDX-License-Identifier: Apache-2.0
#include "../guest_arch.h"

/* PL011 (Arm DDI 0183): data, flags. */
#define UARTDR 0x00U
#define UARTFR 0x18U
#define UARTFR_BUSY (1U << 3)
#define UARTFR_TXFF (1U << 5)

/* PSCI (Arm DEN 0022). */
#define PSCI_SYSTEM_OFF 0x84000008U

/* Semihosting (Arm semihosting for AArch32 and AArch64): SYS_EXIT and its reason. */
#define SYS_EXIT 0x18U
#define ADP_STOPPED_APPLICATION_EXIT 0x20026U
#define STATUS_PASSED 33U
#define STATUS_FAILED 35U

static volatile u32 *uart(u32 offset)
{
	return (volatile u32 *)((uintptr_t)GUEST_UART_BASE + offset);
}

void guest_putc(char c)
{
	while ((*uart(UARTFR) & UARTFR_TXFF) != 0U) {
	}
	*uart(UARTDR) = (u8)c;
}

u64 guest_hypercall(u64 number, u64 a, u64 b, u64 c, u64 d)
{
	register u64 x0 __asm__("x0") = number;
	register u64 x1 __asm__("x1") = a;
	register u64 x2 __asm__("x2") = b;
	register u64 x3 __asm__("x3") = c;
	register u64 x4 __asm__("x4") = d;

	/* SMCCC 1.1: x0-x3 are results, x4 to x17 are kept. */
	__asm__ volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : "r"(x4) : "memory");
	return x0;
}

#ifdef GUEST_BARE
static void machine_end(u32 status)
{
	u64 block[2] = { ADP_STOPPED_APPLICATION_EXIT,
			 status == 0U ? STATUS_PASSED : STATUS_FAILED };
	register u64 x0 __asm__("x0") = SYS_EXIT;
	register const u64 *x1 __asm__("x1") = block;

	__asm__ volatile("hlt #0xf000" ::"r"(x0), "r"(x1) : "memory");
}
#else
static void machine_end(u32 status)
{
	(void)status;
	guest_hypercall(PSCI_SYSTEM_OFF, 0, 0, 0, 0);
}
#endif

void guest_arch_exit(u32 status)
{
	while ((*uart(UARTFR) & UARTFR_BUSY) != 0U) {
	}
	machine_end(status);
	for (;;)
		__asm__ volatile("wfi");
}

void guest_arch_show(const struct guest_frame *frame)
{
	guest_printf("guest: ESR 0x%llx FAR 0x%llx x30 0x%llx sp 0x%llx\n",
		     (unsigned long long)frame->esr, (unsigned long long)frame->far,
		     (unsigned long long)frame->x[30], (unsigned long long)frame->sp);
}

void guest_start(uintptr_t info)
{
	guest_main(info);
	guest_exit(0);
}
