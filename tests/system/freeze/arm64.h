/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SYSTEM_FREEZE_ARM64_H
#define TESTS_SYSTEM_FREEZE_ARM64_H

#define GICD 0x08000000U
#define GICD_TYPER 0x4U
#define GICD_ISENABLER1 0x104U
#define UART 0x09000000U
#define PSCI 0x84000000U
#define PSCI_CALLS 0x20U
#define CPU_SUSPEND 0x84000001U
#define SYSTEM_OFF 0x84000008U
#define SYSTEM_RESET 0x84000009U
#define SGI 1U
#define SGI_OTHERS (1ULL << 40)
#define SGI_HELD 2ULL

static inline void machine_exception(struct guest_frame *frame, u32 vector)
{
	if (vector == GUEST_VECTOR_SYNC)
		frame->pc += 4U;
	else
		guest_irq_take();
}

static inline void sgi_write(u64 value)
{
	__asm__ volatile("msr s3_0_c12_c11_5, %0\n\tisb" ::"r"(value));
}

static inline void machine_touch_all(void)
{
	volatile u32 *gicd = (volatile u32 *)(uintptr_t)GICD;
	volatile u32 *uart = (volatile u32 *)(uintptr_t)UART;

	for (u32 offset = 0; offset < 0x1000U; offset += 4U) {
		if (offset < 0x500U)
			gicd[offset / 4U] = gicd[offset / 4U];
		if (offset >= 0x18U && offset != 0x30U)
			uart[offset / 4U] = uart[offset / 4U];
	}
	for (u32 n = 0; n < PSCI_CALLS; n++) {
		if (n != 1U && n != 2U && n != 8U && n != 9U && n != 0x12U)
			(void)guest_hypercall(PSCI + n, 0, 0, 0, 0);
	}
}

static inline void machine_send_all(void)
{
	sgi_write(SGI_OTHERS | SGI_HELD << 24);
	sgi_write(SGI_HELD << 24 | 1U);
}

static inline void machine_touch(void)
{
	volatile u32 *gicd = (volatile u32 *)(uintptr_t)GICD;

	(void)gicd[GICD_TYPER / 4U];
	gicd[GICD_ISENABLER1 / 4U] = 0;
}

static inline void machine_call(void)
{
	(void)guest_hypercall(PSCI, 0, 0, 0, 0);
}

static inline void machine_send_init(void (*fn)(u32 intid))
{
	guest_irq_enable(SGI, true, fn);
}

static inline void machine_send(void)
{
	sgi_write((u64)SGI << 24 | 1U);
}

static inline void machine_timer_init(void (*fn)(u32 intid))
{
	guest_irq_enable(GUEST_TIMER_INTID, false, fn);
}

static inline void machine_timer(u64 deadline)
{
	guest_timer_set(deadline);
}

static inline void machine_sleep(void)
{
	(void)guest_hypercall(CPU_SUSPEND, 0, 0, 0, 0);
}

static inline void machine_reset(void)
{
	(void)guest_hypercall(SYSTEM_RESET, 0, 0, 0, 0);
}

static inline void machine_off(void)
{
	(void)guest_hypercall(SYSTEM_OFF, 0, 0, 0, 0);
}

#endif
