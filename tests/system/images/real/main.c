// SPDX-License-Identifier: Apache-2.0
/* From 64-bit mode down to real mode, a look around there, and up again. */
#include "../image.h"

#include <bulkhead/lib/string.h>

/* What real_code() leaves; its first byte in memory is at REAL. */
#define REAL 0x8000U
struct result {
	u32 pe;         /* CR0.PE as SMSW reads it */
	u32 interrupts; /* INT 60h that came */
	u32 flags;      /* FLAGS as the handler found them pushed */
	u32 sum;        /* of numbers, by string instructions and a loop */
	u32 wrapped;    /* a word through a segment at its end of memory */
	u32 far;        /* far calls that came back */
	u32 divided;    /* #DE that came to vector 0 */
	u32 flat;       /* a word above 1 MiB by a segment with a limit of 4 GiB */
	u32 vendor;     /* CPUID's EBX */
	u32 changed;    /* what code that changed itself did */
	u32 v86;        /* bit 17 of EFLAGS: never */
};

extern const u8 real_code[], real_code_end[], real_result[];
void real_visit(void);

u32 image_failures;
static const u32 above = 0x12345678;

void guest_main(uintptr_t info)
{
	const volatile struct result *r =
		(const volatile struct result *)(uintptr_t)(REAL + (u32)(real_result - real_code));
	u32 leaf[4];

	(void)info;
	memcpy((void *)(uintptr_t)REAL, real_code, (size_t)(real_code_end - real_code));
	*(volatile u32 *)0x7000 = (u32)(uintptr_t)&above;
	cpuid(0, 0, leaf);
	real_visit();
	PASS("there and back");
	CHECK("CR0.PE is clear", r->pe == 0U);
	CHECK("software interrupts", r->interrupts == 3U && (r->flags & 1U) == 1U);
	CHECK("string instructions and loops", r->sum == 5050U);
	CHECK("segments", r->wrapped == 0xbeefU);
	CHECK("far calls", r->far == 2U);
	CHECK("division by zero", r->divided == 1U);
	CHECK("a flat segment", r->flat == above);
	CHECK("CPUID", r->vendor == leaf[1]);
	CHECK("code that changes itself", r->changed == 0x77U);
	CHECK("no virtual 8086 mode", r->v86 == 0U);
	image_end();
}
