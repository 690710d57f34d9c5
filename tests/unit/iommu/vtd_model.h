/* SPDX-License-Identifier: Apache-2.0 */
/* A VT-d unit: registers, invalidation queue, fault records. */
#ifndef TESTS_UNIT_IOMMU_VTD_MODEL_H
#define TESTS_UNIT_IOMMU_VTD_MODEL_H

#include "model.h"

#define VTD_MODEL_SIZE 0x2000U
#define VTD_MODEL_RECORDS 4U

struct vtd_model {
	struct watch watch;
	u64 cap, ecap;
	u32 gsts, fsts, fectl, iectl, pmen;
	u64 rtaddr, irta, iqa, iqh, iqt;
	u64 root, table; /* latched by SRTP and SIRTP */
	u64 record[VTD_MODEL_RECORDS][2];
	bool context_stale, iotlb_stale, entries_stale; /* caches may hold the tables before */
	bool cached_dma, cached_interrupts;             /* and those let somebody through */
	bool flushed;
	u32 stuck_gsts; /* status bits that never change any more */
	bool stuck_queue, stuck_registers, stuck_pmen;
	bool refuse_queue; /* FSTS_REG.IQE instead of work */
	bool slow;         /* a descriptor is done when a register is read, no sooner */
	u32 deepest;       /* so many waited at once */
	u32 waits;
	u32 refuse_times; /* so often IQE for the next descriptor, then it is taken */
	u32 context_count;
	struct vtd_context {
		u16 sid;
		u64 low, high;
	} context[8];
	struct model_tlb tlb;
	u32 event_data, events; /* messages of faults */
	u64 event_address;
	u32 entries_flushed; /* invalidations of one interrupt entry */
};

/*
 * What a transaction of @sid at @iova becomes: true and @pa, or refused and recorded. Walks real
 * tables, and remembers what it found until it is told to forget.
 */
bool vtd_model_dma(struct vtd_model *m, u16 sid, u64 iova, bool write, u64 *pa);

/* A unit after reset, reachable at MODEL_BASE + @index MiB. */
void vtd_model_init(struct vtd_model *m, u32 index);

/* Sets the watch to what the state allows, after a test has put firmware's into it. */
void vtd_model_start(struct vtd_model *m);

/* A device faults: the next free record, or overflow. */
void vtd_model_fault(struct vtd_model *m, u16 sid, u64 addr, bool write, u8 reason);

#endif
