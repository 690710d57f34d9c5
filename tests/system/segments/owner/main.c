// SPDX-License-Identifier: Apache-2.0
/* A guest with two PCI functions; which ones, it finds out. */
#include "owner.h"

#define L1_BLOCK 0x1UL
#define AF (1UL << 10)
#define SH_INNER (3UL << 8)
#define MEMORY (1UL << 2)        /* MAIR index 1 */
#define MAIR 0x4400UL            /* 0: device; 1: normal, not cached */
#define TCR ((2UL << 32) | 25UL) /* 39 bits, tables not cached, 40 bits of address */
#define SCTLR_M 1UL
#define SCTLR_A 2UL

volatile u32 aborts;

static u64 level1[512] __aligned(4096);

void guest_exception(struct guest_frame *frame, u32 vector)
{
	if (vector != GUEST_VECTOR_SYNC) {
		guest_printf("owner: vector %u at 0x%llx\n", vector, (unsigned long long)frame->pc);
		guest_exit(1);
	}
	aborts++;
	frame->pc += 4U;
}

void map_ecam_as_memory(void)
{
	u64 sctlr;

	level1[0] = L1_BLOCK | AF;
	level1[1] = 0x40000000UL | L1_BLOCK | AF | SH_INNER | MEMORY;
	level1[ECAM >> 30] = ALIGN_DOWN(ECAM, 1UL << 30) | L1_BLOCK | AF | SH_INNER | MEMORY;
	__asm__ volatile("dsb sy\n\t"
			 "msr mair_el1, %1\n\t"
			 "msr tcr_el1, %2\n\t"
			 "msr ttbr0_el1, %3\n\t"
			 "isb\n\t"
			 "mrs %0, sctlr_el1\n\t"
			 : "=&r"(sctlr)
			 : "r"(MAIR), "r"(TCR), "r"(level1)
			 : "memory");
	sctlr = (sctlr | SCTLR_M) & ~SCTLR_A;
	__asm__ volatile("msr sctlr_el1, %0\n\tisb" ::"r"(sctlr) : "memory");
}

void guest_main(uintptr_t info)
{
	const char *name = guest_bootargs();

	(void)info;
	map_ecam_as_memory();
	attack_function(1);
	attack_function(2);
	attack_neighbours();
	guest_printf("owner: configuration space: %u as expected\n", config_tried);
	attack_memory(1, (u32)(u8)name[0]);
	guest_exit(0);
}
