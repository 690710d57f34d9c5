// SPDX-License-Identifier: Apache-2.0
/* LPIs and the ITS, on a model that refuses, stalls and lacks (BH-MSI-001, BH-MSI-002). */
#include <bulkhead/lib/error.h>

#include "its_model.h"

#define DEVICE 0x108U
#define OTHER 0x110U
#define LPI_FIRST 8192U
#define LPIS 16U

static const struct message_source source = { MODEL_CHIP, DEVICE };
static u32 taken[MODEL_EVENTS];

static void count(void *ctx)
{
	(*(u32 *)ctx)++;
}

static int its_setup(void **state)
{
	(void)unit_setup(state);
	memset(&model, 0, sizeof(model));
	memset(taken, 0, sizeof(taken));
	model_memory = 0;
	model_memory_left = 64;
	/* Device ids of 16 bits, event ids of 16 bits, 8 bytes an event, physical LPIs. */
	model.typer = GITS_TYPER_PHYSICAL | FIELD_PREP(7U, 7, 4) | FIELD_PREP(15U, 12, 8) |
		      FIELD_PREP(15U, 17, 13);
	model.dist_typer = (u32)GICD_TYPER_LPIS | (u32)FIELD_PREP(15U, 23, 19);
	return 0;
}

#define ITS(name) cmocka_unit_test_setup(name, its_setup)

static struct message_irq irq_of(u32 index, u32 cpu)
{
	return (struct message_irq){
		.source = source, .index = index, .cpu = cpu, .fn = count, .ctx = &taken[index]
	};
}

/* One vector of DEVICE, enabled, to CPU 1. */
static void one(struct message_irq *m)
{
	assert_int_equal(model_start(), 0);
	assert_int_equal(message_open(&source, 4), 0);
	*m = irq_of(2, 1);
	assert_int_equal(message_take(m), 0);
	assert_int_equal(message_enable(m, true), 0);
}

TEST(a_message_reaches_the_cpu_it_was_taken_for)
{
	struct message_irq m;
	struct message to;
	hpa_t page;
	u32 cpu;

	one(&m);
	assert_true(model_message(DEVICE, 2, &cpu));
	assert_int_equal(cpu, 1);
	assert_int_equal(taken[2], 1);
	assert_int_equal(m.count, 1);
	message_of(&m, &to);
	assert_int_equal(to.address, MODEL_ITS + GITS_TRANSLATER);
	assert_int_equal(to.data, 2);
	assert_int_equal(message_doorbell(&source, &page), 0);
	assert_int_equal(page.v, MODEL_ITS + GITS_TRANSLATER_PAGE);
	/* Targets are numbers of redistributors here. */
	assert_int_equal(model.collection[1] & BITS(50, 16), 6U << 16);
	assert_int_equal(model.refused, 0);
}

TEST(nobody_else_can_raise_it)
{
	struct message_irq m;
	u32 cpu;

	one(&m);
	assert_false(model_message(OTHER, 2, &cpu));
	assert_false(model_message(0, 2, &cpu));
	assert_false(model_message(DEVICE, 1, &cpu));
	assert_false(model_message(DEVICE, 4, &cpu));
	assert_int_equal(taken[2], 0);
}

TEST(it_is_off_until_enabled_and_after_it_was_released)
{
	struct message_irq m = irq_of(0, 0);
	u32 cpu;

	assert_int_equal(model_start(), 0);
	assert_int_equal(message_open(&source, 1), 0);
	assert_int_equal(message_take(&m), 0);
	assert_false(model_message(DEVICE, 0, &cpu));
	assert_int_equal(message_enable(&m, true), 0);
	assert_true(model_message(DEVICE, 0, &cpu));
	assert_int_equal(message_enable(&m, false), 0);
	assert_false(model_message(DEVICE, 0, &cpu));
	assert_int_equal(message_release(&m), 0);
	/* One that was under way finds nobody. */
	model_lpi(m.id);
	assert_int_equal(taken[0], 1);
	assert_int_equal(model.refused, 0);
}

