// SPDX-License-Identifier: Apache-2.0
/*
 * Control-flow enforcement of Bulkhead itself (SDM volume 1, chapter 17): every indirect branch
 * must land on ENDBR.
 */
#include <asm/features.h>
#include <asm/msr.h>
#include <asm/x86.h>

bool cet_branch_tracking(void)
{
	return feature(FEAT_CET_IBT);
}

bool cet_shadow_stack(void)
{
	return false;
}

bool cet_init(u32 id)
{
	(void)id;
	if (feature(FEAT_CET_IBT)) {
		write_cr4(read_cr4() | CR4_CET);
		wrmsr(IA32_S_CET, S_CET_ENDBR_EN);
	}
	return false;
}
