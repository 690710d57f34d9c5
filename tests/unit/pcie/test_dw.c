// SPDX-License-Identifier: Apache-2.0
/* The DesignWare host: its operations, and enumeration behind it, on a model (BH-PCIE-008). */
#include <bulkhead/lib/error.h>

#include "drivers/pcie/dw.h"
#include "drivers/pcie/dw_regs.h"
#include "tree.h"

#define DBI 0x33800000ULL
#define CONFIG 0x1ff00000ULL
#define CONFIG_SIZE 0x80000U
#define REGIONS 4U

/* A controller; the functions behind it are those of tree.h's first host. */
static struct dw_model {
	bool unrolled, linked, dead;
	u32 regions; /* that there are; others keep nothing */
	u32 viewport;
	u32 points; /* how often a region was switched on */
	u32 wild;   /* accesses through the window while it led nowhere */
	u32 region[REGIONS][8];
} dw;

static struct machine_segment segment;
static struct pcie_host model_host, dw_host;

static u32 *region_at(u64 off, u32 *word)
{
	const u32 n = dw.unrolled ? (u32)(off / DW_IATU_STRIDE) : dw.viewport;

	*word = (u32)(dw.unrolled ? off % DW_IATU_STRIDE : off - DW_IATU_VIEW) / 4U;
	return n < dw.regions && *word < 8U ? dw.region[n] : NULL;
}

static bool is_view(u64 off)
{
	return !dw.unrolled && off >= DW_IATU_VIEW && off < DW_IATU_VIEW + 0x20U;
}

static void region_write(u64 off, u32 v)
{
	u32 word;
	u32 *r = region_at(off, &word);

	if (r == NULL)
		return;
	if (word * 4U == IATU_CTRL2 && v == CTRL2_REGION_EN)
		dw.points++;
	r[word] = v;
}

static u32 region_read(u64 off)
{
	u32 word;
	const u32 *r = region_at(off, &word);

	return r == NULL ? 0U : r[word];
}

static u64 dbi_read(void *ctx, u64 off, u32 width)
{
	(void)ctx;
	if (dw.dead)
		return ~0ULL;
	if (off == DW_PORT_DEBUG1)
		return dw.linked ? PORT_DEBUG1_LINK_UP : 0U;
	if (off == DW_IATU_VIEWPORT)
		return dw.unrolled ? ~0U : dw.viewport;
	if (is_view(off))
		return region_read(off);
	if (dw.unrolled && off >= DW_IATU_UNROLLED)
		return region_read(off - DW_IATU_UNROLLED);
	return model_host.ops->read(&model_host, 0, (u32)off, width);
}

static void dbi_write(void *ctx, u64 off, u32 width, u64 v)
{
	(void)ctx;
	if (off == DW_IATU_VIEWPORT)
		dw.viewport = (u32)v;
	else if (is_view(off))
		region_write(off, (u32)v);
	else if (dw.unrolled && off >= DW_IATU_UNROLLED)
		region_write(off - DW_IATU_UNROLLED, (u32)v);
	else
		model_host.ops->write(&model_host, 0, (u32)off, width, (u32)v);
}

/* Where the configuration window leads; false: nowhere. */
static bool leads_to(u32 *bdf)
{
	const u32 *r = dw.region[0];
	const bool config = r[0] == CTRL1_TYPE_CFG0 || r[0] == CTRL1_TYPE_CFG1;
	const bool direct = r[5] >> 24 == model_get(&m, 0, PCI_BUSES + 1U, 1);

	*bdf = r[5] >> 16;
	if (r[1] == CTRL2_REGION_EN && config && r[2] == CONFIG &&
	    r[4] == CONFIG + CONFIG_SIZE - 1U && direct == (r[0] == CTRL1_TYPE_CFG0))
		return true;
	dw.wild++;
	return false;
}

static u64 config_read(void *ctx, u64 off, u32 width)
{
	u32 bdf;

	(void)ctx;
	return leads_to(&bdf) ? model_host.ops->read(&model_host, bdf, (u32)off, width) : ~0ULL;
}

static void config_write(void *ctx, u64 off, u32 width, u64 v)
{
	u32 bdf;

	(void)ctx;
	if (leads_to(&bdf))
		model_host.ops->write(&model_host, bdf, (u32)off, width, (u32)v);
}