TEST(it_moves_to_another_cpu)
{
	struct message_irq m;
	u32 cpu;

	one(&m);
	assert_int_equal(message_route(&m, 2), 0);
	assert_true(model_message(DEVICE, 2, &cpu));
	assert_int_equal(cpu, 2);
	assert_int_equal(message_route(&m, MODEL_CPUS), BH_EINVAL);
}

TEST(a_refused_command_is_named_replaced_and_the_queue_goes_on)
{
	struct message_irq m = irq_of(0, 0), n = irq_of(1, 0);
	u32 cpu;

	assert_int_equal(model_start(), 0);
	assert_int_equal(message_open(&source, 2), 0);
	model.refuse = 1;
	assert_int_equal(message_take(&m), BH_EIO);
	assert_int_equal(model.refused, 1);
	assert_int_equal(model.ctlr & GITS_CTLR_ENABLED, GITS_CTLR_ENABLED);
	assert_int_equal(message_take(&n), 0);
	/* Its LPI is free again. */
	assert_int_equal(n.id, LPI_FIRST);
	assert_int_equal(message_enable(&n, true), 0);
	assert_true(model_message(DEVICE, 1, &cpu));
	assert_false(model_message(DEVICE, 0, &cpu));
}

TEST(an_event_that_is_taken_twice_is_refused_by_the_its)
{
	struct message_irq m, again = irq_of(2, 0);

	one(&m);
	assert_int_equal(message_take(&again), BH_EIO);
	assert_int_equal(message_enable(&m, true), 0);
}

TEST(an_its_that_refuses_everything_is_switched_off)
{
	struct message_irq m;

	one(&m);
	model.refuse = 1000;
	assert_int_equal(message_enable(&m, false), BH_ETIMEDOUT);
	assert_int_equal(model.ctlr, 0);
	assert_int_equal(message_enable(&m, false), BH_EIO);
}

TEST(an_its_that_is_stuck_is_switched_off_and_asked_no_more)
{
	struct message_irq m;
	u32 cpu;

	one(&m);
	model.stuck = true;
	assert_int_equal(message_enable(&m, false), BH_ETIMEDOUT);
	assert_int_equal(model.ctlr, 0);
	assert_false(model_message(DEVICE, 2, &cpu));
	assert_int_equal(message_route(&m, 0), BH_EIO);
}

TEST(the_queue_wraps)
{
	struct message_irq m;
	u32 cpu;

	one(&m);
	for (u32 i = 0; i < 500U; i++)
		assert_int_equal(message_enable(&m, i % 2U != 0U), 0);
	assert_true(model_message(DEVICE, 2, &cpu));
	assert_true(model.commands > 1000U);
}

TEST(an_id_or_a_number_that_it_does_not_have_is_refused)
{
	const struct message_source beyond = { MODEL_CHIP, 0x10000 };
	const struct message_source nowhere = { MODEL_CHIP + 1U, DEVICE };

	assert_int_equal(model_start(), 0);
	assert_int_equal(message_open(&beyond, 1), BH_ERANGE);
	assert_int_equal(message_open(&nowhere, 1), BH_ENODEV);
	assert_int_equal(message_open(&source, 0), BH_ERANGE);
	assert_int_equal(message_open(&source, 0x10001), BH_ERANGE);
	assert_int_equal(model.refused, 0);
}

TEST(there_are_so_many_lpis_and_no_more)
{
	static struct message_irq m[LPIS + 1U];

	assert_int_equal(model_start(), 0);
	assert_int_equal(message_open(&source, LPIS + 1U), 0);
	for (u32 i = 0; i <= LPIS; i++) {
		m[i] = irq_of(i, 0);
		assert_int_equal(message_take(&m[i]), i < LPIS ? 0 : BH_EOVERFLOW);
	}
	assert_int_equal(message_release(&m[3]), 0);
	assert_int_equal(message_take(&m[LPIS]), 0);
	assert_int_equal(m[LPIS].id, LPI_FIRST + 3U);
}

