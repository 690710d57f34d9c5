/* SPDX-License-Identifier: Apache-2.0 */
/* An SMMUv2: stream mapping, context banks, TLB with its synchronization, fault records. */
#ifndef TESTS_UNIT_IOMMU_SMMUV2_MODEL_H
#define TESTS_UNIT_IOMMU_SMMUV2_MODEL_H

#include "model.h"

#define SMMUV2_MODEL_SIZE 0x20000U
#define SMMUV2_MODEL_BANKS 16U
#define SMMUV2_MODEL_GROUPS 48U

struct smmuv2_bank {
	u32 cbar, cba2r, sctlr, actlr, tcr, fsr, fsynr0, frsynra, resumed;
	u64 ttbr0, far;
};

struct smmuv2_model {
	struct watch watch;
	u32 victim; /* a stream that is watched by itself */
	enum reach victim_reach;
	u32 idr0, idr1, idr2, idr7;
	u32 cr0, acr, gfsr, gfsynr0, gfsynr1;
	u64 gfar;
	u32 id_bits, mask_bits; /* of an SMR that there are */
	u32 smr[128], s2cr[128];
	struct smmuv2_bank bank[SMMUV2_MODEL_BANKS];
	bool tlb_stale;   /* it may hold what firmware's tables allowed */
	bool sync_active; /* until it was read so often */
	u32 delay, waited;
	bool stuck_sync;   /* a synchronization never ends */
	bool stuck_s2cr;   /* S2CRs stay as they are */
	bool stuck_client; /* CLIENTPD stays set */
	bool locked_acr;   /* ACTLRs cannot be changed */
	u32 syncs;
	u32 pending_count, pending_covered; /* invalidations given; those a sync will complete */
	struct {
		u32 vmid;
		u64 iova, size; /* 0: all */
	} pending[256];
	struct model_tlb tlb;
};

/* A unit after reset (bypass), reachable at MODEL_BASE + @index MiB. */
void smmuv2_model_init(struct smmuv2_model *m, u32 index);

/* Sets the watch to what the state allows, after a test has put firmware's into it. */
void smmuv2_model_start(struct smmuv2_model *m);

/*
 * What a transaction of stream @sid at @iova becomes: true and @pa, or refused and recorded. Walks
 * real tables; what it finds it remembers until it was told to forget, and that was synchronized.
 */
bool smmuv2_model_dma(struct smmuv2_model *m, u32 sid, u64 iova, bool write, u64 *pa);

/* Does the unit hold its context interrupt, or the global one, up? */
bool smmuv2_model_line(const struct smmuv2_model *m, bool global);

#endif