static u64 atu_read(void *ctx, u64 off, u32 width)
{
	(void)ctx;
	(void)width;
	return region_read(off);
}

static void atu_write(void *ctx, u64 off, u32 width, u64 v)
{
	(void)ctx;
	(void)width;
	region_write(off, (u32)v);
}

/* A root port on bus 0, and a switch with an edu and an NVMe behind it. */
static int dw_setup(void **state)
{
	static const struct fake_device dbi = { dbi_read, dbi_write, NULL };
	static const struct fake_device config = { config_read, config_write, NULL };
	int err = tree_setup(state);
	u32 port, up, down;

	port = model_bridge(&m, MODEL_NONE, 0, 0, PCIE_TYPE_ROOT_PORT, false);
	up = model_bridge(&m, port, 0, 0, PCIE_TYPE_UPSTREAM, false);
	down = model_bridge(&m, up, 0, 0, PCIE_TYPE_DOWNSTREAM, true);
	(void)nvme_add(down, 0);
	model_host = host[0];
	dw = (struct dw_model){ .linked = true, .regions = REGIONS };
	segment = (struct machine_segment){ .bus_last = 255 };
	segment.dw.dbi = (struct machine_range){ HPA(DBI), MIB(4) };
	segment.dw.config = (struct machine_range){ HPA(CONFIG), CONFIG_SIZE };
	dw_host = host[0];
	dw_host.window[MACHINE_WINDOW_IO] = (struct machine_window){ HPA(0x1ff80000), 0x10000, 0 };
	dw_host.window[MACHINE_WINDOW_MEM32] =
		(struct machine_window){ HPA(0x18000000), 0x7f00000, 0x18000000 };
	dw_host.window[MACHINE_WINDOW_MEM64] =
		(struct machine_window){ HPA(0x8c0000000), 0x80000000, 0x8c0000000 };
	fake_mmio_add(HPA(DBI), MIB(4), &dbi);
	fake_mmio_add(HPA(CONFIG), CONFIG_SIZE, &config);
	return err;
}

#define DW(name) cmocka_unit_test_setup(name, dw_setup)

static void open(void)
{
	assert_int_equal(pcie_dw_open(&dw_host, 0, &segment), 0);
}

static u32 id_of(u32 bdf)
{
	return pcie_host_read(&dw_host, bdf, PCI_ID, 4);
}

/* As the enumeration finds them, by the one way and by the other. */
static void assert_tree(void)
{
	host[0] = dw_host;
	tree_find(1);
	assert_int_equal(pcie.count, 4);
	assert_int_equal(at(0, 0, 0)->device, 0x000c);
	assert_int_equal(at(3, 0, 0)->device, NVME >> 16);
	assert_true(range_inside(at(3, 0, 0)->bar[0].base.v, at(3, 0, 0)->bar[0].size, 0x18000000,
				 0x7f00000));
	assert_int_equal(dw.wild, 0);
}

TEST(functions_are_found_through_a_viewport)
{
	open();
	assert_tree();
}

TEST(functions_are_found_through_regions_of_their_own)
{
	dw.unrolled = true;
	open();
	assert_tree();
}

TEST(regions_may_lie_apart_from_the_registers)
{
	static const struct fake_device atu = { atu_read, atu_write, NULL };

	dw.unrolled = true;
	segment.dw.dbi.size = MIB(1);
	fake_mmio_add(HPA(0x40000000), 0x2000, &atu);
	segment.dw.atu = (struct machine_range){ HPA(0x40000000), 0x2000 };
	open();
	assert_tree();
}

TEST(windows_lead_to_where_firmware_says)
{
	open();
	assert_int_equal(dw.region[1][0], CTRL1_TYPE_IO);
	assert_int_equal(dw.region[1][2], 0x1ff80000);
	assert_int_equal(dw.region[1][4], 0x1ff8ffff);
	assert_int_equal(dw.region[1][5], 0);
	assert_int_equal(dw.region[2][0], CTRL1_TYPE_MEM);
	assert_int_equal(dw.region[2][4], 0x1fefffff);
	assert_int_equal(dw.region[2][5], 0x18000000);
	assert_int_equal(dw.region[3][2], 0xc0000000);
	assert_int_equal(dw.region[3][3], 8);
	assert_int_equal(dw.region[3][4], 0xffffffff);
	assert_int_equal(dw_host.window[MACHINE_WINDOW_MEM64].size, 0x40000000);
}

