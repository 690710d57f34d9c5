// SPDX-License-Identifier: Apache-2.0
/* What the system of this test hides and shows of the CPU (src/main.c), as the guest meets it. */
#include "apic.h"

#define CR4_OSXSAVE (1UL << 18)
#define CR4_SMAP (1UL << 21)
#define TSC_ADJUST 0x3bU
#define KVM_EBX 0x4b4d564bU
#define KVM_SYSTEM_TIME 0x4b564d01U

struct cpuid {
	u32 eax, ebx, ecx, edx;
};

static struct cpuid cpuid(u32 leaf)
{
	struct cpuid r;

	__asm__ volatile("cpuid"
			 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
			 : "0"(leaf), "2"(0));
	return r;
}

static u64 cr4_read(void)
{
	u64 value;

	__asm__ volatile("movq %%cr4, %0" : "=r"(value));
	return value;
}

static bool cr4_write_safe(u64 value)
{
	faults = 0;
	__asm__ volatile("movq $1f, %0\n\tmovq %1, %%cr4\n1:"
			 : "=m"(fixup)
			 : "r"(value)
			 : "memory");
	return faults == 0U;
}

static bool xcr0_write_safe(u32 value)
{
	faults = 0;
	__asm__ volatile("movq $1f, %0\n\txsetbv\n1:"
			 : "=m"(fixup)
			 : "a"(value), "d"(0), "c"(0)
			 : "memory");
	return faults == 0U;
}

/* AVX, and what needs it; SSE's state is there all the same. */
static void test_avx(void)
{
	const u64 cr4 = cr4_read();

	guest_check((cpuid(1).ecx & 0x30001000U) == 0U);
	guest_check((cpuid(7).ebx & 0x20U) == 0U);
	if ((cpuid(1).ecx >> 26 & 1U) == 0U)
		return;
	guest_check((cpuid(0xd).eax & 7U) == 3U);
	guest_check(cr4_write_safe(cr4 | CR4_OSXSAVE));
	guest_check(xcr0_write_safe(3));
	guest_check(!xcr0_write_safe(7));
	guest_check(xcr0_write_safe(1));
	guest_check(cr4_write_safe(cr4));
}

void test_features(void)
{
	u64 value;

	test_avx();
	guest_check((cpuid(7).ebx & 1U << 20) == 0U);
	guest_check(!cr4_write_safe(cr4_read() | CR4_SMAP));
	guest_check((cpuid(7).ebx & 2U) == 0U);
	guest_check(!msr_read_safe(TSC_ADJUST, &value));
	guest_check(!msr_write_safe(TSC_ADJUST, 0));
	guest_check(cpuid(0x40000000).ebx == KVM_EBX);
	guest_check(msr_read_safe(KVM_SYSTEM_TIME, &value) && value == 0U);
}
