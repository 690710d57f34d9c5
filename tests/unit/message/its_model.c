// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>

#include "drivers/irqchip/its.h"
#include "its_model.h"

#define LPI_TABLE_FIRST 8192U
#define LPI_TABLE_BITS 14U
#define RD_SIZE 0x20000U
#define RD_BASE 0x80a0000ULL

struct machine machine;
struct its_model model;
u64 model_memory, model_memory_left;

static const struct message_ops *offered = &its_ops;
static void (*lpis)(u32 intid);
static volatile u8 *redists[MODEL_CPUS];

/* ---- what the driver finds around it ---- */

int message_controller_set(const struct message_ops *ops)
{
	offered = ops;
	return 0;
}

int message_open(const struct message_source *s, u32 count)
{
	return offered->open(s, count);
}

int message_take(struct message_irq *m)
{
	return offered->take(m);
}

int message_enable(struct message_irq *m, bool on)
{
	return offered->enable(m, on);
}

int message_route(struct message_irq *m, u32 cpu)
{
	return offered->route(m, cpu);
}

int message_release(struct message_irq *m)
{
	return offered->release(m);
}

void message_of(const struct message_irq *m, struct message *out)
{
	offered->message(m, out);
}

int message_doorbell(const struct message_source *s, hpa_t *page)
{
	return offered->doorbell(s, page);
}

/* Leaked by the tests that take it: a driver never gives any back. */
void *message_memory(u64 size, u64 align)
{
	static u8 pool[MIB(8)] __attribute__((aligned(65536)));
	const u64 at = ALIGN_UP(model_memory, align);

	if (model_memory_left == 0U || at + size > sizeof(pool))
		return NULL;
	model_memory_left--;
	model_memory = at + size;
	memset(&pool[at], 0, size);
	return &pool[at];
}

const struct machine_irqchip *gic_find(enum irqchip_kind kind)
{
	return kind == IRQCHIP_GICV3 ? &machine.irqchip[0] : NULL;
}

volatile u8 *gic_redist(u32 cpu)
{
	return redists[cpu];
}

u32 gic_dist_typer(void)
{
	return model.dist_typer;
}

void gic_lpis_set(void (*fn)(u32 intid))
{
	lpis = fn;
}

/* ---- redistributors ---- */

static u64 rd_read(void *ctx, u64 off, u32 width __unused)
{
	const u32 n = (u32)(uintptr_t)ctx;

	switch (off) {
	case GICR_CTLR:
		return model.rd[n].ctlr;
	case GICR_TYPER:
		return (u64)(n + 5U) << 8 | (u64)(model.no_lpis ? 0U : GICR_TYPER_PLPIS);
	case GICR_PROPBASER:
		return model.rd[n].propbaser;
	case GICR_PENDBASER:
		return model.rd[n].pendbaser;
	default:
		return 0;
	}
}

static void rd_write(void *ctx, u64 off, u32 width __unused, u64 v)
{
	const u32 n = (u32)(uintptr_t)ctx;
	const u64 shared = model.alone ? ~BASER_SHAREABLE : ~0ULL;

	if (off == GICR_CTLR)
		model.rd[n].ctlr = (u32)v | (model.lpis_stay ? GICR_CTLR_ENABLE_LPIS : 0U);
	/* While LPIs are on the tables must not change. */
	assert_true(off == GICR_CTLR || (model.rd[n].ctlr & GICR_CTLR_ENABLE_LPIS) == 0U);
	if (off == GICR_PROPBASER)
		model.rd[n].propbaser = v & shared;
	if (off == GICR_PENDBASER)
		model.rd[n].pendbaser = v & shared;
}

/* ---- the ITS ---- */

static u32 device_of(u32 id)
{
	u32 i = 0;

	while (i < MODEL_DEVICES && !(model.device[i].valid && model.device[i].id == id))
		i++;
	return i;
}

static u64 page_of(u64 baser)
{
	return KIB(4) << (2U * GITS_BASER_PAGE(baser));
}

