// SPDX-License-Identifier: Apache-2.0
#include <asm/trap.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/lib/error.h>

int mmio_probe32(const volatile void *p, u32 *out)
{
	u64 err = 0;
	u32 v = 0;

	/* dsb: an abort that is not precise must come here and nowhere later. */
	__asm__ volatile("1:	ldr	%w0, [%2]\n"
			 "	dsb	sy\n"
			 "	b	3f\n"
			 "2:	mov	%1, #1\n"
			 "3:\n" EXTABLE(1b, 2b)
			 : "+r"(v), "+r"(err)
			 : "r"(p)
			 : "memory");
	if (err != 0U)
		return BH_EFAULT;
	*out = v;
	return 0;
}
