// SPDX-License-Identifier: Apache-2.0
#include <asm/desc.h>
#include <asm/x86.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/firmware.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/fw/machine.h>

/* ACPI 6.5, section 4.8.3.2.1: PM1 control. */
#define PM1_SLP_TYP BITS(12, 10)
#define PM1_SLP_EN BIT(13)

/* Reset control register of PCI chipsets: system reset, then CPU reset. */
#define RST_CNT 0xcf9
#define RST_CNT_SYSTEM 0x02U
#define RST_CNT_CPU 0x04U

#define KBC_STATUS 0x64
#define KBC_STATUS_FULL 0x02U
#define KBC_PULSE_RESET 0xfeU

/* Turns to wait for a reset to happen, and for the keyboard controller to listen. */
#define RESET_TURNS 100000U

static void wait_turns(u32 turns)
{
	for (u32 i = 0; i < turns; i++)
		cpu_relax();
}

/* ACPI 6.5, section 4.8.3.6. */
static void reset_by_acpi(void)
{
	const struct machine_power *p = &machine.power;
	volatile u8 *reg;

	if (!p->reset_known)
		return;
	if (p->reset_space == 1U) {
		port_write8((u16)p->reset_reg.v, p->reset_value);
	} else {
		reg = mmu_map(p->reset_reg, 1, MMU_DEVICE);
		if (reg != NULL)
			mmio_write8(reg, p->reset_value);
	}
	wait_turns(RESET_TURNS);
}

static void reset_by_chipset(void)
{
	port_write8(RST_CNT, RST_CNT_SYSTEM);
	port_write8(RST_CNT, RST_CNT_SYSTEM | RST_CNT_CPU);
	wait_turns(RESET_TURNS);
}

static void reset_by_keyboard_controller(void)
{
	for (u32 i = 0; i < RESET_TURNS; i++) {
		if ((port_read8(KBC_STATUS) & KBC_STATUS_FULL) == 0U)
			break;
		cpu_relax();
	}
	port_write8(KBC_STATUS, KBC_PULSE_RESET);
	wait_turns(RESET_TURNS);
}

static void reset_by_triple_fault(void)
{
	struct table_register none = { 0 };

	__asm__ volatile("lidt %0\n\tint3" : : "m"(none));
}

void firmware_reset(void)
{
	reset_by_acpi();
	reset_by_chipset();
	reset_by_keyboard_controller();
	reset_by_triple_fault();
	cpu_halt();
}

static void sleep_s5(u16 port, u8 type)
{
	u16 v;

	if (port == 0U)
		return;
	v = port_read16(port) & (u16)~PM1_SLP_TYP;
	port_write16(port, (u16)(v | FIELD_PREP(type, 12, 10) | PM1_SLP_EN));
}

void firmware_off(void)
{
	const struct machine_power *p = &machine.power;

	log_drain();
	if (p->s5_known) {
		sleep_s5(p->pm1a_cnt, p->slp_typ_s5a);
		sleep_s5(p->pm1b_cnt, p->slp_typ_s5b);
		wait_turns(RESET_TURNS);
	}
	log_error("power off: %s; halted",
		  p->s5_known ? "PM1 control has no effect" : "ACPI names no S5 values");
	cpu_halt();
}
