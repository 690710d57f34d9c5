/* SPDX-License-Identifier: Apache-2.0 */
/* A GIC with redistributors and an ITS: registers, command queue, tables in real memory. */
#ifndef TESTS_UNIT_MESSAGE_ITS_MODEL_H
#define TESTS_UNIT_MESSAGE_ITS_MODEL_H

#include <unit.h>

#include <bulkhead/fw/machine.h>
#include <bulkhead/irqchip/message.h>

#include "drivers/irqchip/gic.h"
#include "drivers/irqchip/its_regs.h"

#define MODEL_ITS 0x8080000ULL
#define MODEL_CHIP 1U /* index in machine.irqchip */
#define MODEL_CPUS 3U
#define MODEL_DEVICES 8U
#define MODEL_EVENTS 32U

struct its_model {
	/* What a test may make of it before its_init. */
	u64 typer;
	u32 dist_typer, page;    /* page: 0 any size, else the only one, as in GITS_BASER */
	bool one_level, alone;   /* no second level; nothing is shared with caches */
	bool restless, stuck;    /* never quiescent; takes no commands */
	bool lpis_stay, no_lpis; /* GICR_CTLR.EnableLPIs stays on; there are none */
	u32 refuse;              /* so many commands, after `skip` of them */
	u32 skip;
	/* What came of it. */
	u32 ctlr;
	u64 cbaser, cwriter, creadr, baser[GITS_BASERS];
	struct {
		u32 ctlr;
		u64 propbaser, pendbaser;
	} rd[MODEL_CPUS];
	u64 collection[MODEL_CPUS]; /* target, and bit 63 */
	struct {
		bool valid;
		u32 id, bits;
		u64 itt;
		struct {
			bool valid;
			u32 lpi, collection;
			u8 property; /* as cached */
		} event[MODEL_EVENTS];
	} device[MODEL_DEVICES];
	u32 commands, syncs, refused;
};

extern struct its_model model;

/* The machine, and the driver on it. What its_init() says. */
int model_start(void);

/*
 * Device @id writes @event to the doorbell: true, and the handler of the LPI has run on @cpu. Or it
 * goes nowhere.
 */
bool model_message(u32 id, u32 event, u32 *cpu);

/* The CPU takes LPI @intid out of nowhere. */
void model_lpi(u32 intid);

/* Bytes that were given to the driver; @left: how often it still gets some. */
extern u64 model_memory, model_memory_left;

#endif
