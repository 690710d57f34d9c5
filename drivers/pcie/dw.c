// SPDX-License-Identifier: Apache-2.0
/*
 * DesignWare host bridge. The root port's configuration space is the controller's own registers
 * (DBI); all other functions are reached through one window, which is pointed at one of them before
 * each access. Clocks and the link are firmware's: without a link nothing is behind the port.
 */
#include "dw.h"

#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/lock.h>
#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/pcie/regs.h>

#include "dw_regs.h"

#define CONFIG_BYTES 4096U

/* Outbound region of the configuration window, and of the first of the others. */
#define REGION_CONFIG 0U
#define REGION_WINDOWS 1U
#define REGIONS (REGION_WINDOWS + MACHINE_WINDOWS)

/* Reads of a region's enable bit before it counts as one that is not there. */
#define ENABLE_POLLS 10000U

/* A region: @size bytes at @base become accesses of @type at @target. */
struct region {
	u32 number, type;
	u64 base, size, target;
};

static struct dw {
	volatile u8 *dbi, *config, *atu;
	u64 config_at, config_size;
	bool unrolled;
	bool pointed; /* the window leads to `selected` */
	u32 selected;
} dws[PCIE_HOSTS_MAX];

/* The windows of all hosts. */
static struct spinlock lock = SPINLOCK_INIT(LOCK_PCI_PORTS);

/* ---- address translation ---- */

static volatile u8 *region_registers(const struct dw *d, u32 number)
{
	if (d->unrolled)
		return d->atu + (size_t)number * DW_IATU_STRIDE;
	mmio_write32(d->dbi + DW_IATU_VIEWPORT, number);
	return d->dbi + DW_IATU_VIEW;
}

static int region_point(const struct dw *d, const struct region *r)
{
	volatile u8 *at = region_registers(d, r->number);

	mmio_write32(at + IATU_CTRL2, 0);
	mmio_write32(at + IATU_LOWER_BASE, (u32)r->base);
	mmio_write32(at + IATU_UPPER_BASE, (u32)(r->base >> 32));
	mmio_write32(at + IATU_LIMIT, (u32)(r->base + r->size - 1U));
	mmio_write32(at + IATU_LOWER_TARGET, (u32)r->target);
	mmio_write32(at + IATU_UPPER_TARGET, (u32)(r->target >> 32));
	mmio_write32(at + IATU_CTRL1, r->type);
	mmio_write32(at + IATU_CTRL2, CTRL2_REGION_EN);
	for (u32 i = 0; i < ENABLE_POLLS; i++) {
		if ((mmio_read32(at + IATU_CTRL2) & CTRL2_REGION_EN) != 0U)
			return mmio_read32(at + IATU_LOWER_BASE) == (u32)r->base ? 0 : BH_EIO;
		cpu_relax();
	}
	return BH_ETIMEDOUT;
}

/* ---- configuration space ---- */

static bool link_up(const struct dw *d)
{
	const u32 state = mmio_read32(d->dbi + DW_PORT_DEBUG1);

	return (state & (PORT_DEBUG1_LINK_UP | PORT_DEBUG1_IN_TRAINING)) == PORT_DEBUG1_LINK_UP;
}

/*
 * Points the window at @bdf. False: nothing is there, or the window does not obey. On the link
 * itself there is one device; some of them answer to every number (PCIe 6.0, 7.3.1).
 */
static bool select(struct dw *d, u32 bdf)
{
	const u32 secondary = mmio_read_width(d->dbi + PCI_BUSES + 1U, 1) & 0xffU;
	const bool direct = bdf >> 8 == secondary;
	const struct region r = { .number = REGION_CONFIG,
				  .type = direct ? CTRL1_TYPE_CFG0 : CTRL1_TYPE_CFG1,
				  .base = d->config_at,
				  .size = d->config_size,
				  .target = (u64)bdf << 16 };

	if (secondary == 0U || (direct && (bdf & 0xf8U) != 0U) || !link_up(d))
		return false;
	if (!d->pointed || d->selected != (bdf | r.type << 16)) {
		d->pointed = region_point(d, &r) == 0;
		d->selected = bdf | r.type << 16;
	}
	return d->pointed;
}

