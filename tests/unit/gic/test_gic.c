// SPDX-License-Identifier: Apache-2.0
/* What interrupts of a GIC mean to Bulkhead (BH-IOMMU-007). */
#include <bulkhead/lib/error.h>
#include <unit.h>

#include "drivers/irqchip/gic.h"

#define END 128U
#define LINE 77U
#define OTHER 81U
#define CONSOLE 33U
#define GUESTS 34U
#define LPI 8192U

struct machine machine;

static struct {
	u32 set_up, level;
	u32 cpu[END];
	bool on[END];
} lines;

static void shared_setup(u32 intid, bool level)
{
	assert_true(intid < END);
	lines.set_up++;
	lines.level += level ? 1U : 0U;
}

static void shared_route(u32 intid, u32 cpu)
{
	lines.cpu[intid] = cpu;
}

static void shared_enable(u32 intid, bool on)
{
	lines.on[intid] = on;
}

static const struct gic_guest_ops ops = { .version = 3,
					  .end = END,
					  .shared_setup = shared_setup,
					  .shared_route = shared_route,
					  .shared_enable = shared_enable };

TEST(lines_of_one_id_add_up_and_move)
{
	gic_guest_offer(&ops);
	assert_int_equal(gic_acknowledged(LINE), IRQ_GUEST);
	assert_int_equal(gic_listen(IRQ_IOMMU, LINE, false, 1), 0);
	assert_int_equal(gic_listen(IRQ_IOMMU, OTHER, false, 2), 0);
	assert_int_equal(gic_listen(IRQ_CONSOLE, CONSOLE, true, 0), 0);
	assert_int_equal(gic_acknowledged(LINE), IRQ_IOMMU);
	assert_int_equal(gic_acknowledged(OTHER), IRQ_IOMMU);
	assert_int_equal(gic_acknowledged(CONSOLE), IRQ_CONSOLE);
	assert_int_equal(lines.set_up, 3);
	assert_int_equal(lines.level, 1);
	assert_int_equal(gic_listen(IRQ_IOMMU, LINE, false, 3), 0);
	assert_int_equal(lines.set_up, 3);
	assert_int_equal(lines.cpu[LINE], 3);
	assert_int_equal(lines.cpu[OTHER], 2);
	assert_true(lines.on[LINE] && lines.on[OTHER]);
}

TEST(what_is_no_shared_line_cannot_be_listened_to)
{
	gic_guest_offer(&ops);
	assert_int_equal(gic_listen(IRQ_IOMMU, 0, false, 1), BH_ENOENT);
	assert_int_equal(gic_listen(IRQ_IOMMU, INTID_SPI_FIRST - 1U, false, 1), BH_ENOENT);
	assert_int_equal(gic_listen(IRQ_IOMMU, END, false, 1), BH_ENOENT);
	assert_int_equal(gic_listen(IRQ_IOMMU, LPI, false, 1), BH_ENOENT);
}

TEST(all_else_is_what_it_was)
{
	assert_int_equal(gic_acknowledged(SGI_KICK), IRQ_KICK);
	assert_int_equal(gic_acknowledged(SGI_STOP), IRQ_STOP);
	assert_int_equal(gic_acknowledged(TIMER_INTID_DEFAULT), IRQ_TIMER);
	assert_int_equal(gic_acknowledged(27), IRQ_GUEST);
	assert_int_equal(gic_acknowledged(GUESTS), IRQ_GUEST);
	assert_int_equal(gic_acknowledged(INTID_SPI_END), IRQ_GUEST);
	assert_int_equal(gic_acknowledged(LPI), IRQ_GUEST);
}

UNIT_TESTS(UNIT(lines_of_one_id_add_up_and_move),
	   UNIT(what_is_no_shared_line_cannot_be_listened_to), UNIT(all_else_is_what_it_was));
