// SPDX-License-Identifier: Apache-2.0
/* Memory by cache lines: include/bulkhead/arch/cache.h, and memory_clear() of asm/image.h. */
#include <asm/assembler.h>

/* \op every data line of [x0, x0 + x1), and waits until all see it. */
.macro by_line op
	cbz	x1, 2f
	add	x1, x0, x1
	each_line "\op"
2:	dsb	sy
.endm

FUNC cache_clean
	by_line "dc cvac"
	ret
ENDFUNC cache_clean

FUNC cache_clean_invalidate
	by_line "dc civac"
	ret
ENDFUNC cache_clean_invalidate

FUNC cache_sync_code
	by_line "dc cvau"
	ic	ialluis
	dsb	ish
	isb
	ret
ENDFUNC cache_sync_code

FUNC memory_clear
	cbz	x1, 3f
	add	x1, x0, x1
	mrs	x2, dczid_el0
	and	x2, x2, #0x1f
	cmp	x2, #4			// DZP clear: allowed; BS: 16 words at a time
	b.ne	2f
	sub	x2, x1, x0
	ands	x2, x2, #0x3c0		// first what is no multiple of sixteen
	b.eq	4f
1:	dc	zva, x0
	add	x0, x0, #64
	subs	x2, x2, #64
	b.ne	1b
4:	cmp	x0, x1
	b.hs	3f
5:	.rept	16
	dc	zva, x0
	add	x0, x0, #64
	.endr
	cmp	x0, x1
	b.lo	5b
	ret
2:	stp	xzr, xzr, [x0], #16
	cmp	x0, x1
	b.lo	2b
3:	ret
ENDFUNC memory_clear

FUNC cache_zero
	b	memory_clear
ENDFUNC cache_zero
