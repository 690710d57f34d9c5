// SPDX-License-Identifier: Apache-2.0
/*
 * GICv3 ITS and LPIs (Arm IHI 0069, chapters 5 and 6). A message is (device, event): who sent is
 * told by the bus, not by what is written, so no device can raise another's interrupt. A device
 * that was not opened has no translation table, and its messages go nowhere.
 *
 * All tables are made when the first source is opened. Collection n is CPU n. LPIs have no active
 * state: what is acknowledged is completed.
 */
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cache.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/irqchip/message.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

#include "gic.h"
#include "its.h"

#define ITS_MAX 4U

/* LPIs of 14 bits, the fewest there are; so many of them are used. */
#define LPI_ID_BITS 14U
#define LPI_FIRST 8192U
#define LPI_TABLE ((1U << LPI_ID_BITS) - LPI_FIRST)
#define LPI_PENDING ((1U << LPI_ID_BITS) / 8U)
#define LPI_OFF (GIC_PRIORITY | LPI_RES1)

static struct its units[ITS_MAX];
static u32 unit_count;

/* Of all CPUs. */
static u8 *properties;
static struct message_irq *lpis[CONFIG_ITS_LPIS]; /* atomic */
static struct spinlock lpis_lock = SPINLOCK_INIT(LOCK_IRQCHIP);
static bool properties_clean; /* redistributors do not snoop */

_Static_assert(CONFIG_ITS_LPIS <= LPI_TABLE, "LPIs");

/* 0: not yet; 1: all of it is there; else the error that came of it. */
static int state;

static struct its *its_of(u32 chip)
{
	for (u32 i = 0; i < unit_count; i++) {
		if (units[i].chip == chip)
			return &units[i];
	}
	return NULL;
}

/* ---- redistributors ---- */

static int lpis_on_cpu(u32 cpu, u8 *pending)
{
	volatile u8 *rd = gic_redist(cpu);
	u32 ctlr = mmio_read32(rd + GICR_CTLR);
	u64 seen;

	if ((mmio_read64(rd + GICR_TYPER) & GICR_TYPER_PLPIS) == 0U) {
		log_error("GICv3: CPU %u: its redistributor has no LPIs (GICR_TYPER)", cpu);
		return trace_error(BH_ENOTSUP);
	}
	mmio_write32(rd + GICR_CTLR, ctlr & ~GICR_CTLR_ENABLE_LPIS);
	ctlr = mmio_read32(rd + GICR_CTLR);
	if ((ctlr & GICR_CTLR_ENABLE_LPIS) != 0U) {
		log_error("GICv3: CPU %u: firmware left LPIs on, and they cannot be switched off "
			  "(GICR_CTLR 0x%x): no messages",
			  cpu, ctlr);
		return trace_error(BH_ENOTSUP);
	}
	mmio_write64(rd + GICR_PROPBASER, mmu_pa(properties).v | BASER_INNER_SHAREABLE |
						  GICR_INNER_CACHE(CACHE_RA_WA_WB) |
						  GICR_PROPBASER_ID_BITS(LPI_ID_BITS));
	seen = mmio_read64(rd + GICR_PROPBASER);
	properties_clean |= (seen & BASER_SHAREABLE) == 0U;
	cache_clean_invalidate(pending, LPI_PENDING);
	mmio_write64(rd + GICR_PENDBASER, mmu_pa(pending).v | GICR_PENDBASER_PTZ |
						  BASER_INNER_SHAREABLE |
						  GICR_INNER_CACHE(CACHE_RA_WA_WB));
	dma_mb();
	mmio_write32(rd + GICR_CTLR, ctlr | GICR_CTLR_ENABLE_LPIS);
	return 0;
}

static int lpis_init(void)
{
	const u32 typer = gic_dist_typer();
	u8 *pending;
	int err = 0;

	if ((typer & GICD_TYPER_LPIS) == 0U || GICD_TYPER_ID_BITS(typer) < LPI_ID_BITS) {
		log_error("GICv3: GICD_TYPER is 0x%x: no LPIs of %u bits", typer, LPI_ID_BITS);
		return trace_error(BH_ENOTSUP);
	}
	properties = message_memory(LPI_TABLE, PAGE_SIZE);
	pending = message_memory((u64)cpu_count * GICR_PENDBASER_ALIGN, GICR_PENDBASER_ALIGN);
	if (properties == NULL || pending == NULL)
		return trace_error(BH_ENOMEM);
	memset(properties, (int)LPI_OFF, LPI_TABLE);
	cache_clean(properties, LPI_TABLE);
	for (u32 i = 0; i < cpu_count && err == 0; i++) {
		if (gic_redist(i) != NULL)
			err = lpis_on_cpu(i, pending + (u64)i * GICR_PENDBASER_ALIGN);
	}
	return err;
}

