/* SPDX-License-Identifier: Apache-2.0 */
/* An AMD-Vi unit: registers, command buffer, event log. */
#ifndef TESTS_UNIT_IOMMU_AMDVI_MODEL_H
#define TESTS_UNIT_IOMMU_AMDVI_MODEL_H

#include <bulkhead/irqchip/message.h>

#include "model.h"

#define AMDVI_MODEL_SIZE 0x4000U

/* What the unit remembers of messages, as long as it may: third words of sources, entries. */
#define AMDVI_MODEL_REMEMBERS 16U
struct amdvi_model_irt {
	u32 dte_count, count;
	struct {
		u16 source;
		u64 word;
	} dte[AMDVI_MODEL_REMEMBERS];
	struct amdvi_model_irte {
		u16 source;
		u32 number;
		u64 low, high;
	} irte[AMDVI_MODEL_REMEMBERS];
};

/* A message, as local APICs get it. */
struct amdvi_model_message {
	u32 apic;
	u8 vector;
	bool level;
};

struct amdvi_model {
	struct watch watch;
	u64 devtab, cmd_base, event_base, control, excl_base, excl_limit, feature;
	u32 cmd_head, cmd_tail, event_head, event_tail, status;
	bool table_open; /* the device table lets somebody through; looked at when it is set */
	bool entries_stale, pages_stale; /* caches may hold firmware's */
	u32 entries_told;                /* INVALIDATE_DEVTAB_ENTRY since the table changed */
	u32 waits;
	bool stuck_run;   /* CmdBufRun and EventLogRun never change any more */
	bool slow;        /* a command is done when a register is read, no sooner */
	u32 deepest;      /* so many waited at once */
	bool stuck_wait;  /* COMPLETION_WAIT never stores */
	bool lost_enable; /* IommuEn cannot be set */
	u32 refuse;       /* so many commands are illegal: the buffer stops */
	u32 events;       /* messages of the event log */
	struct model_tlb tlb;
	struct amdvi_model_irt irt;
};

/* The message of the function that the unit is, at AMDVI_MODEL_RID. */
#define AMDVI_MODEL_RID 0x0002U
extern struct amdvi_model_msi {
	struct message message;
	bool on, absent;
} amdvi_model_msi;

/* A unit after reset, reachable at MODEL_BASE + @index MiB. */
void amdvi_model_init(struct amdvi_model *m, u32 index);

/* Sets the watch to what the state allows, after a test has put firmware's into it. */
void amdvi_model_start(struct amdvi_model *m);

/*
 * What a transaction of @device at @iova becomes: true and @pa, or refused. Walks real tables, and
 * remembers pages until it is told to forget.
 */
bool amdvi_model_dma(struct amdvi_model *m, u16 device, u64 iova, bool write, u64 *pa);

/*
 * What becomes of a message of @source with @data: true and @out, or refused and logged, if that is
 * wanted. Reads real tables, and remembers what it has read until it is told to forget; what no
 * specification allows in them is a breach.
 */
bool amdvi_model_interrupt(struct amdvi_model *m, u16 source, u32 data,
			   struct amdvi_model_message *out);

/* For commands: forgets what it remembers of @source, third word of its entry or table. */
void amdvi_model_forget_dte(struct amdvi_model *m, u16 source);
void amdvi_model_forget_irt(struct amdvi_model *m, u16 source);

/* Logs an event, or overflows. @flags are bits of its first word (EVENT_RW, EVENT_I). */
void amdvi_model_event(struct amdvi_model *m, u32 code, u16 device, u64 addr, u64 flags);

#endif
