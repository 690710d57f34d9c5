// SPDX-License-Identifier: Apache-2.0
/*
 * Four vcpus and their devices do anything to the interrupt controllers, twelve bytes a step.
 * Whatever it was: what is pending is where it is looked for, no vector below 16 is ever
 * delivered, what was left for a vcpu is announced, registers hold only what they may.
 */
#include <stdlib.h>
#include <string.h>

#include "machine.h"

#define STEP 12U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_set(const struct vlapic_set *s)
{
	for (u32 i = 0; i < VLAPIC_WORDS; i++)
		check(((s->words >> i & 1U) != 0U) == (s->w[i] != 0U));
	check((s->w[0] & 0xffffU) == 0U);
}

static void check_rows(u32 n)
{
	struct vlapic *a = &q.s.cpu[n];

	for (u32 i = 0; i < vlapic_row_count && vlapic_on(a) && !vlapic_x2(a); i++) {
		const struct vlapic_row *r = &vlapic_rows[i];

		if (r->kind == VLAPIC_RW && r->reserved != ~0ULL && (r->modes & IN_XAPIC) != 0U &&
		    r->offset != 0xe0U)
			check((page_read(n, r->offset) & (u32)r->reserved) == 0U);
	}
}

static void check_vcpu(u32 n)
{
	const struct vlapic *a = &q.s.cpu[n];

	check_set(&a->irr);
	check_set(&a->isr);
	check(a->tpr <= 0xffU && (a->dfr & 0x0fffffffU) == 0x0fffffffU);
	check((a->base & ~(u64)(BIT(11) | BIT(10) | BIT(8))) == VLAPIC_BASE);
	check((a->base & (BIT(11) | BIT(10))) != BIT(10));
	for (u32 i = 0; i < VLAPIC_WORDS; i++)
		check(a->posted[i] == 0U || a->outstanding != 0U);
	check(a->events == 0U || a->outstanding != 0U);
	for (u32 i = 0; i < LVT_COUNT; i++)
		check((a->lvt[i] & LVT_MASKED) != 0U || vlapic_enabled(a));
	check_rows(n);
}

static void check_io_apic(void)
{
	for (u32 pin = 0; pin < VIOAPIC_PINS; pin++) {
		const u64 e = q.s.ioapic.entry[pin];

		check((e & BIT(14)) == 0U || (e & BIT(15)) != 0U);
		check((e & (BITS(55, 17) | BIT(12))) == 0U);
	}
}

static void pass_time(u32 n, u64 ticks)
{
	machine_time += ticks;
	if (vcpus[n].alarm <= machine_time) {
		vcpus[n].alarm = vtimer_look(&q.s.cpu[n], machine_time);
		check(vcpus[n].alarm > machine_time);
	}
}

static void ports(const u8 *step, bool write, u8 value)
{
	static const u16 port[] = { 0x20, 0x21, 0xa0, 0xa1, 0x4d0, 0x4d1 };
	const u16 at = port[step[1] % ARRAY_SIZE(port)];

	if (write)
		vpic_write(&q, at, value);
	else
		(void)vpic_read(&q.s.pic, at);
}

static void deliver(u32 n)
{
	const u32 vector = take(n);

	check(vector == 0U || vector >= 16U);
	if (vlapic_takes_pic(&q.s.cpu[n]) && vpic_waits(&q.s.pic))
		(void)vpic_take(&q.s.pic);
}

static void one(const u8 *step)
{
	const u32 n = step[2] % VCPUS;
	const bool write = (step[2] & 0x80U) != 0U;
	u64 value;

	memcpy(&value, step + 4, sizeof(value));
	switch (step[0] % 12U) {
	case 0:
	case 1:
		(void)vlapic_page(&q, n, (u64)step[1] << 4 | (step[3] & 0xfU),
				  1U << (step[3] >> 4 & 3U), write, &value);
		break;
	case 2:
	case 3:
		if (write)
			(void)msr_write(n, VLAPIC_MSR_FIRST + step[1], value);
		else
			(void)msr_read(n, VLAPIC_MSR_FIRST + step[1], &value);
		break;
	case 4:
		(void)msr_write(n, VLAPIC_MSR_BASE,
				(step[1] & 1U) != 0U ? value : VLAPIC_BASE | (value & 0xd00U));
		break;
	case 5:
		(void)msr_write(n, VLAPIC_MSR_DEADLINE, value);
		break;
	case 6:
		vioapic_write(&q, step[1] & 0x70U, 4, (u32)value);
		break;
	case 7:
		vioapic_line(&q, step[1] % VIOAPIC_PINS, write);
		break;
	case 8:
		vpic_line(&q, step[1] % 16U, write);
		break;
	case 9:
		ports(step, write, (u8)value);
		break;
	case 10:
		(void)ipi_message(&q, VLAPIC_BASE | (value & 0xfffffU), step[1]);
		break;
	default:
		deliver(n);
		if (write)
			vlapic_end(&q, n);
		pass_time(n, value & 0xffffU);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	machine_reset();
	if (size > 0U && (data[0] & 1U) != 0U)
		machine_run((data[0] & 2U) != 0U);
	for (size_t at = 1; at + STEP <= size; at += STEP) {
		one(&data[at]);
		for (u32 n = 0; n < VCPUS; n++)
			check_vcpu(n);
		check_io_apic();
	}
	return 0;
}
