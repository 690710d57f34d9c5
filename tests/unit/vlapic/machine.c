// SPDX-License-Identifier: Apache-2.0
#include <assert.h>
#include <string.h>

#include <bulkhead/lib/error.h>

#include "machine.h"

struct machine_vcpu vcpus[VCPUS];
u64 machine_time;
u32 lines_open;
struct virq q;

static void kick(struct virq *v __unused, u32 n)
{
	vcpus[n].kicks++;
}

static void alarm(struct virq *v __unused, u32 n, u64 deadline)
{
	vcpus[n].alarm = deadline;
}

static u64 now(void)
{
	return machine_time;
}

static void start(struct virq *v __unused, u32 n, u8 page)
{
	if (!vcpus[n].off)
		return;
	vcpus[n].off = false;
	vcpus[n].started++;
	vcpus[n].page = page;
}

static int stop(struct virq *v __unused, u32 n)
{
	if (!vcpus[n].off && vcpus[n].leaves_after != 0U) {
		vcpus[n].leaves_after--;
		return BH_EAGAIN;
	}
	vcpus[n].off = true;
	return 0;
}

static void line(struct virq *v __unused, u32 pin, bool open)
{
	assert(pin < VIOAPIC_PINS);
	lines_open = open ? lines_open | 1U << pin : lines_open & ~(1U << pin);
}

static const struct virq_ops ops = {
	.kick = kick,
	.alarm = alarm,
	.now = now,
	.start = start,
	.stop = stop,
	.line = line,
};

void machine_reset(void)
{
	memset(vcpus, 0, sizeof(vcpus));
	machine_time = 1000;
	lines_open = 0;
	for (u32 n = 0; n < VCPUS; n++) {
		vcpus[n].alarm = VTIMER_OFF;
		vcpus[n].off = n != 0U;
	}
	vapic_init(&q, VCPUS, &ops);
	q.bound = 0;
}

void machine_run(bool x2apic)
{
	for (u32 n = 0; n < VCPUS; n++) {
		vcpus[n].off = false;
		if (x2apic) {
			(void)msr_write(n, VLAPIC_MSR_BASE, q.s.cpu[n].base | BIT(10));
			(void)msr_write(n, 0x80f, 0x1ff);
		} else {
			page_write(n, 0xf0, 0x1ff);
		}
	}
}

u32 page_read(u32 n, u32 offset)
{
	u64 value = 0;

	(void)vlapic_page(&q, n, offset, 4, false, &value);
	return (u32)value;
}

void page_write(u32 n, u32 offset, u32 value)
{
	u64 v = value;

	(void)vlapic_page(&q, n, offset, 4, true, &v);
}

bool msr_read(u32 n, u32 msr, u64 *value)
{
	return vlapic_rdmsr(&q, n, msr, value) != TRAP_INJECT;
}

bool msr_write(u32 n, u32 msr, u64 value)
{
	return vlapic_wrmsr(&q, n, msr, value) != TRAP_INJECT;
}

u32 take(u32 n)
{
	struct vlapic *a = &q.s.cpu[n];
	bool blocked;
	u32 vector;

	(void)vlapic_fold(a);
	vector = vlapic_next(a, &blocked);
	if (vector != 0U)
		vlapic_ack(a, vector);
	return vector;
}

u32 drain(u32 n, u8 *vector, u32 max)
{
	u32 count = 0;

	while (count < max) {
		const u32 v = take(n);

		if (v == 0U)
			break;
		vector[count] = (u8)v;
		count++;
		vlapic_end(&q, n);
	}
	return count;
}
