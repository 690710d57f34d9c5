// SPDX-License-Identifier: Apache-2.0
#include <asm/features.h>
#include <asm/msr.h>
#include <asm/vcpu.h>
#include <bulkhead/lib/string.h>

#include "xstate.h"

#define XCR0_X87 BIT(0)
#define XCR0_SSE BIT(1)
#define XCR0_AVX BIT(2)
#define XCR0_PKRU BIT(9)

#define LEAF_XSAVE 0xdU

/* What Bulkhead itself runs with: as after reset. */
#define XCR0_BULKHEAD XCR0_X87

/* There are protection keys, and XSAVE knows them. */
static bool has_pkru;

static void xsetbv(u64 value)
{
	__asm__ volatile("xsetbv" : : "a"((u32)value), "d"((u32)(value >> 32)), "c"(0) : "memory");
}

/*
 * CR4.PKE is set for the one instruction: Bulkhead runs without keys, whatever a guest has left in
 * PKRU. No memory is accessed in between.
 */
static u32 rdpkru(void)
{
	const u64 cr4 = read_cr4();
	u32 value;

	__asm__ volatile("movq %1, %%cr4\n\trdpkru\n\tmovq %2, %%cr4"
			 : "=&a"(value)
			 : "r"(cr4 | CR4_PKE), "r"(cr4), "c"(0)
			 : "rdx", "memory");
	return value;
}

static void wrpkru(u32 value)
{
	const u64 cr4 = read_cr4();

	__asm__ volatile("movq %0, %%cr4\n\twrpkru\n\tmovq %1, %%cr4"
			 :
			 : "r"(cr4 | CR4_PKE), "r"(cr4), "a"(value), "c"(0), "d"(0)
			 : "memory");
}

void xstate_cpu_init(void)
{
	u64 cr4 = read_cr4() | CR4_OSFXSR;

	if (feature(FEAT_XSAVE)) {
		cr4 |= CR4_OSXSAVE;
		has_pkru = feature(FEAT_PKU) && (cpuid(LEAF_XSAVE, 0).eax & XCR0_PKRU) != 0U;
	}
	write_cr4(cr4);
}

/* What XSAVE and XRSTOR move: PKRU lies far behind the rest, and goes by its own instructions. */
static u64 moved(void)
{
	if (!feature(FEAT_XSAVE))
		return 0;
	return XCR0_X87 | XCR0_SSE | (feature(FEAT_AVX) ? XCR0_AVX : 0U);
}

u64 xstate_max(void)
{
	return moved() | (has_pkru ? XCR0_PKRU : 0U);
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
	const u64 max = moved();

	if (has_pkru)
		wrpkru((u32)v->pkru);
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
	const u64 max = moved();

	if (has_pkru)
		v->pkru = rdpkru();
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
