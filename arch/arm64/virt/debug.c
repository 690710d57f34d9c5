// SPDX-License-Identifier: Apache-2.0
/* Debug registers as a guest reads and writes them. */
#include <asm/debug.h>
#include <asm/sysreg.h>
#include <asm/virt.h>

/* MDSCR_EL1: SS, TDCC, KDE, MDE. The others belong to an external debugger. */
#define MDSCR_KEPT (BIT(0) | BIT(12) | BIT(13) | BIT(15))
/* DBGBCR<n>_EL1: BT, LBN, SSC, HMC, BAS, PMC, E. DBGWCR<n>_EL1: MASK, WT, .., LSC, PAC, E. */
#define BCR_KEPT 0x00ffe1e7ULL
#define WCR_KEPT 0x1f1fffffULL
#define WVR_KEPT (~3ULL)

#define OSLSR_OSLM 0x8U /* 0b10: there is an OS lock */
#define OSLSR_OSLK BIT(1)
#define OSLAR_OSLK BIT(0)
#define CLAIM_TAGS 0xffU

#define ID_MDSCR SYSREG_ID(2, 0, 0, 2, 2)
#define ID_OSLAR SYSREG_ID(2, 0, 1, 0, 4)
#define ID_OSLSR SYSREG_ID(2, 0, 1, 1, 4)
#define ID_CLAIMSET SYSREG_ID(2, 0, 7, 8, 6)
#define ID_CLAIMCLR SYSREG_ID(2, 0, 7, 9, 6)
#define ID_PAIR SYSREG_ID(2, 0, 0, 0, 4) /* CRm: which; op2, two bits: BVR, BCR, WVR, WCR */
#define ID_PAIR_MASK SYSREG_ID(3, 7, 15, 0, 4)
#define ID_CRM_LO 1U
#define ID_OP2_LO 17U

static u64 *pair_find(struct vcpu_debug *d, u32 id, u64 *kept)
{
	static const u64 masks[] = { ~0ULL, BCR_KEPT, WVR_KEPT, WCR_KEPT };
	u64 *const files[] = { d->bvr, d->bcr, d->wvr, d->wcr };
	const u32 which = id >> ID_OP2_LO & 3U;

	*kept = masks[which];
	return &files[which][id >> ID_CRM_LO & (DEBUG_PAIRS - 1U)];
}

static void word_access(struct vcpu_debug *d, u64 *word, u64 kept, bool write, u64 *value)
{
	if (!write) {
		*value = *word;
		return;
	}
	*word = *value & kept;
	d->used = true;
}

static void lock_access(struct vcpu_debug *d, bool write, u64 *value)
{
	if (!write) {
		*value = OSLSR_OSLM | (d->unlocked ? 0U : OSLSR_OSLK);
		return;
	}
	d->unlocked = (*value & OSLAR_OSLK) == 0U;
	d->used = true;
}

static void claim_access(struct vcpu_debug *d, bool clear, bool write, u64 *value)
{
	if (!write) {
		*value = clear ? d->claim : CLAIM_TAGS;
		return;
	}
	d->claim = (u8)(clear ? d->claim & ~*value : d->claim | *value);
	d->used = true;
}

bool debug_access(struct vcpu_debug *d, u32 id, bool write, u64 *value)
{
	u64 kept = MDSCR_KEPT;
	u64 *word = &d->mdscr;

	if (id == ID_OSLSR || id == ID_OSLAR) {
		lock_access(d, write, value);
		return true;
	}
	if (id == ID_CLAIMSET || id == ID_CLAIMCLR) {
		claim_access(d, id == ID_CLAIMCLR, write, value);
		return true;
	}
	if ((id & ID_PAIR_MASK) == ID_PAIR)
		word = pair_find(d, id, &kept);
	else if (id != ID_MDSCR)
		return false;
	word_access(d, word, kept, write, value);
	return true;
}

u64 debug_mdscr(const struct vcpu_debug *d)
{
	return d->unlocked ? d->mdscr : 0U;
}
