/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EL2 stage 1 descriptors (VMSAv8-64, E2H = 0, 4 KiB granule; Arm ARM D8.3), as far as the first
 * tables need them before the page-table engine can run.
 */
#ifndef ASM_PGTABLE_H
#define ASM_PGTABLE_H

#include <asm/sysreg.h>

#define PTE_VALID BIT(0)
#define PTE_TABLE BIT(1) /* level 0..2: a table; level 3: a page */
#define PTE_ATTR_NORMAL ((u64)MAIR_NORMAL_WB << 2)
#define PTE_ATTR_DEVICE ((u64)MAIR_DEVICE_NGNRE << 2)
#define PTE_AP1 BIT(6) /* RES1 with one privilege level */
#define PTE_RO BIT(7)
#define PTE_INNER (3ULL << 8)
#define PTE_AF BIT(10)
#define PTE_GP BIT(50)
#define PTE_XN BIT(54)
#define PTE_ADDR BITS(47, 12)

#endif
