// SPDX-License-Identifier: Apache-2.0
/*
 * Two vcpus take turns on one CPU, each through the same faults, traps and register checks with
 * numbers of its own; then one that must not be entered.
 */
#include <bulkhead/arch/cache.h>
#include <bulkhead/arch/firmware.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>

#include "program.h"

#define PARKS 3U /* before the end */

#define EL1H 0x3c5U
#define EL1T 0x3c4U
#define EL0T 0x3c0U
#define USER32 0x1d0U
#define EL2H 0x3c9U
/* What the guest's 3, 5, 7 and 9 add to the sum at REG_PAIR. */
#define VECTORS (3U + 5U * 9U + 7U * 17U + 9U * 25U)
/* NZCV, and BTYPE, which newer cores set on an indirect branch. */
#define UNSTEADY (BITS(31, 28) | BITS(11, 10))

struct expected_fault {
	const char *what;
	u64 vector, esr, far, spsr;
};

static const struct expected_fault faults[FAULTS] = {
	{ "read, EL1h", 0x200, 0x96000010, GUEST_NOWHERE, EL1H },
	{ "read, EL1t", 0x000, 0x96000010, GUEST_NOWHERE, EL1T },
	{ "fetch, EL1h", 0x200, 0x86000010, GUEST_NOWHERE, EL1H },
	{ "read, EL0", 0x400, 0x92000010, GUEST_NOWHERE, EL0T },
	{ "fetch, EL0", 0x400, 0x82000010, GUEST_NOWHERE, EL0T },
	{ "read, AArch32", 0x600, 0x92000010, GUEST_NOWHERE, USER32 },
	{ "HVC #1", 0x200, 0x02000000, 0, EL1H },
	{ "unknown register", 0x200, 0x02000000, 0, EL1H },
	{ "write to a read-only page", 0x200, 0x96000050, GUEST_READ_ONLY + 0x18, EL1H },
};

struct expected_value {
	const char *what;
	u64 value;
};

static const struct expected_value values[VALUES] = {
	{ "SMC answers not supported", ~0ULL },
	{ "OSLSR_EL1: the lock is closed", 0xa },
	{ "MDSCR_EL1 holds what is written", 0x8000 },
	{ "a read of the read-only page", 0 },
	{ "STP and LDP with writeback end where they began", 0 },
	{ "a pair is written and read in order", 0x11U + 0x22U * 5U + 0x100U },
	{ "writeback of SP_EL1", REG_PAIR },
	{ "writeback of SP_EL0", REG_PAIR + 8 },
	{ "a pair of Q is written and read in order",
	  0x11U + 0x22U * 5U + VECTORS + 0x1000U + 0x10000U + 0x100000U },
	{ "a load of S clears the rest of the register", 0 },
	{ "a load of S is the word", 0x11U + 0x22U * 5U + VECTORS },
	{ "registers that changed while the vcpu was away", 0 },
	{ "pointers signed otherwise afterwards", 0 },
};

_Static_assert(ARRAY_SIZE(values) == VALUES, "guest.h");

static u32 failures;

static void check(u32 vcpu, const char *what, const char *which, u64 found, u64 expected)
{
	if (found == expected)
		return;
	failures++;
	log_error("vcpu %u: %s: %s 0x%llx, expected 0x%llx", vcpu, what, which,
		  (unsigned long long)found, (unsigned long long)expected);
}

static void check_fault(u32 vcpu, const struct expected_fault *f, const u64 *found)
{
	check(vcpu, f->what, "vector", found[0], f->vector);
	check(vcpu, f->what, "ESR_EL1", found[1], f->esr);
	if (f->far != 0U)
		check(vcpu, f->what, "FAR_EL1", found[2], f->far);
	check(vcpu, f->what, "SPSR_EL1", found[3] & ~UNSTEADY, f->spsr);
	check(vcpu, f->what, "distance of ELR_EL1", found[4], 0);
}

static void check_vcpu(u32 n, const struct vcpu *v)
{
	const u64 *found = machine_results(n);

	for (u32 i = 0; i < FAULTS; i++)
		check_fault(n, &faults[i], &found[i * (FAULT_BYTES / 8U)]);
	for (u32 i = 0; i < VALUES; i++)
		check(n, values[i].what, "value", found[VALUES_AT / 8U + i], values[i].value);
	check(n, "pair that waited", "first half written", seen[n].once, 1);
	check(n, "write beside", "offset", seen[n].offset, 4);
	check(n, "write beside", "value", seen[n].value, 0x5a);
	check(n, "end", "reached", seen[n].end ? 1U : 0U, 1);
	check(n, "exits", "firmware", v->exits[EXIT_FIRMWARE], 1);
	check(n, "exits", "unknown", v->exits[EXIT_UNKNOWN], 0);
}

/* A vcpu that was set to run at EL2. */
static void check_refusal(void)
{
	struct vcpu *v = machine_vcpu(0);

	vcpu_reg_set(v->arch, REG_FLAGS, EL2H);
	check(0, "EL2", "result", vcpu_go(v), TRAP_STOP);
	check(0, "EL2", "exit", v->stop.class, EXIT_REFUSED);
	check(0, "EL2", "found", v->stop.syndrome, 1);
}

static int guest_arm64(void)
{
	struct vcpu *v[GUEST_VCPUS];

	for (u32 i = 0; i < GUEST_VCPUS; i++)
		v[i] = machine_vcpu(i);
	for (u32 turn = 0; turn <= PARKS; turn++) {
		for (u32 i = 0; i < GUEST_VCPUS; i++)
			check(i, "turn", "result", vcpu_go(v[i]), TRAP_PARK);
	}
	/* The guest wrote with its caches off. */
	cache_clean_invalidate((void *)(uintptr_t)machine_results(0), GUEST_VCPUS * PAGE_SIZE);
	for (u32 i = 0; i < GUEST_VCPUS; i++)
		check_vcpu(i, v[i]);
	check_refusal();
	log_info("result: %s", failures == 0U ? "passed" : "failed");
	firmware_sim_exit(failures == 0U ? 0U : 1U);
	return 0;
}
UNIT_DEFINE(guest_arm64, 9, 90, guest_arm64);