static void property_set(u32 lpi, u8 value)
{
	u8 *at = &properties[lpi - LPI_FIRST];

	write_once(*at, value);
	if (properties_clean)
		cache_clean(at, 1);
	dma_mb();
}

/* On the CPU that took it. */
static void lpi_taken(u32 intid)
{
	struct message_irq *m = NULL;

	if (intid >= LPI_FIRST && intid - LPI_FIRST < CONFIG_ITS_LPIS)
		m = __atomic_load_n(&lpis[intid - LPI_FIRST], __ATOMIC_ACQUIRE);
	if (m == NULL) {
		log_warn("GICv3: CPU %u: LPI %u is nobody's", this_cpu()->id, intid);
		return;
	}
	__atomic_store_n(&m->count, m->count + 1U, __ATOMIC_RELAXED);
	m->fn(m->ctx);
}

static int lpi_alloc(struct message_irq *m)
{
	int err = BH_EOVERFLOW;

	spin_lock(&lpis_lock);
	for (u32 i = 0; i < CONFIG_ITS_LPIS; i++) {
		if (lpis[i] != NULL)
			continue;
		m->id = LPI_FIRST + i;
		__atomic_store_n(&lpis[i], m, __ATOMIC_RELEASE);
		err = 0;
		break;
	}
	spin_unlock(&lpis_lock);
	return err;
}

static void lpi_free(const struct message_irq *m)
{
	__atomic_store_n(&lpis[m->id - LPI_FIRST], NULL, __ATOMIC_RELEASE);
}

/* ---- tables of an ITS ---- */

static u32 page_bytes(u64 baser)
{
	return GITS_BASER_PAGE(baser) == 0U   ? KIB(4)
	       : GITS_BASER_PAGE(baser) == 1U ? KIB(16)
					      : KIB(64);
}

/*
 * Writes a table of @pages pages of @table into @reg, as far as the ITS lets: some fields are
 * fixed. What it took of them is in the answer.
 */
static u64 baser_set(const struct its *its, volatile u8 *reg, const u8 *table, u32 pages, u64 flags)
{
	u64 v = (mmio_read64(reg) & (BITS(58, 56) | BITS(52, 48) | BITS(9, 8))) | flags |
		GITS_BASER_PAGES(pages) | BASER_VALID;

	v |= table == NULL ? 0U : mmu_pa(table).v;
	v |= its->snoops ? BASER_INNER_SHAREABLE | GITS_INNER_CACHE(CACHE_RA_WA_WB)
			 : GITS_INNER_CACHE(GITS_NON_CACHEABLE);
	mmio_write64(reg, v);
	return mmio_read64(reg);
}

/* The smallest pages that the ITS takes. */
static u32 page_choose(volatile u8 *reg)
{
	const u64 v = mmio_read64(reg) & ~BITS(9, 8);

	mmio_write64(reg, v);
	return page_bytes(mmio_read64(reg));
}

static int devices_init(struct its *its, volatile u8 *reg)
{
	const u64 ids = 1ULL << GITS_TYPER_DEVICE_BITS(its->typer);
	const u32 page = page_choose(reg);
	const u32 entry = GITS_BASER_ENTRY(mmio_read64(reg));
	const u64 flat = ALIGN_UP(ids * entry, page) / page;
	u64 pages = flat, seen;

	mmio_write64(reg, mmio_read64(reg) | GITS_BASER_INDIRECT);
	its->devices.two_levels = flat > 1U && (mmio_read64(reg) & GITS_BASER_INDIRECT) != 0U;
	if (its->devices.two_levels)
		pages = ALIGN_UP(flat * GITS_LEVEL1_ENTRY, page) / page;
	pages = pages < GITS_BASER_PAGES_MAX ? pages : GITS_BASER_PAGES_MAX;
	its->devices.table = message_memory(pages * page, page);
	if (its->devices.table == NULL)
		return trace_error(BH_ENOMEM);
	its_clean(its, its->devices.table, pages * page);
	its->devices.page = page;
	its->devices.entry = entry;
	its->devices.limit = pages * page / (its->devices.two_levels ? GITS_LEVEL1_ENTRY : entry);
	if (its->devices.two_levels)
		its->devices.limit *= page / entry;
	its->devices.limit = its->devices.limit < ids ? its->devices.limit : ids;
	seen = baser_set(its, reg, its->devices.table, (u32)pages,
			 its->devices.two_levels ? GITS_BASER_INDIRECT : 0U);
	return (seen & BASER_VALID) != 0U ? 0 : trace_error(BH_EIO);
}