/* Is there an entry for device @id in the tables? */
static bool device_entry(u32 id)
{
	const u64 b = model.baser[0];
	const u64 page = page_of(b), bytes = (FIELD_GET(b, 7, 0) + 1U) * page;
	const u64 in_page = page / GITS_BASER_ENTRY(b);
	const u64 *level1 = (const u64 *)(uintptr_t)(b & BITS(47, 12));

	if ((b & BASER_VALID) == 0U)
		return false;
	if ((b & GITS_BASER_INDIRECT) == 0U)
		return (u64)id * GITS_BASER_ENTRY(b) < bytes;
	return id / in_page < bytes / GITS_LEVEL1_ENTRY &&
	       (level1[id / in_page] & GITS_LEVEL1_VALID) != 0U;
}

static u8 property_of(u32 lpi)
{
	const u8 *table = (const u8 *)(uintptr_t)(model.rd[0].propbaser & BITS(51, 12));

	return table[lpi - LPI_TABLE_FIRST];
}

static bool mapd(const struct its_command *c, u32 id)
{
	u32 i = device_of(id);

	if (!device_entry(id) || (c->word[2] & 0xffU) != 0U)
		return false;
	for (u32 k = 0; i == MODEL_DEVICES && k < MODEL_DEVICES; k++)
		i = model.device[k].valid ? i : k;
	assert_int_not_equal(i, MODEL_DEVICES);
	model.device[i].valid = (c->word[2] & ITS_VALID) != 0U;
	model.device[i].id = id;
	model.device[i].bits = (u32)(c->word[1] & 0x1fU) + 1U;
	model.device[i].itt = c->word[2] & BITS(51, 8);
	return true;
}

static bool mapti(const struct its_command *c, u32 i, u32 event)
{
	const u32 lpi = (u32)(c->word[1] >> 32), icid = (u32)(c->word[2] & 0xffffU);

	if (lpi < LPI_TABLE_FIRST || lpi >= 1U << LPI_TABLE_BITS || icid >= MODEL_CPUS ||
	    (model.collection[icid] & ITS_VALID) == 0U || model.device[i].event[event].valid)
		return false;
	model.device[i].event[event].valid = true;
	model.device[i].event[event].lpi = lpi;
	model.device[i].event[event].collection = icid;
	model.device[i].event[event].property = property_of(lpi);
	return true;
}

/* Commands about an event that is mapped. */
static bool about_event(const struct its_command *c, u32 i, u32 event)
{
	if (!model.device[i].event[event].valid)
		return false;
	switch (c->word[0] & 0xffU) {
	case ITS_INV:
		model.device[i].event[event].property =
			property_of(model.device[i].event[event].lpi);
		return true;
	case ITS_MOVI:
		model.device[i].event[event].collection = (u32)(c->word[2] & 0xffffU);
		return true;
	case ITS_DISCARD:
		model.device[i].event[event].valid = false;
		return true;
	default:
		return false;
	}
}

static bool command(const struct its_command *c)
{
	const u32 number = (u32)(c->word[0] & 0xffU), id = (u32)(c->word[0] >> 32);
	const u32 i = device_of(id), event = (u32)c->word[1];

	switch (number) {
	case ITS_SYNC:
		model.syncs++;
		return true;
	case ITS_INVALL:
		return true;
	case ITS_MAPC:
		model.collection[c->word[2] & 0xffU] = c->word[2] & ~0xffULL;
		return (c->word[2] & 0xffU) < MODEL_CPUS;
	case ITS_MAPD:
		return mapd(c, id);
	default:
		if (i == MODEL_DEVICES || event >= 1U << model.device[i].bits ||
		    event >= MODEL_EVENTS)
			return false;
		return number == ITS_MAPTI ? mapti(c, i, event) : about_event(c, i, event);
	}
}

static bool refuses(void)
{
	if (model.refuse == 0U)
		return false;
	if (model.skip != 0U) {
		model.skip--;
		return false;
	}
	model.refuse--;
	return true;
}

static void run(void)
{
	const struct its_command *queue =
		(const struct its_command *)(uintptr_t)(model.cbaser & BITS(51, 12));

	while (!model.stuck && (model.ctlr & GITS_CTLR_ENABLED) != 0U &&
	       (model.creadr & GITS_OFFSET) != (model.cwriter & GITS_OFFSET) &&
	       (model.creadr & GITS_CREADR_STALLED) == 0U) {
		if (refuses() || !command(&queue[model.creadr / sizeof(*queue)])) {
			model.refused++;
			model.creadr |= GITS_CREADR_STALLED;
			return;
		}
		model.commands++;
		model.creadr = (model.creadr + sizeof(*queue)) % PAGE_SIZE;
	}
}

