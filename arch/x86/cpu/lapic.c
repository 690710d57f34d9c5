// SPDX-License-Identifier: Apache-2.0
/*
 * The local APIC: xAPIC by its MMIO page, x2APIC by MSRs. x2APIC is used where the CPU has it,
 * and stays on where firmware turned it on. IA32_APIC_BASE.EN is never cleared: on some machines
 * that cannot be undone.
 */
#include <asm/features.h>
#include <asm/lapic.h>
#include <asm/msr.h>
#include <asm/x86.h>
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/irqchip.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/upcall.h>
#include <bulkhead/base/lock.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>

/* A command leaves within microseconds; this many turns are far beyond that. */
#define SEND_TURNS 100000U

/* The xAPIC has 8 bits for a destination; all ones is every CPU. */
#define XAPIC_ID_LAST 0xfeU

static volatile u8 *page;
static bool x2apic;

/* Of all CPUs: a vector means the same wherever it is taken. @fn is atomic, and last. */
static struct {
	void (*fn)(void *ctx);
	void *ctx;
} devices[VEC_DEVICE_LAST - VEC_DEVICE_FIRST + 1U];
static struct spinlock devices_lock = SPINLOCK_INIT(LOCK_IRQCHIP);

u32 lapic_read(enum apic_reg reg)
{
	if (x2apic)
		return (u32)rdmsr(X2APIC_MSR_BASE + (u32)reg / 16U);
	return mmio_read32(page + reg);
}

void lapic_write(enum apic_reg reg, u32 v)
{
	if (x2apic)
		wrmsr(X2APIC_MSR_BASE + (u32)reg / 16U, v);
	else
		mmio_write32(page + reg, v);
}

void lapic_eoi(void)
{
	lapic_write(APIC_EOI, 0);
}

static bool xapic_idle(void)
{
	for (u32 i = 0; i < SEND_TURNS; i++) {
		if ((lapic_read(APIC_ICR) & APIC_ICR_PENDING) == 0U)
			return true;
		cpu_relax();
	}
	return false;
}

int lapic_send(u32 apic_id, enum apic_delivery delivery, u8 vector)
{
	u64 icr = apic_icr_encode(x2apic, apic_id, delivery, vector);

	/* Stores before it must be seen by the CPU that is called (x2APIC writes do not order). */
	smp_mb();
	if (x2apic) {
		__asm__ volatile("lfence" ::: "memory");
		wrmsr(X2APIC_MSR_BASE + APIC_ICR / 16U, icr);
		return 0;
	}
	if (apic_id > XAPIC_ID_LAST)
		return trace_error(BH_ERANGE);
	if (!xapic_idle())
		return trace_error(BH_ETIMEDOUT);
	lapic_write(APIC_ICR_HI, (u32)(icr >> 32));
	lapic_write(APIC_ICR, (u32)icr);
	return 0;
}

static void send(u32 cpu, enum irq_id id)
{
	if (id == IRQ_STOP)
		nmi_send_stop(cpu);
	else if (lapic_send((u32)cpus[cpu].hwid, APIC_FIXED, VEC_KICK) != 0)
		log_error("local APIC: CPU %u: interrupt command stuck, CPU %u not called",
			  this_cpu()->id, cpu);
}

int lapic_vector_take(void (*fn)(void *ctx), void *ctx, u8 *vector)
{
	int err = BH_EOVERFLOW;

	spin_lock(&devices_lock);
	for (u32 i = 0; i < ARRAY_SIZE(devices) && err != 0; i++) {
		if (devices[i].fn != NULL)
			continue;
		devices[i].ctx = ctx;
		__atomic_store_n(&devices[i].fn, fn, __ATOMIC_RELEASE);
		*vector = (u8)(VEC_DEVICE_FIRST + i);
		err = 0;
	}
	spin_unlock(&devices_lock);
	return err;
}

void lapic_vector_free(u8 vector)
{
	__atomic_store_n(&devices[vector - VEC_DEVICE_FIRST].fn, NULL, __ATOMIC_RELEASE);
}

/* ---- messages that are Bulkhead's own ---- */

static u8 own[IRQ_IDS]; /* vectors; 0: none yet */

static void own_taken(void *ctx)
{
	irq_line_taken((enum irq_id)(uintptr_t)ctx);
}

static int message(enum irq_id id, u32 cpu, u64 *address, u32 *data)
{
	const u32 apic = (u32)cpus[cpu].hwid;
	int err = 0;

	if (!x2apic && apic > XAPIC_ID_LAST)
		return trace_error(BH_ERANGE);
	if (own[id] == 0U)
		err = lapic_vector_take(own_taken, (void *)(uintptr_t)id, &own[id]);
	*address = APIC_MESSAGE_BASE | APIC_MESSAGE_DESTINATION(apic);
	*data = own[id];
	return err;
}