/* A collection a CPU: one page of them is enough. */
static int collections_init(const struct its *its, volatile u8 *reg)
{
	const u32 page = page_choose(reg);
	u8 *table = message_memory(page, page);

	if (table == NULL)
		return trace_error(BH_ENOMEM);
	its_clean(its, table, page);
	return (baser_set(its, reg, table, 1, 0) & BASER_VALID) != 0U ? 0 : trace_error(BH_EIO);
}

static int tables_init(struct its *its)
{
	bool devices = false, collections = GITS_TYPER_HCC(its->typer) >= cpu_count;
	int err = 0;

	for (u32 i = 0; i < GITS_BASERS && err == 0; i++) {
		volatile u8 *reg = its->regs + GITS_BASER + 8ULL * i;
		const u32 type = GITS_BASER_TYPE(mmio_read64(reg));

		if (type == GITS_TYPE_DEVICES && !devices) {
			devices = true;
			err = devices_init(its, reg);
		} else if (type == GITS_TYPE_COLLECTIONS) {
			collections = true;
			err = collections_init(its, reg);
		}
	}
	if (err == 0 && (!devices || !collections)) {
		log_error("ITS at 0x%llx: GITS_BASER0 to 7 name no table of %s",
			  (unsigned long long)its->base, devices ? "collections" : "devices");
		err = trace_error(BH_ENOTSUP);
	}
	return err;
}

/* The second level for device @id, if that is not there. */
static int level2_make(const struct its *its, u32 id)
{
	u64 *at = (u64 *)(void *)its->devices.table + id / (its->devices.page / its->devices.entry);
	u8 *page;

	if ((*at & GITS_LEVEL1_VALID) != 0U)
		return 0;
	page = message_memory(its->devices.page, its->devices.page);
	if (page == NULL)
		return trace_error(BH_ENOMEM);
	its_clean(its, page, its->devices.page);
	write_once(*at, mmu_pa(page).v | GITS_LEVEL1_VALID);
	its_clean(its, at, sizeof(*at));
	return 0;
}

/* ---- commands ---- */

static u64 target_of(const struct its *its, u32 cpu)
{
	volatile u8 *rd = gic_redist(cpu);

	if ((its->typer & GITS_TYPER_PTA) != 0U)
		return mmu_pa((const u8 *)(uintptr_t)rd).v;
	return GICR_TYPER_NUMBER(mmio_read64(rd + GICR_TYPER)) << 16;
}

static struct its_command sync_with(const struct its *its, u32 cpu)
{
	return (struct its_command){ { ITS_SYNC, 0, target_of(its, cpu), 0 } };
}

static int collections_map(struct its *its)
{
	int err = 0;

	for (u32 i = 0; i < cpu_count && err == 0; i++) {
		const struct its_command c[] = {
			{ { ITS_MAPC, 0, ITS_VALID | target_of(its, i) | i, 0 } },
			{ { ITS_INVALL, 0, i, 0 } },
			sync_with(its, i),
		};

		if (gic_redist(i) != NULL)
			err = its_do(its, c, ARRAY_SIZE(c));
	}
	return err;
}

static int quiesce(const struct its *its)
{
	mmio_write32(its->regs + GITS_CTLR, 0);
	for (u32 i = 0; i < ITS_TURNS; i++) {
		if ((mmio_read32(its->regs + GITS_CTLR) & GITS_CTLR_QUIESCENT) != 0U)
			return 0;
		cpu_relax();
	}
	log_error("ITS at 0x%llx: GITS_CTLR is 0x%x, expected 0x%x: it does not come to rest",
		  (unsigned long long)its->base, mmio_read32(its->regs + GITS_CTLR),
		  GITS_CTLR_QUIESCENT);
	return trace_error(BH_ETIMEDOUT);
}

static int its_start(struct its *its)
{
	int err = quiesce(its);

	its->typer = mmio_read64(its->regs + GITS_TYPER);
	its->idle = target_of(its, this_cpu()->id);
	if (err == 0)
		err = its_queue_init(its);
	if (err == 0)
		err = tables_init(its);
	if (err != 0)
		return err;
	mmio_write32(its->regs + GITS_CTLR, GITS_CTLR_ENABLED);
	return collections_map(its);
}

static int start(void)
{
	int err = lpis_init();

	for (u32 i = 0; i < unit_count && err == 0; i++)
		err = its_start(&units[i]);
	if (err == 0)
		gic_lpis_set(lpi_taken);
	state = err == 0 ? 1 : err;
	return err;
}

/* ---- the controller of messages ---- */

static u32 bits_for(u32 count)
{
	u32 bits = 1;

	while ((1ULL << bits) < count)
		bits++;
	return bits;
}