TEST(a_window_that_cannot_be_pointed_is_not_used)
{
	dw.regions = 3;
	open();
	assert_int_equal(dw_host.window[MACHINE_WINDOW_MEM64].size, 0);
	assert_int_equal(dw_host.window[MACHINE_WINDOW_MEM32].size, 0x7f00000);
	warned("window at 0x8c0000000 cannot be pointed (region 3): not used");
}

TEST(the_window_is_pointed_once_for_each_function)
{
	u32 before;

	open();
	model_set(&m, 0, PCI_BUSES, 4, 0x00ff0100);
	before = dw.points;
	for (u32 i = 0; i < 8U; i++)
		assert_int_equal(id_of(0x100), 0x000c1b36);
	assert_int_equal(dw.points - before, 1);
	assert_int_equal(id_of(0), 0x000c1b36);
	assert_int_equal(dw.points - before, 1);
	model_set(&m, 0, PCI_BUSES, 4, 0x00ff0200);
	assert_int_equal(id_of(0x100), ~0U);
	assert_int_equal(dw.wild, 0);
}

TEST(what_is_not_there_reads_all_ones)
{
	open();
	assert_int_equal(id_of(0x100), ~0U); /* the port has no bus yet */
	model_set(&m, 0, PCI_BUSES, 4, 0x00ff0100);
	assert_int_equal(id_of(0x08), ~0U);
	assert_int_equal(id_of(0x01), ~0U);
	assert_int_equal(id_of(0x108), ~0U);
	assert_int_equal(pcie_host_read(&dw_host, 0x108, PCI_ID, 2), 0xffff);
	dw.linked = false;
	assert_int_equal(id_of(0x100), ~0U);
	pcie_host_write(&dw_host, 0x100, PCI_COMMAND, 2, 7);
	pcie_host_write(&dw_host, 0x08, PCI_COMMAND, 2, 7);
	assert_int_equal(model_get(&m, 1, PCI_COMMAND, 2), 0);
	assert_int_equal(dw.wild, 0);
	dw.linked = true;
	pcie_host_write(&dw_host, 0x100, PCI_COMMAND, 2, 7);
	assert_int_equal(model_get(&m, 1, PCI_COMMAND, 2), 7);
}

TEST(a_window_that_does_not_obey_reaches_nothing)
{
	dw.regions = 0;
	open();
	model_set(&m, 0, PCI_BUSES, 4, 0x00ff0100);
	assert_int_equal(id_of(0x100), ~0U);
	assert_int_equal(dw.wild, 0);
	for (u32 i = 0; i < MACHINE_WINDOWS; i++)
		assert_int_equal(dw_host.window[i].size, 0);
}

TEST(a_controller_that_is_not_there_is_an_error)
{
	dw.dead = true;
	assert_int_equal(pcie_dw_open(&dw_host, 0, &segment), BH_EIO);
	warned("DesignWare at 0x33800000: nothing answers; has firmware switched it on?");
	dw.dead = false;
	dw.unrolled = true;
	segment.dw.dbi.size = MIB(1);
	assert_int_equal(pcie_dw_open(&dw_host, 0, &segment), BH_EIO);
	warned("its address translation is not in reg (atu)");
	segment.dw.config.base = HPA(0x77000000);
	assert_int_equal(pcie_dw_open(&dw_host, 0, &segment), BH_ENOMEM);
}

UNIT_TESTS(DW(functions_are_found_through_a_viewport),
	   DW(functions_are_found_through_regions_of_their_own),
	   DW(regions_may_lie_apart_from_the_registers), DW(windows_lead_to_where_firmware_says),
	   DW(a_window_that_cannot_be_pointed_is_not_used),
	   DW(the_window_is_pointed_once_for_each_function), DW(what_is_not_there_reads_all_ones),
	   DW(a_window_that_does_not_obey_reaches_nothing),
	   DW(a_controller_that_is_not_there_is_an_error));