TEST(an_lpi_that_is_nobodys_disturbs_nobody)
{
	struct message_irq m;

	one(&m);
	model_lpi(LPI_FIRST + 5U);
	model_lpi(LPI_FIRST + LPIS);
	model_lpi(0xffffffU);
	assert_int_equal(m.count, 0);
}

/* Flat tables, pages of 64 KiB, nothing shared with caches, targets by address. */
TEST(other_kinds_of_tables_do)
{
	struct message_irq m;
	u32 cpu;

	model.one_level = true;
	model.page = 2;
	model.alone = true;
	one(&m);
	assert_true(model_message(DEVICE, 2, &cpu));
	assert_int_equal(model.baser[0] & (GITS_BASER_INDIRECT | BASER_SHAREABLE), 0);
	assert_int_equal(FIELD_GET(model.cbaser, 61, 59), GITS_NON_CACHEABLE);
}

/* With one level of small pages there is no room for all ids. */
TEST(a_flat_table_has_so_many_devices)
{
	const struct message_source last = { MODEL_CHIP, 0xffff };
	const struct message_source beyond = { MODEL_CHIP, 0x20000 };

	model.one_level = true;
	model.typer |= FIELD_PREP(19U, 17, 13);
	assert_int_equal(model_start(), 0);
	assert_int_equal(message_open(&last, 1), 0);
	assert_int_equal(message_open(&beyond, 1), BH_ERANGE);
	assert_int_equal(model.refused, 0);
}

TEST(a_machine_that_cannot_says_so_each_time)
{
	assert_int_equal(model_start(), 0);
	model.lpis_stay = true;
	assert_int_equal(message_open(&source, 1), BH_ENOTSUP);
	model.lpis_stay = false;
	assert_int_equal(message_open(&source, 1), BH_ENOTSUP);
	assert_int_equal(model.ctlr & GITS_CTLR_ENABLED, 0);
}

TEST(redistributors_without_lpis_are_named)
{
	model.no_lpis = true;
	assert_int_equal(model_start(), 0);
	assert_int_equal(message_open(&source, 1), BH_ENOTSUP);
}

TEST(a_distributor_without_lpis_is_named)
{
	model.dist_typer = 0;
	assert_int_equal(model_start(), 0);
	assert_int_equal(message_open(&source, 1), BH_ENOTSUP);
}

TEST(an_its_that_does_not_come_to_rest_is_not_used)
{
	model.restless = true;
	assert_int_equal(model_start(), 0);
	assert_int_equal(message_open(&source, 1), BH_ETIMEDOUT);
	assert_int_equal(model.cbaser, 0);
}

TEST(a_lack_of_memory_is_an_error_at_every_place)
{
	for (u32 i = 0; i < 6U; i++) {
		(void)its_setup(NULL);
		model_memory_left = i;
		assert_int_equal(model_start(), 0);
		assert_int_equal(message_open(&source, 1), BH_ENOMEM);
	}
}

UNIT_TESTS(ITS(a_message_reaches_the_cpu_it_was_taken_for), ITS(nobody_else_can_raise_it),
	   ITS(it_is_off_until_enabled_and_after_it_was_released), ITS(it_moves_to_another_cpu),
	   ITS(a_refused_command_is_named_replaced_and_the_queue_goes_on),
	   ITS(an_event_that_is_taken_twice_is_refused_by_the_its),
	   ITS(an_its_that_refuses_everything_is_switched_off),
	   ITS(an_its_that_is_stuck_is_switched_off_and_asked_no_more), ITS(the_queue_wraps),
	   ITS(an_id_or_a_number_that_it_does_not_have_is_refused),
	   ITS(there_are_so_many_lpis_and_no_more), ITS(an_lpi_that_is_nobodys_disturbs_nobody),
	   ITS(other_kinds_of_tables_do), ITS(a_flat_table_has_so_many_devices),
	   ITS(a_machine_that_cannot_says_so_each_time), ITS(redistributors_without_lpis_are_named),
	   ITS(a_distributor_without_lpis_is_named),
	   ITS(an_its_that_does_not_come_to_rest_is_not_used),
	   ITS(a_lack_of_memory_is_an_error_at_every_place));