static int device_map(struct its *its, u32 id, u32 count)
{
	const u32 bits = bits_for(count);
	const u64 size = (1ULL << bits) * GITS_TYPER_ITT_ENTRY(its->typer);
	struct its_command c[2];
	u8 *itt;
	int err = its->devices.two_levels ? level2_make(its, id) : 0;

	if (err != 0)
		return err;
	itt = message_memory(size, ITS_ITT_ALIGN);
	if (itt == NULL)
		return trace_error(BH_ENOMEM);
	its_clean(its, itt, size);
	c[0] = (struct its_command){ { ITS_MAPD | ITS_DEVICE(id), ITS_MAPD_SIZE(bits),
				       ITS_VALID | mmu_pa(itt).v, 0 } };
	c[1] = (struct its_command){ { ITS_SYNC, 0, its->idle, 0 } };
	return its_do(its, c, ARRAY_SIZE(c));
}

static int its_open(const struct message_source *s, u32 count)
{
	struct its *its = its_of(s->unit);
	int err = its == NULL ? BH_ENODEV : state;

	if (err == 0)
		err = start();
	if (err < 0)
		return err;
	if (s->id >= its->devices.limit || count == 0U ||
	    bits_for(count) > GITS_TYPER_ID_BITS(its->typer))
		return trace_error(BH_ERANGE);
	spin_lock(&its->lock);
	err = device_map(its, s->id, count);
	spin_unlock(&its->lock);
	return err;
}

/* One command about @m, and a SYNC with the CPU it concerns. */
static int command(struct message_irq *m, u64 number, u64 word1, u64 word2)
{
	struct its *its = m->by;
	const struct its_command c[] = {
		{ { number | ITS_DEVICE(m->source.id), m->index | word1, word2, 0 } },
		sync_with(its, m->cpu),
	};
	int err;

	spin_lock(&its->lock);
	err = its_do(its, c, ARRAY_SIZE(c));
	spin_unlock(&its->lock);
	return err;
}

static int its_take(struct message_irq *m)
{
	int err;

	m->by = its_of(m->source.unit);
	if (m->by == NULL || state != 1 || m->cpu >= cpu_count || gic_redist(m->cpu) == NULL)
		return trace_error(BH_ENODEV);
	err = lpi_alloc(m);
	if (err != 0)
		return err;
	property_set(m->id, LPI_OFF);
	err = command(m, ITS_MAPTI, ITS_PINTID(m->id), m->cpu);
	if (err != 0)
		lpi_free(m);
	return err;
}

static int its_enable(struct message_irq *m, bool on)
{
	property_set(m->id, (u8)(LPI_OFF | (on ? LPI_ENABLE : 0U)));
	return command(m, ITS_INV, 0, 0);
}

static int its_route(struct message_irq *m, u32 cpu)
{
	int err;

	if (cpu >= cpu_count || gic_redist(cpu) == NULL)
		return trace_error(BH_EINVAL);
	err = command(m, ITS_MOVI, 0, cpu);
	if (err == 0)
		m->cpu = cpu;
	return err;
}

static int its_release(struct message_irq *m)
{
	int err;

	property_set(m->id, LPI_OFF);
	err = command(m, ITS_DISCARD, 0, 0);
	lpi_free(m);
	return err;
}

static void its_message(const struct message_irq *m, struct message *out)
{
	const struct its *its = m->by;

	*out = (struct message){ its->base + GITS_TRANSLATER, m->index };
}

static int its_doorbell(const struct message_source *s, hpa_t *page)
{
	const struct its *its = its_of(s->unit);

	if (its == NULL)
		return BH_ENOENT;
	*page = HPA(its->base + GITS_TRANSLATER_PAGE);
	return 0;
}

const struct message_ops its_ops = {
	.name = "ITS",
	.open = its_open,
	.take = its_take,
	.enable = its_enable,
	.route = its_route,
	.release = its_release,
	.message = its_message,
	.doorbell = its_doorbell,
};

static int its_init(void)
{
	unit_count = 0;
	state = 0;
	memset(lpis, 0, sizeof(lpis));
	if (gic_find(IRQCHIP_GICV3) == NULL)
		return BH_ENODEV;
	for (u32 i = 0; i < machine.irqchip_count && unit_count < ITS_MAX; i++) {
		const struct machine_irqchip *c = &machine.irqchip[i];
		struct its *its = &units[unit_count];

		if (c->kind != IRQCHIP_GIC_ITS)
			continue;
		*its = (struct its){ .lock = SPINLOCK_INIT(LOCK_IRQCHIP),
				     .base = c->base.v,
				     .chip = i };
		its->regs = mmu_map(c->base, GITS_SIZE, MMU_DEVICE);
		if (its->regs == NULL)
			return trace_error(BH_ENOMEM);
		unit_count++;
	}
	return unit_count == 0U ? BH_ENODEV : message_controller_set(&its_ops);
}
UNIT_DEFINE(its, 4, 25, its_init);
