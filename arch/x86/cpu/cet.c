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
#include <bulkhead/base/guarded.h>

/*
 * Half the size of the stack: a call takes 8 bytes here and at least 16 there (return address and
 * frame pointer), so the stack's guard page is met first and these need none.
 */
#define WORDS(stack_size) ((stack_size) / 2U / sizeof(u64))

struct shadow_stacks {
	u64 own[WORDS(CONFIG_STACK_SIZE)];
	u64 ist[IST_COUNT][WORDS(X86_IST_STACK_SIZE)];
} __aligned(4096);

static struct shadow_stacks shadow[CONFIG_MAX_CPUS] __section(".shadow_stacks");

/* IA32_INTERRUPT_SSP_TABLE: by interrupt stack table slot; 0 is not used. */
static u64 interrupt_ssp[CONFIG_MAX_CPUS][8] __aligned(64);

bool cet_branch_tracking(void)
{
	return build_guarded() && feature(FEAT_CET_IBT);
}

bool cet_shadow_stack(void)
{
	return build_guarded() && feature(FEAT_CET_SS);
}

static u64 *own_token(u32 id)
{
	return &shadow[id].own[ARRAY_SIZE(shadow[id].own) - 1U];
}

void cet_prepare(void)
{
	for (u32 id = 0; cet_shadow_stack() && id < CONFIG_MAX_CPUS; id++) {
		*own_token(id) = (uintptr_t)own_token(id);
		for (u32 i = 0; i < IST_COUNT; i++) {
			u64 *token = &shadow[id].ist[i][ARRAY_SIZE(shadow[id].ist[i]) - 1U];

			*token = (uintptr_t)token;
			interrupt_ssp[id][i + 1U] = (uintptr_t)token;
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
	wrmsr(IA32_PL0_SSP, (uintptr_t)own_token(id));
	return true;
}
