// SPDX-License-Identifier: Apache-2.0
/*
 * Control-flow enforcement of Bulkhead itself (SDM volume 1, chapter 17): every indirect branch
 * must land on ENDBR, and every return on what its call pushed to the shadow stack.
 *
 * A CPU has a shadow stack for its own stack and one for each interrupt stack. At the top of each
 * lies a token, the token's own address, by which the CPU knows a free shadow stack.
 */
#include <asm/features.h>
#include <asm/msr.h>
#include <asm/x86.h>

#define TOKEN (PAGE_SIZE / sizeof(u64) - 1U)

/* Slot 0 is the CPU's own; the others by interrupt stack table slot. Never written by stores. */
static u64
	shadow[CONFIG_MAX_CPUS][1U + IST_COUNT][PAGE_SIZE / sizeof(u64)] __section(".shadow_stacks")
		__aligned(PAGE_SIZE);

/* IA32_INTERRUPT_SSP_TABLE: by interrupt stack table slot; 0 is not used. */
static u64 interrupt_ssp[CONFIG_MAX_CPUS][8] __aligned(64);

bool cet_branch_tracking(void)
{
	return feature(FEAT_CET_IBT);
}

bool cet_shadow_stack(void)
{
	return feature(FEAT_CET_SS);
}

void cet_prepare(void)
{
	for (u32 id = 0; cet_shadow_stack() && id < CONFIG_MAX_CPUS; id++) {
		for (u32 i = 0; i <= IST_COUNT; i++) {
			u64 *token = &shadow[id][i][TOKEN];

			*token = (uintptr_t)token;
			interrupt_ssp[id][i] = (uintptr_t)token;
		}
	}
}

bool cet_init(u32 id)
{
	if (!cet_branch_tracking() && !cet_shadow_stack())
		return false;
	write_cr4(read_cr4() | CR4_CET);
	wrmsr(IA32_S_CET, cet_branch_tracking() ? S_CET_ENDBR_EN : 0U);
	if (!cet_shadow_stack())
		return false;
	wrmsr(IA32_INTERRUPT_SSP_TABLE, (uintptr_t)interrupt_ssp[id]);
	wrmsr(IA32_PL0_SSP, (uintptr_t)&shadow[id][0][TOKEN]);
	return true;
}