static u64 its_read(void *ctx __unused, u64 off, u32 width __unused)
{
	switch (off) {
	case GITS_CTLR:
		return model.ctlr | (model.restless ? 0U : GITS_CTLR_QUIESCENT);
	case GITS_TYPER:
		return model.typer;
	case GITS_CBASER:
		return model.cbaser;
	case GITS_CREADR:
		return model.creadr;
	default:
		assert_true(off >= GITS_BASER && off < GITS_BASER + 8U * GITS_BASERS);
		return model.baser[(off - GITS_BASER) / 8U];
	}
}

static void baser_write(u32 n, u64 v)
{
	const u64 fixed = BITS(58, 56) | BITS(52, 48);

	if (n > 1U)
		return;
	if (model.page != 0U)
		v = (v & ~BITS(9, 8)) | (u64)model.page << GITS_BASER_PAGE_SHIFT;
	if (model.one_level || n == 1U)
		v &= ~GITS_BASER_INDIRECT;
	if (model.alone)
		v &= ~BASER_SHAREABLE;
	assert_true((v & BASER_VALID) == 0U || (v & BITS(47, 12)) % page_of(v) == 0U);
	model.baser[n] = (v & ~fixed) | (model.baser[n] & fixed);
}

static void its_write(void *ctx __unused, u64 off, u32 width __unused, u64 v)
{
	if (off == GITS_CTLR) {
		model.ctlr = (u32)v;
	} else if (off == GITS_CWRITER) {
		model.cwriter = v & GITS_OFFSET;
		if ((v & GITS_CWRITER_RETRY) != 0U)
			model.creadr &= ~GITS_CREADR_STALLED;
		run();
	} else {
		/* Tables and queue change while it is off. */
		assert_int_equal(model.ctlr & GITS_CTLR_ENABLED, 0);
		if (off == GITS_CBASER) {
			model.cbaser = v & (model.alone ? ~BASER_SHAREABLE : ~0ULL);
			model.creadr = 0;
		} else {
			baser_write((u32)(off - GITS_BASER) / 8U, v);
		}
	}
}

static const struct fake_device its_device = { its_read, its_write, NULL };

int model_start(void)
{
	machine.irqchip_count = 2;
	machine.irqchip[0].kind = IRQCHIP_GICV3;
	machine.irqchip[MODEL_CHIP].kind = IRQCHIP_GIC_ITS;
	machine.irqchip[MODEL_CHIP].base = HPA(MODEL_ITS);
	cpu_count = MODEL_CPUS;
	fake_mmio_add(HPA(MODEL_ITS), GITS_SIZE, &its_device);
	for (u32 i = 0; i < MODEL_CPUS; i++) {
		const struct fake_device d = { rd_read, rd_write, (void *)(uintptr_t)i };

		fake_mmio_add(HPA(RD_BASE + (u64)i * RD_SIZE), RD_SIZE, &d);
		redists[i] = mmu_map(HPA(RD_BASE + (u64)i * RD_SIZE), RD_SIZE, MMU_DEVICE);
	}
	model.baser[0] = FIELD_PREP(GITS_TYPE_DEVICES, 58, 56) | FIELD_PREP(7U, 52, 48);
	model.baser[1] = FIELD_PREP(GITS_TYPE_COLLECTIONS, 58, 56) | FIELD_PREP(7U, 52, 48);
	if (irqchip() == NULL)
		(void)irqchip_register(&fake_irqchip);
	return units_run(STAGE_INTERRUPTS);
}

bool model_message(u32 id, u32 event, u32 *cpu)
{
	const u32 i = device_of(id);

	if ((model.ctlr & GITS_CTLR_ENABLED) == 0U || i == MODEL_DEVICES || event >= MODEL_EVENTS ||
	    !model.device[i].event[event].valid ||
	    (model.device[i].event[event].property & LPI_ENABLE) == 0U)
		return false;
	*cpu = model.device[i].event[event].collection;
	lpis(model.device[i].event[event].lpi);
	return true;
}

void model_lpi(u32 intid)
{
	lpis(intid);
}
