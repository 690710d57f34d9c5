// SPDX-License-Identifier: Apache-2.0
/*
 * The numbers that protect Bulkhead's own control flow. Runs before they are in force, so nothing
 * here may be built with what it switches on.
 */
#include <asm/image.h>
#include <asm/sysreg.h>
#include <bulkhead/arch/firmware.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/base/guarded.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/panic.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>

#define UNPROTECTED __attribute__((no_stack_protector))

/* RNDR may have nothing for a moment (Arm ARM, FEAT_RNG): NZCV.Z tells. */
#define RNDR_TRIES 100U

static UNPROTECTED bool rndr(u64 *out)
{
	for (u32 i = 0; i < RNDR_TRIES; i++) {
		u64 v;
		u32 failed;

		__asm__ volatile("mrs %0, " SYSREG_STR(SYS_RNDR) "\n\tcset %w1, eq"
				 : "=r"(v), "=r"(failed)::"cc");
		*out = v;
		if (failed == 0U)
			return true;
	}
	return false;
}

/*
 * Without an entropy source: the counter, spread over all bits (the finalizer of splitmix64).
 * Guessable, and said so in the log.
 */
static UNPROTECTED u64 counter_number(u32 salt)
{
	u64 z = timer_now() ^ (read_sysreg(mpidr_el1) << 32) ^
		(0x9e3779b97f4a7c15ULL * (salt + 1U));

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static UNPROTECTED u64 number(u32 salt)
{
	u64 v;

	if (cpu_has_rndr() && rndr(&v))
		return v;
	return counter_number(salt);
}

UNPROTECTED u64 protect_cpu_init(bool secondary)
{
	/* The lowest byte stays zero: a string that runs over cannot reproduce it. */
	if (!secondary)
		__stack_chk_guard = number(0) & ~0xffULL;
	if (!build_guarded() || !cpu_has_pauth())
		return 0;
	write_sysreg(SYS_APIAKEYLO_EL1, number(1));
	write_sysreg(SYS_APIAKEYHI_EL1, number(2));
	return BIT(SCTLR_ENIA_SHIFT);
}

int firmware_entropy(void *buf, size_t n)
{
	u8 *out = buf;

	if (!cpu_has_rndr())
		return BH_ENODEV;
	for (size_t i = 0; i < n; i += sizeof(u64)) {
		u64 v;

		if (!rndr(&v))
			return BH_ENODEV;
		for (size_t k = 0; k < sizeof(v) && i + k < n; k++)
			out[i + k] = (u8)(v >> (8U * k));
	}
	return 0;
}

const char *firmware_entropy_source(void)
{
	return cpu_has_rndr() ? "RNDR" : "none";
}

static int protect_log(void)
{
	if (!cpu_has_rndr())
		log_warn("no entropy source: stack canary and PAC keys are made from the counter");
	return 0;
}
UNIT_DEFINE(protect, 2, 10, protect_log);
