// SPDX-License-Identifier: Apache-2.0
#include <asm/features.h>
#include <asm/msr.h>
#include <asm/vcpu.h>
#include <bulkhead/lib/string.h>

#include "xstate.h"

#define XCR0_X87 BIT(0)
#define XCR0_SSE BIT(1)
#define XCR0_AVX BIT(2)

/* What Bulkhead itself runs with: as after reset. */
#define XCR0_BULKHEAD XCR0_X87

static void xsetbv(u64 value)
{
	__asm__ volatile("xsetbv" : : "a"((u32)value), "d"((u32)(value >> 32)), "c"(0) : "memory");
}

void xstate_cpu_init(void)
{
	u64 cr4 = read_cr4() | CR4_OSFXSR;

	if (feature(FEAT_XSAVE))
		cr4 |= CR4_OSXSAVE;
	write_cr4(cr4);
}

u64 xstate_max(void)
{
	if (!feature(FEAT_XSAVE))
		return 0;
	return XCR0_X87 | XCR0_SSE | (feature(FEAT_AVX) ? XCR0_AVX : 0U);
}

/* FXSAVE image after FNINIT (SDM volume 1, table 10-2): FCW at 0, MXCSR at 24; header all zero. */
void xstate_reset(struct vcpu_arch *v)
{
	const u16 fcw = 0x37f;
	const u32 mxcsr = 0x1f80;

	memcpy(&v->fpu[0], &fcw, sizeof(fcw));
	memcpy(&v->fpu[24], &mxcsr, sizeof(mxcsr));
	v->xcr0 = XCR0_X87;
}

/* All that any guest may have is loaded, so that nothing of another is left. */
void xstate_load(struct vcpu_arch *v)
{
	const u64 max = xstate_max();

	if (max == 0U) {
		__asm__ volatile("fxrstor64 %0" : : "m"(v->fpu));
		return;
	}
	xsetbv(max);
	__asm__ volatile("xrstor64 %0" : : "m"(v->fpu), "a"((u32)max), "d"(0));
	xsetbv(v->xcr0);
}

void xstate_put(struct vcpu_arch *v)
{
	const u64 max = xstate_max();

	if (max == 0U) {
		__asm__ volatile("fxsave64 %0" : "=m"(v->fpu));
		return;
	}
	xsetbv(max);
	__asm__ volatile("xsave64 %0" : "+m"(v->fpu) : "a"((u32)max), "d"(0));
	xsetbv(XCR0_BULKHEAD);
}

void xstate_xcr0_set(struct vcpu_arch *v, u64 value)
{
	v->xcr0 = value;
	xsetbv(value);
}
