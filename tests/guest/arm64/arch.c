// SPDX-License-Identifier: Apache-2.0
#include "../guest_arch.h"

/* PL011 (Arm DDI 0183): data, flags. */
#define UARTDR 0x00U
#define UARTFR 0x18U
#define UARTFR_BUSY (1U << 3)
#define UARTFR_TXFF (1U << 5)

/* PSCI (Arm DEN 0022). */
#define PSCI_SYSTEM_OFF 0x84000008U
#define PSCI_CPU_ON 0xc4000003U

/* Semihosting (Arm semihosting for AArch32 and AArch64): SYS_EXIT and its reason. */
#define SYS_EXIT 0x18U
#define ADP_STOPPED_APPLICATION_EXIT 0x20026U
#define STATUS_PASSED 33U
#define STATUS_FAILED 35U

/* start.S */
void guest_secondary(void);
void guest_call_hvc(u64 x[18]);
void guest_call_smc(u64 x[18]);

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

u64 guest_hypercall_two(u64 number, u64 a, u64 b, u64 c, u64 *second)
{
	u64 x[18] = { number, a, b, c };

	guest_call_hvc(x);
	*second = x[1];
	return x[0];
}

void guest_call(u64 x[18], bool smc)
{
	if (smc)
		guest_call_smc(x);
	else
		guest_call_hvc(x);
}

/* What guest_secondary in start.S reads; 16-byte aligned stacks. */
static struct guest_cpu {
	u8 stack[4096];
	u64 sp;
	void (*fn)(u64 arg);
	u64 arg;
} __attribute__((aligned(16))) guest_cpus[GUEST_CPUS_MAX];

s64 guest_cpu_start(u32 slot, u64 target, void (*fn)(u64 arg), u64 arg)
{
	struct guest_cpu *c = &guest_cpus[slot];

	c->sp = (u64)(uintptr_t)(c->stack + sizeof(c->stack));
	c->fn = fn;
	c->arg = arg;
	return (s64)guest_hypercall(PSCI_CPU_ON, target, (u64)(uintptr_t)guest_secondary,
				    (u64)(uintptr_t)&c->sp, 0);
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

uintptr_t guest_info;

void guest_start(uintptr_t info)
{
	guest_info = info;
	guest_main(info);
	guest_exit(0);
}
