/* SPDX-License-Identifier: Apache-2.0 */
/* An SMMUv3: registers with their handshakes, command queue, event queue, stream table. */
#ifndef TESTS_UNIT_IOMMU_SMMUV3_MODEL_H
#define TESTS_UNIT_IOMMU_SMMUV3_MODEL_H

#include "model.h"

#define SMMUV3_MODEL_SIZE 0x20000U

struct smmuv3_model {
	struct watch watch;
	u32 idr0, idr1, idr5;
	u32 cr0, cr0ack, cr1, cr2, gbpa, irq_ctrl, irq_ctrlack, gerror, gerrorn;
	u64 strtab_base, cmdq_base, eventq_base;
	u32 strtab_cfg, cmdq_prod, cmdq_cons, eventq_prod, eventq_cons;
	bool config_stale, tlb_stale; /* caches may hold firmware's */
	u32 synced;                   /* CMD_SYNC since the last other command: 1 */
	u32 delay;                    /* reads until a handshake is answered */
	u32 waited;
	u32 stuck_ack;   /* CR0ACK bits that never change any more */
	bool stuck_gbpa; /* Update never clears */
	bool stuck_irq;
	bool stuck_queue;
	u32 refuse;       /* this command is CERROR_ILL; 0: none */
	u32 refuse_times; /* so often, then it is taken; 0: always */
	bool eager;       /* remembers every entry and every page, as long as it may */
	u32 ste_count;
	struct smmuv3_ste {
		u32 sid;
		u64 word[8];
	} ste[8];
	struct model_tlb tlb;
};

/*
 * What a transaction of stream @sid at @iova becomes: true and @pa, or refused and recorded. Walks
 * real tables; what it finds it remembers until it is told to forget.
 */
bool smmuv3_model_dma(struct smmuv3_model *m, u32 sid, u64 iova, bool write, u64 *pa);

/* A unit after reset (bypass), reachable at MODEL_BASE + @index MiB. */
void smmuv3_model_init(struct smmuv3_model *m, u32 index);

/* Sets the watch to what the state allows, after a test has put firmware's into it. */
void smmuv3_model_start(struct smmuv3_model *m);

enum stream {
	STREAM_BYPASS, /* or translated by something that is not empty */
	STREAM_ABORTS, /* recorded without address, or not at all */
	STREAM_FAULTS, /* an empty stage 2: F_TRANSLATION with its address */
};

/* What the unit would do with a transaction of stream @sid. */
enum stream smmuv3_model_stream(const struct smmuv3_model *m, u32 sid);

/* Records an event, or overflows. */
void smmuv3_model_event(struct smmuv3_model *m, u32 type, u32 sid, u64 addr, bool write);

#endif
