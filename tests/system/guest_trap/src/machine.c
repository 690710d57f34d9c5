// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cache.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/base/percpu.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/mem/frame.h>
#include <bulkhead/mem/guest.h>

#include "program.h"

#define TABLES 32U
#define GPA_BITS 32U

struct guest guest;

static struct vcpu vcpus[CONFIG_MAX_CPUS];
static struct vcpu_arch *arch[CONFIG_MAX_CPUS];
static struct told *told_of[CONFIG_MAX_CPUS];

static void stamp(struct told *t)
{
	if (t->stamps < STAMPS_MAX)
		t->stamp[t->stamps] = timer_now();
	t->stamps++;
}

static enum trap_result device(void *ctx __unused, struct mmio_access *a)
{
	struct told *t = told_of[a->vcpu->id];

	if (!a->write) {
		a->value = a->offset == REG_ASK ? ASK_ANSWER : 0U;
		return TRAP_RESUME;
	}
	switch (a->offset) {
	case REG_RESULT:
		t->result = (u32)a->value;
		break;
	case REG_ECHO:
		t->echo = (u32)a->value;
		break;
	case REG_STAMP:
		stamp(t);
		break;
	case REG_FAULT:
		t->last_fault = (u32)a->value;
		store_release(&t->faults, t->faults + 1U);
		break;
	case REG_END:
		t->end = true;
		return TRAP_PARK;
	default:
		break;
	}
	return TRAP_RESUME;
}

static int memory_build(void)
{
	int err = frame_alloc(GUEST_RAM_SIZE, PAGE_SIZE, &guest.base);

	if (err != 0)
		return err;
	guest.ram = guest_window(guest.base, GUEST_RAM_SIZE);
	if (guest.ram == NULL)
		return BH_ENOMEM;
	memset(guest.ram, 0, GUEST_RAM_SIZE);
	memcpy(guest.ram, guest_code, (size_t)(guest_code_end - guest_code));
	arch_guest_tables(guest.ram);
	cache_clean_invalidate(guest.ram, GUEST_RAM_SIZE);
	cache_sync_code(guest.ram, GUEST_RAM_SIZE);
	err = s2_init(&guest.s2, GPA_BITS, TABLES);
	if (err == 0)
		err = s2_map(&guest.s2, GPA(GUEST_RAM), guest.base, GUEST_RAM_SIZE,
			     PT_R | PT_W | PT_X);
	if (err == 0)
		guest_ram_add(&guest.s2, GPA(GUEST_RAM), guest.base, GUEST_RAM_SIZE,
			      PT_R | PT_W | PT_X);
	return err;
}

static int vcpus_build(void)
{
	const u64 size = ALIGN_UP((u64)vcpu_arch_size(), PAGE_SIZE);

	for (u32 i = 0; i < cpu_count; i++) {
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

static int guest_build(void)
{
	const struct mmio_range r = { GUEST_MMIO, PAGE_SIZE, device, NULL };
	int err = memory_build();

	mmio_map_init(&guest.mmio);
	mmio_map_init(&guest.ports);
	if (err == 0)
		err = mmio_map_add(&guest.mmio, &r);
	return err == 0 ? vcpus_build() : err;
}
UNIT_DEFINE(guest_trap_build, 8, 50, guest_build);

struct vcpu *guest_vcpu(u32 cpu, u32 mode, struct told *told)
{
	const struct vcpu_start start = arch_guest_start(mode);

	told_of[cpu] = told;
	if (vcpu_init(&vcpus[cpu], arch[cpu], 1, cpu, &guest.s2, &guest.mmio, &guest.ports,
		      &start) != 0)
		return NULL;
	return &vcpus[cpu];
}
