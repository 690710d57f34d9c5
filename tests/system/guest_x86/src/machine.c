// SPDX-License-Identifier: Apache-2.0
#include <asm/features.h>
#include <asm/msr.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/mem/frame.h>
#include <bulkhead/mem/guest.h>

#include "program.h"

#define TABLES 32U
#define GPA_BITS 32U

#define PORT_VALUE 0xa5a5c3d2U

/* What every exit must put back, or leave alone. */
enum own { OWN_CR0, OWN_CR3, OWN_CR4, OWN_EFER, OWN_PAT, OWN_DR7, OWN_S_CET, OWN_SSP_TABLE, OWNS };

struct seen seen[GUEST_VCPUS];

static struct s2 s2;
static struct mmio_map mmio, ports;
static struct vcpu vcpus[GUEST_VCPUS];
static struct vcpu_arch *arch[GUEST_VCPUS];
static u8 *ram;
static u64 own_before[OWNS];

bool backend_is_vmx(void)
{
	return virt_backend()[0] == 'V';
}

static u64 own(u32 i)
{
	u64 v = 0;

	switch (i) {
	case OWN_CR0:
		return read_cr0();
	case OWN_CR3:
		return read_cr3();
	case OWN_CR4:
		return read_cr4();
	case OWN_EFER:
		return rdmsr(IA32_EFER);
	case OWN_PAT:
		return rdmsr(IA32_PAT);
	case OWN_DR7:
		__asm__ volatile("movq %%db7, %0" : "=r"(v));
		return v;
	case OWN_S_CET:
		return feature(FEAT_CET_SS) || feature(FEAT_CET_IBT) ? rdmsr(IA32_S_CET) : 0U;
	default:
		return feature(FEAT_CET_SS) ? rdmsr(IA32_INTERRUPT_SSP_TABLE) : 0U;
	}
}

static void look_at_own(struct seen *s)
{
	for (u32 i = 0; i < OWNS; i++)
		s->changed |= own(i) != own_before[i] ? (u32)BIT(i) : 0U;
}

static enum trap_result device(void *ctx __unused, struct mmio_access *a)
{
	struct seen *s = &seen[a->vcpu->id];

	look_at_own(s);
	if (a->write && a->offset == REG_END) {
		s->end = true;
		return TRAP_PARK;
	}
	/* Parking executes the write again: every other one goes through. */
	s->parks++;
	return s->parks % 2U == 1U ? TRAP_PARK : TRAP_RESUME;
}

static enum trap_result port(void *ctx __unused, struct mmio_access *a)
{
	look_at_own(&seen[a->vcpu->id]);
	a->value = PORT_VALUE;
	return TRAP_RESUME;
}

static int memory_build(void)
{
	const u64 writable = GUEST_READ_ONLY - GUEST_RAM;
	hpa_t base;
	int err = frame_alloc(GUEST_RAM_SIZE, PAGE_SIZE, &base);

	if (err != 0)
		return err;
	ram = guest_window(base, GUEST_RAM_SIZE);
	if (ram == NULL)
		return BH_ENOMEM;
	memory_fill(ram, backend_is_vmx());
	err = s2_init(&s2, GPA_BITS, TABLES);
	if (err == 0)
		err = s2_map(&s2, GPA(GUEST_RAM), base, writable, PT_R | PT_W | PT_X);
	if (err == 0)
		err = s2_map(&s2, GPA(GUEST_READ_ONLY), HPA(base.v + writable), PAGE_SIZE, PT_R);
	return err;
}

/* Nobody goes there: it is looked at with s2_query(). */
static int large_build(void)
{
	hpa_t base;
	int err = frame_alloc(GUEST_LARGE_SIZE, GUEST_LARGE_SIZE, &base);

	if (err == 0)
		err = s2_map(&s2, GPA(GUEST_LARGE), base, GUEST_LARGE_SIZE, PT_R | PT_W | PT_X);
	return err;
}

u64 machine_leaf(gpa_t gpa)
{
	struct pt_leaf leaf;

	return s2_query(&s2, gpa, &leaf) == 0 ? leaf.size : 0U;
}

static int vcpus_build(void)
{
	const u64 size = ALIGN_UP((u64)vcpu_arch_size(), PAGE_SIZE);

	for (u32 i = 0; i < GUEST_VCPUS; i++) {
		hpa_t pa;
		int err = frame_alloc(size, PAGE_SIZE, &pa);

		if (err != 0)
			return err;
		arch[i] = mmu_map(pa, size, MMU_RAM_RW);
		if (arch[i] == NULL)
			return BH_ENOMEM;
		memset(arch[i], 0, size);
	}
	return 0;
}

static int machine_build(void)
{
	const struct mmio_range registers = { GUEST_DEVICE, PAGE_SIZE, device, NULL };
	const struct mmio_range port_range = { GUEST_PORT, 4, port, NULL };
	int err = memory_build();

	if (err == 0)
		err = large_build();
	mmio_map_init(&mmio);
	mmio_map_init(&ports);
	for (u32 i = 0; i < OWNS; i++)
		own_before[i] = own(i);
	if (err == 0)
		err = mmio_map_add(&mmio, &registers);
	if (err == 0)
		err = mmio_map_add(&ports, &port_range);
	return err == 0 ? vcpus_build() : err;
}
UNIT_DEFINE(guest_x86_build, 8, 50, machine_build);

struct vcpu *machine_vcpu(u32 n, bool real, u32 arg)
{
	const struct vcpu_start start = {
		.pc = GPA(GUEST_RAM + (real ? (u64)(guest_real - guest_code) : 0U)),
		.arg = n | arg | (backend_is_vmx() ? ARG_VMX : 0U),
		.mode = real ? START_REAL : START_LONG,
		.map = GPA(GUEST_PML4),
		.sp = GPA(GUEST_STACKS + (n + 1U) * PAGE_SIZE),
	};

	memset(&seen[n], 0, sizeof(seen[n]));
	if (vcpu_init(&vcpus[n], arch[n], 1, n, &s2, &mmio, &ports, &start) != 0)
		return NULL;
	return &vcpus[n];
}

const u64 *machine_results(u32 n)
{
	return (const u64 *)(const void *)(ram + GUEST_RESULTS - GUEST_RAM + n * PAGE_SIZE);
}
