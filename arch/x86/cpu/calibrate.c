// SPDX-License-Identifier: Apache-2.0
/*
 * How fast TSC and local APIC timer run: both against the ACPI PM timer, or the PIT where there
 * is none, in one window of at most TSC_LIMIT ticks. What CPUID 15h says is only the last
 * resort: simulators tell there what the real part would.
 */
#include <asm/features.h>
#include <asm/lapic.h>
#include <asm/x86.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/base/log.h>
#include <bulkhead/fw/machine.h>
#include <bulkhead/lib/error.h>

#include "clock.h"

#define PM_TIMER_HZ 3579545U /* ACPI 6.5, section 4.8.3.3 */
#define PIT_HZ 1193182U

#define PIT_CHANNEL2 0x42
#define PIT_COMMAND 0x43
#define PIT_CHANNEL2_MODE0 0xb0U
#define PIT_CHANNEL2_LATCH 0x80U
#define PORT_B 0x61
#define PORT_B_GATE2 0x01U
#define PORT_B_SPEAKER 0x02U

/* The window, and how long an edge of the reference may be awaited, in TSC ticks. */
#define TSC_WINDOW 200000U
#define TSC_EDGE 40000U

struct reference {
	const char *name;
	u32 hz;
	u32 mask;
	u32 (*read)(void); /* counts up */
};

struct sample {
	u64 tsc;
	u32 apic;
	u32 ref;
};

static u32 pm_timer_read(void)
{
	return port_read32(machine.power.pm_timer_port);
}

static u32 pit_read(void)
{
	u32 v;

	port_write8(PIT_COMMAND, PIT_CHANNEL2_LATCH);
	v = port_read8(PIT_CHANNEL2);
	v |= (u32)port_read8(PIT_CHANNEL2) << 8;
	return ~v;
}

static void pit_start(void)
{
	u8 b = port_read8(PORT_B);

	port_write8(PORT_B, (u8)((b & ~PORT_B_SPEAKER) | PORT_B_GATE2));
	port_write8(PIT_COMMAND, PIT_CHANNEL2_MODE0);
	port_write8(PIT_CHANNEL2, 0xff);
	port_write8(PIT_CHANNEL2, 0xff);
}

static struct sample sample_now(const struct reference *r)
{
	struct sample s = { .ref = r->read() & r->mask };

	s.tsc = timer_now();
	s.apic = lapic_read(APIC_TIMER_CURRENT);
	return s;
}

/* The moment the reference moves on: false if it stands still. */
static bool sample_edge(const struct reference *r, struct sample *out)
{
	struct sample first = sample_now(r);

	do {
		*out = sample_now(r);
		if (out->ref != first.ref)
			return true;
		cpu_relax();
	} while (out->tsc - first.tsc < TSC_EDGE);
	return false;
}

static bool measure(const struct reference *r, struct clocks *c)
{
	struct sample a, b;
	u64 ticks;

	lapic_write(APIC_TIMER_DIVIDE, APIC_DIVIDE_BY_1);
	lapic_write(APIC_LVT_TIMER, (u32)(APIC_LVT_MASKED | VEC_TIMER));
	lapic_write(APIC_TIMER_INITIAL, ~0U);
	if (!sample_edge(r, &a))
		return false;
	while (timer_now() - a.tsc < TSC_WINDOW)
		cpu_relax();
	if (!sample_edge(r, &b))
		return false;
	lapic_write(APIC_TIMER_INITIAL, 0);
	ticks = (b.ref - a.ref) & r->mask;
	c->tsc_hz = (b.tsc - a.tsc) * r->hz / ticks;
	c->apic_hz = (u64)(a.apic - b.apic) * r->hz / ticks;
	c->source = r->name;
	return true;
}

/* SDM volume 2, leaf 15h: TSC = crystal * EBX / EAX, and the APIC timer runs by the crystal. */
static bool from_cpuid(struct clocks *c)
{
	struct cpuid_regs r = cpuid(0x15, 0);

	if (r.eax == 0U || r.ebx == 0U || r.ecx == 0U)
		return false;
	c->tsc_hz = (u64)r.ecx * r.ebx / r.eax;
	c->apic_hz = r.ecx;
	c->source = "CPUID 15h";
	return true;
}

int clocks_measure(struct clocks *c)
{
	const struct reference pm = {
		.name = "PM timer",
		.hz = PM_TIMER_HZ,
		.mask = machine.power.pm_timer_32 ? 0xffffffffU : 0xffffffU,
		.read = pm_timer_read,
	};
	const struct reference pit = {
		.name = "PIT",
		.hz = PIT_HZ,
		.mask = 0xffffU,
		.read = pit_read,
	};

	if (machine.power.pm_timer_port != 0U && measure(&pm, c))
		return 0;
	pit_start();
	if (measure(&pit, c) || from_cpuid(c))
		return 0;
	log_error("timer: PM timer (port 0x%x) and PIT stand still, CPUID 15h is empty",
		  machine.power.pm_timer_port);
	return trace_error(BH_ENODEV);
}
