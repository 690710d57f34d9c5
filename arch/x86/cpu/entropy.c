// SPDX-License-Identifier: Apache-2.0
#include <asm/features.h>
#include <asm/x86.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/firmware.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/panic.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

/* Intel's guidance: RDRAND fails ten times in a row only when broken; RDSEED may be drained. */
#define TRIES 1000U

#define X86_RANDOM(name)                                                                \
	static bool name(u64 *out)                                                      \
	{                                                                               \
		bool ok;                                                                \
                                                                                        \
		__asm__ volatile(#name " %0\n\tsetc %1" : "=r"(*out), "=qm"(ok)::"cc"); \
		return ok;                                                              \
	}
X86_RANDOM(rdseed)
X86_RANDOM(rdrand)

static bool random_word(u64 *out)
{
	for (u32 i = 0; i < TRIES; i++) {
		if (feature(FEAT_RDSEED) ? rdseed(out) : rdrand(out))
			return true;
		cpu_relax();
	}
	return false;
}

const char *firmware_entropy_source(void)
{
	if (feature(FEAT_RDSEED))
		return "RDSEED";
	return feature(FEAT_RDRAND) ? "RDRAND" : "none";
}

int firmware_entropy(void *buf, size_t n)
{
	u8 *at = buf;

	if (!feature(FEAT_RDSEED) && !feature(FEAT_RDRAND))
		return BH_ENODEV;
	while (n != 0U) {
		size_t part = n < sizeof(u64) ? n : sizeof(u64);
		u64 v;

		if (!random_word(&v))
			return trace_error(BH_EIO);
		memcpy(at, &v, part);
		at += part;
		n -= part;
	}
	return 0;
}

/*
 * The first C function. Its own frame cannot be protected: it sets what the check compares with.
 * Without an entropy source the time since power-on is what there is; the boot log names that.
 */
__attribute__((no_stack_protector)) void x86_canary_init(void)
{
	u64 v;

	features_init();
	if (firmware_entropy(&v, sizeof(v)) != 0)
		v = timer_now() * 0x9e3779b97f4a7c15ULL;
	/* A zero byte in front stops string functions from reading or writing it. */
	__stack_chk_guard = v & ~0xffULL;
}