static u32 dw_read(const struct pcie_host *h, u32 bdf, u32 offset, u32 width)
{
	struct dw *d = h->dw;
	u32 value = (u32)LOW_BYTES(width);

	if (bdf >> 8 == h->bus_first)
		return (bdf & 0xffU) != 0U ? value : (u32)mmio_read_width(d->dbi + offset, width);
	spin_lock(&lock);
	if (select(d, bdf))
		value = (u32)mmio_read_width(d->config + offset, width);
	spin_unlock(&lock);
	return value;
}

static void dw_write(const struct pcie_host *h, u32 bdf, u32 offset, u32 width, u32 value)
{
	struct dw *d = h->dw;

	if (bdf >> 8 == h->bus_first) {
		if ((bdf & 0xffU) == 0U)
			mmio_write_width(d->dbi + offset, width, value);
		return;
	}
	spin_lock(&lock);
	if (select(d, bdf))
		mmio_write_width(d->config + offset, width, value);
	spin_unlock(&lock);
}

static const struct pcie_config_ops dw_ops = { CONFIG_BYTES, dw_read, dw_write };

/* ---- opening ---- */

static int registers_map(struct dw *d, const struct machine_segment *s)
{
	const struct machine_dw *m = &s->dw;

	d->dbi = mmu_map(m->dbi.base, m->dbi.size, MMU_DEVICE);
	d->config = mmu_map(m->config.base, m->config.size, MMU_DEVICE);
	if (m->atu.size != 0U)
		d->atu = mmu_map(m->atu.base, m->atu.size, MMU_DEVICE);
	else if (range_inside(DW_IATU_UNROLLED, (u64)REGIONS * DW_IATU_STRIDE, 0, m->dbi.size))
		d->atu = d->dbi == NULL ? NULL : d->dbi + DW_IATU_UNROLLED;
	if (d->dbi == NULL || d->config == NULL || (m->atu.size != 0U && d->atu == NULL)) {
		log_error("pcie segment %u: DesignWare registers at 0x%lx cannot be mapped; its "
			  "devices stay unseen",
			  s->segment, m->dbi.base.v);
		return trace_error(BH_ENOMEM);
	}
	return 0;
}

static int identify(struct dw *d, const struct machine_segment *s)
{
	d->unrolled = mmio_read32(d->dbi + DW_IATU_VIEWPORT) == ~0U;
	if (mmio_read32(d->dbi + PCI_ID) != ~0U && (!d->unrolled || d->atu != NULL))
		return 0;
	log_error("pcie segment %u: DesignWare at 0x%lx: %s; its devices stay unseen", s->segment,
		  s->dw.dbi.base.v,
		  d->unrolled && mmio_read32(d->dbi + PCI_ID) != ~0U
			  ? "its address translation is not in reg (atu)"
			  : "nothing answers; has firmware switched it on?");
	return trace_error(BH_EIO);
}

/* A region ends below the next 4 GiB. */
static u64 region_size(const struct machine_window *w)
{
	const u64 room = GIB(4) - (w->base.v & 0xffffffffU);

	return w->size < room ? w->size : room;
}

static void windows_point(struct pcie_host *h, const struct dw *d)
{
	for (u32 i = 0; i < MACHINE_WINDOWS; i++) {
		struct machine_window *w = &h->window[i];
		const struct region r = { .number = REGION_WINDOWS + i,
					  .type = i == (u32)MACHINE_WINDOW_IO ? CTRL1_TYPE_IO
									      : CTRL1_TYPE_MEM,
					  .base = w->base.v,
					  .size = region_size(w),
					  .target = w->bus };

		if (w->size == 0U)
			continue;
		w->size = r.size;
		if (region_point(d, &r) == 0)
			continue;
		log_warn("pcie segment %u: window at 0x%lx cannot be pointed (region %u): not used",
			 h->segment, w->base.v, r.number);
		w->size = 0;
	}
}

int pcie_dw_open(struct pcie_host *h, u32 index, const struct machine_segment *s)
{
	struct dw *d = &dws[index];
	int err;

	*d = (struct dw){ .config_at = s->dw.config.base.v, .config_size = s->dw.config.size };
	err = registers_map(d, s);
	if (err == 0)
		err = identify(d, s);
	if (err != 0)
		return err;
	h->dw = d;
	h->ops = &dw_ops;
	windows_point(h, d);
	return 0;
}
