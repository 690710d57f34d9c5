// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/cache.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/mem/frame.h>
#include <bulkhead/mem/guest.h>

#include "program.h"

#define TABLES 32U
#define GPA_BITS 32U

/* A device within the page the guest may only read: reads of it never get here. */
#define BESIDE (GUEST_READ_ONLY + 0x100U)

struct seen seen[GUEST_VCPUS];

static struct s2 s2;
static struct mmio_map mmio, ports;
static struct vcpu vcpus[GUEST_VCPUS];
static struct vcpu_arch arch[GUEST_VCPUS];
static u8 *ram;

/* Tells apart which of two values came where. */
static void pair(struct seen *s, struct mmio_access *a)
{
	if (a->write)
		s->sum += a->value * (a->offset - REG_PAIR + 1U);
	else
		a->value = a->offset == REG_PAIR ? s->sum : 1U;
}

static enum trap_result device(void *ctx __unused, struct mmio_access *a)
{
	struct seen *s = &seen[a->vcpu->id];

	if (a->write && a->offset == REG_END) {
		s->end = true;
		return TRAP_PARK;
	}
	if (a->offset == REG_ONCE) {
		s->once++;
		return TRAP_RESUME;
	}
	if (a->offset >= REG_PAIR) {
		pair(s, a);
		return TRAP_RESUME;
	}
	/* Parking executes the write again: every other one goes through. */
	s->parks++;
	return s->parks % 2U == 1U ? TRAP_PARK : TRAP_RESUME;
}

static enum trap_result beside(void *ctx __unused, struct mmio_access *a)
{
	seen[a->vcpu->id].offset = a->offset;
	seen[a->vcpu->id].value = a->value;
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
	memset(ram, 0, GUEST_RAM_SIZE);
	memcpy(ram, guest_code, (size_t)(guest_code_end - guest_code));
	cache_clean_invalidate(ram, GUEST_RAM_SIZE);
	cache_sync_code(ram, GUEST_RAM_SIZE);
	err = s2_init(&s2, GPA_BITS, TABLES);
	if (err == 0)
		err = s2_map(&s2, GPA(GUEST_RAM), base, writable, PT_R | PT_W | PT_X);
	if (err == 0)
		err = s2_map(&s2, GPA(GUEST_READ_ONLY), HPA(base.v + writable), PAGE_SIZE, PT_R);
	return err;
}

static int machine_build(void)
{
	const struct mmio_range ranges[] = {
		{ GUEST_DEVICE, PAGE_SIZE, device, NULL },
		{ BESIDE, 0x100, beside, NULL },
	};
	int err = memory_build();

	mmio_map_init(&mmio);
	mmio_map_init(&ports);
	for (u32 i = 0; i < ARRAY_SIZE(ranges) && err == 0; i++)
		err = mmio_map_add(&mmio, &ranges[i]);
	return err;
}
UNIT_DEFINE(guest_arm64_build, 8, 50, machine_build);

struct vcpu *machine_vcpu(u32 n)
{
	const struct vcpu_start start = { .pc = GPA(GUEST_RAM), .arg = n };

	memset(&seen[n], 0, sizeof(seen[n]));
	if (vcpu_init(&vcpus[n], &arch[n], 1, n, &s2, &mmio, &ports, &start) != 0)
		return NULL;
	return &vcpus[n];
}

const u64 *machine_results(u32 n)
{
	return (const u64 *)(const void *)(ram + GUEST_RESULTS - GUEST_RAM + n * PAGE_SIZE);
}
