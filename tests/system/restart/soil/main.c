// SPDX-License-Identifier: Apache-2.0
/*
 * Soils what Bulkhead keeps for it, by numbers that differ from life to life, and starts again:
 * registers of both vcpus, interrupt controller, UART, a bell that is not heard. The end of a
 * channel tells which of two it is; lives are counted in memory that both see and no start clears.
 */
#include <abi/ucall.h>
#include <bulkhead/lib/string.h>

#include "../../../guest/guest.h"

#define COUNTS ((volatile u32 *)0x70000000UL)

#define GICD 0x08000000UL
#define GICR_SGI(cpu) (0x080b0000UL + (cpu) * 0x20000UL)
#define GICD_ISENABLER 0x100U
#define GICD_ISPENDR 0x200U
#define GICD_ISACTIVER 0x300U
#define GICD_IPRIORITYR 0x400U
#define GICD_ICFGR 0xc00U
#define GICD_IROUTER 0x6000U
#define SPIS_FIRST 32U
#define SPIS_END 288U

#define UARTIBRD 0x24U
#define UARTIMSC 0x38U

#define PSCI_CPU_OFF 0x84000002U
#define PSCI_SYSTEM_RESET 0x84000009U
#define PSCI_SYSTEM_RESET2 0xc4000012U

/* One of so many lives of the first restarts the second besides. */
#define RESTART_EACH 4U

static u64 random_state;
static volatile bool soiled;

static u64 next(void)
{
	random_state = random_state * 6364136223846793005UL + 1442695040888963407UL;
	return random_state ^ random_state >> 29;
}

static void put32(u64 address, u64 value)
{
	*(volatile u32 *)(uintptr_t)address = (u32)value;
}

/* By name. */
#define REGISTERS(X)      \
	X(sp_el0)         \
	X(esr_el1)        \
	X(far_el1)        \
	X(par_el1)        \
	X(ttbr0_el1)      \
	X(ttbr1_el1)      \
	X(mair_el1)       \
	X(contextidr_el1) \
	X(tpidr_el0)      \
	X(tpidrro_el0)    \
	X(tpidr_el1)      \
	X(cntkctl_el1)    \
	X(cntv_cval_el0)  \
	X(cntp_cval_el0)  \
	X(csselr_el1)     \
	X(elr_el1)        \
	X(afsr0_el1)      \
	X(amair_el1)

static void registers_soil(void)
{
#define PUT(reg) __asm__ volatile("msr " #reg ", %0" ::"r"(next()));
	REGISTERS(PUT)
	/* Both timers are on, and masked or not. */
	__asm__ volatile("msr cntv_ctl_el0, %0" ::"r"(1UL | (next() & 2U)));
	__asm__ volatile("msr cntp_ctl_el0, %0" ::"r"(1UL | (next() & 2U)));
	__asm__ volatile("msr cpacr_el1, %0\n\tisb" ::"r"(3UL << 20));
	__asm__ volatile(".arch_extension fp\n\t"
			 "fmov d0, %0\n\tfmov d17, %1\n\tmsr fpcr, %2\n\tmsr fpsr, %3\n\t"
			 ".arch_extension nofp" ::"r"(next()),
			 "r"(next()), "r"(next() & 0x07c00000U), "r"(next() & 0x9fU));
}

/* What is taken is nothing: PSTATE masks it. */
static void private_soil(u64 cpu)
{
	for (u32 i = 0; i < 32U; i += 4U)
		put32(GICR_SGI(cpu) + GICD_IPRIORITYR + i, next());
	put32(GICR_SGI(cpu) + GICD_ISENABLER, next());
	put32(GICR_SGI(cpu) + GICD_ISPENDR, next());
	put32(GICR_SGI(cpu) + GICD_ISACTIVER, next() & 0xffffU);
	put32(GICR_SGI(cpu) + GICD_ICFGR + 4U, next());
}

static void distributor_soil(void)
{
	for (u32 i = SPIS_FIRST; i < SPIS_END; i++)
		*(volatile u64 *)(GICD + GICD_IROUTER + 8U * i) = next() & 1U;
	for (u32 i = SPIS_FIRST; i < SPIS_END; i += 4U)
		put32(GICD + GICD_IPRIORITYR + i, next());
	for (u32 i = SPIS_FIRST; i < SPIS_END; i += 16U)
		put32(GICD + GICD_ICFGR + i / 4U, next());
	for (u32 i = SPIS_FIRST; i < SPIS_END; i += 32U) {
		put32(GICD + GICD_ISENABLER + i / 8U, next());
		put32(GICD + GICD_ISPENDR + i / 8U, next());
		put32(GICD + GICD_ISACTIVER + i / 8U, next());
	}
}

static void uart_soil(u32 life)
{
	for (u32 i = UARTIBRD; i <= UARTIMSC; i += 4U)
		put32(GUEST_UART_BASE + i, next());
	/* CR: what is written is sent on, or not. A line that has no end. */
	put32(GUEST_UART_BASE + 0x30U, 0x301U);
	for (u32 i = 0; i < life % 8U; i++)
		guest_putc('.');
}

static void second(u64 seed)
{
	random_state = seed;
	registers_soil();
	private_soil(1);
	/* SGIs to itself and the first, which nobody takes. */
	__asm__ volatile("msr icc_pmr_el1, %0\n\tmsr icc_sgi1r_el1, %1\n\tisb" ::"r"(0xf8UL),
			 "r"(3UL | (next() & 0xfUL) << 24));
	soiled = true;
	if ((seed & 1U) != 0U)
		(void)guest_hypercall(PSCI_CPU_OFF, 0, 0, 0, 0);
	for (;;)
		__asm__ volatile("wfi");
}

/* It may be off already, on its way, or in the middle of its work. */
static void peer_restart(void)
{
	const u32 node = guest_node("bulkhead,partition", 0);
	u32 length;
	const void *handle = guest_property(node, "bulkhead,handle", &length);

	guest_check(handle != NULL);
	guest_check((s64)guest_hypercall(UCALL_BASE + UCALL_OP_RESTART, guest_be32(handle, 0), 0, 0,
					 0) == UCALL_OK);
}

void guest_main(uintptr_t info)
{
	const u32 lives = guest_number(guest_bootargs());
	struct guest_channel channel;
	u32 life;

	(void)info;
	guest_check(guest_channel_find(0, &channel));
	life = ++COUNTS[channel.end];
	random_state = life * 2U + channel.end;
	if (life >= lives)
		guest_exit(0);
	guest_irq_init();
	guest_check(guest_cpu_start(0, 1, second, next()) == 0);
	registers_soil();
	private_soil(0);
	distributor_soil();
	(void)guest_hypercall(UCALL_BASE + UCALL_OP_BELL, channel.bell, 0, 0, 0);
	(void)guest_hypercall(UCALL_BASE + UCALL_OP_ALIVE, 0, 0, 0, 0);
	while (!soiled && (life & 1U) != 0U)
		__asm__ volatile("yield");
	uart_soil(life);
	if (channel.end == 0U && life % RESTART_EACH == 0U && COUNTS[1] < lives)
		peer_restart();
	if ((life & 2U) != 0U)
		(void)guest_hypercall(PSCI_SYSTEM_RESET2, 0, 0, 0, 0);
	(void)guest_hypercall(PSCI_SYSTEM_RESET, 0, 0, 0, 0);
}