static bool device(u8 vector)
{
	void (*fn)(void *ctx);

	if (vector < VEC_DEVICE_FIRST || vector > VEC_DEVICE_LAST)
		return false;
	fn = __atomic_load_n(&devices[vector - VEC_DEVICE_FIRST].fn, __ATOMIC_ACQUIRE);
	if (fn != NULL)
		fn(devices[vector - VEC_DEVICE_FIRST].ctx);
	return fn != NULL;
}

static void take_error(void)
{
	char text[100];

	/* A write latches what happened since the last one (SDM volume 3, section 11.5.3). */
	lapic_write(APIC_ESR, 0);
	apic_esr_decode(lapic_read(APIC_ESR), text, sizeof(text));
	log_warn("local APIC: CPU %u: error: %s", this_cpu()->id, text);
}

/* The CPU itself has acknowledged it, by its vector. */
static bool taken(u32 vector, enum irq_id *id)
{
	bool ran;

	*id = IRQ_SPURIOUS;
	/* A spurious interrupt is not in service: completing it would complete another. */
	if (vector == VEC_SPURIOUS)
		return true;
	if (vector == VEC_TIMER) {
		*id = IRQ_TIMER;
		return true;
	}
	if (vector == VEC_ERROR)
		take_error();
	/* A line that stays comes again when it is completed, unless its handler closed it. */
	ran = device((u8)vector);
	lapic_eoi();
	if (vector == VEC_KICK)
		*id = IRQ_KICK;
	else if (ran)
		*id = IRQ_GUEST;
	return true;
}

/* A guest's alarm is nothing to core, and what it waits for most. */
void x86_interrupt(u32 vector)
{
	if (vector != VEC_TIMER) {
		(void)upcall_irq_taken(vector);
		return;
	}
	lapic_eoi();
	if (timer_expired())
		(void)upcall_irq_taken(VEC_TIMER);
}

static void mask_lvts(void)
{
	u32 max = (u32)FIELD_GET(lapic_read(APIC_VERSION), 23, 16);

	lapic_write(APIC_LVT_TIMER, APIC_LVT_MASKED);
	lapic_write(APIC_LVT_LINT0, APIC_LVT_MASKED);
	lapic_write(APIC_LVT_LINT1, APIC_LVT_MASKED | APIC_LVT_NMI);
	if (max >= 4U)
		lapic_write(APIC_LVT_PERF, APIC_LVT_MASKED);
	if (max >= 5U)
		lapic_write(APIC_LVT_THERMAL, APIC_LVT_MASKED);
	lapic_write(APIC_LVT_ERROR, VEC_ERROR);
}

static int cpu_init(void)
{
	u64 base = rdmsr(IA32_APIC_BASE);

	if (feature(FEAT_X2APIC)) {
		wrmsr(IA32_APIC_BASE, base | IA32_APIC_BASE_EN | IA32_APIC_BASE_EXTD);
		x2apic = true;
	}
	mask_lvts();
	lapic_write(APIC_TPR, 0);
	lapic_write(APIC_SVR, (u32)(APIC_SVR_ENABLE | VEC_SPURIOUS));
	lapic_write(APIC_ESR, 0);
	return 0;
}

static struct irqchip_ops ops = {
	.name = "xAPIC",
	.cpu_init = cpu_init,
	.send = send,
	.taken = taken,
	.message = message,
};

void lapic_listen_set(int (*fn)(enum irq_id id, u32 line, bool level, u32 cpu))
{
	ops.listen = fn;
}

static int lapic_init(void)
{
	u64 base = rdmsr(IA32_APIC_BASE);
	u64 pa = base & BITS(51, 12);
	int err;

	if ((base & IA32_APIC_BASE_EN) == 0U) {
		log_error("local APIC: off by firmware (IA32_APIC_BASE 0x%llx), expected on",
			  (unsigned long long)base);
		return trace_error(BH_ENOTSUP);
	}
	x2apic = (base & IA32_APIC_BASE_EXTD) != 0U;
	if (!x2apic) {
		page = mmu_map(HPA(pa), PAGE_SIZE, MMU_DEVICE);
		if (page == NULL)
			return trace_error(BH_ENOMEM);
	}
	lapic_write(APIC_SVR, (u32)(APIC_SVR_ENABLE | VEC_SPURIOUS));
	err = timer_calibrate();
	if (err != 0)
		return err;
	if (feature(FEAT_X2APIC))
		ops.name = "x2APIC";
	return irqchip_register(&ops);
}
UNIT_DEFINE(lapic, 4, 20, lapic_init);
