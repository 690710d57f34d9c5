// SPDX-License-Identifier: Apache-2.0
/*
 * Messages behind an AMD-Vi unit that remembers every entry it may (BH-MSI-001, BH-MSI-003,
 * BH-MSI-005). What a message becomes is read out of the tables as the specification says.
 */
#include <bulkhead/iommu/interrupt.h>
#include <bulkhead/lib/error.h>

#include "amdvi_model.h"
#include "drivers/iommu/amdvi.h"
#include "drivers/iommu/amdvi_regs.h"

extern const struct iommu_driver iommu_driver_amdvi;
static const struct iommu_driver *const linked __used = &iommu_driver_amdvi;

#define ID 0x0108U
#define NEIGHBOUR 0x0109U
#define IOAPIC_RID 0x00a0U
#define IOAPIC_ID 2U
#define VECTOR 0x41U

static struct amdvi_model m;
static u64 feature = EXT_FEATURE_IA_SUP;

/* The device table is the driver's, and outlives a test. */
static void sources_forget(void)
{
	static const u16 sources[] = { ID, NEIGHBOUR, IOAPIC_RID };

	for (u32 i = 0; i < ARRAY_SIZE(sources); i++) {
		if (amdvi_device_table[sources[i]].word[2] != 0U)
			amdvi_device_table[sources[i]].word[2] = AMDVI_NO_MESSAGES;
	}
}

static int begin(u64 more)
{
	sources_forget();
	model_machine(IOMMU_AMDVI, 1, AMDVI_MODEL_SIZE);
	machine.irqchip_count = 0;
	machine.id_map_count = 0;
	amdvi_model_init(&m, 0);
	m.feature = feature | more;
	if (iommu_block_all() != 0)
		return BH_EIO;
	m.watch.given = true;
	return 0;
}

static int basic_setup(void **state)
{
	(void)unit_setup(state);
	return begin(0);
}

static int ga_setup(void **state)
{
	(void)unit_setup(state);
	return begin(EXT_FEATURE_GA_SUP);
}

static int xt_setup(void **state)
{
	(void)unit_setup(state);
	return begin(EXT_FEATURE_GA_SUP | EXT_FEATURE_XT_SUP);
}

#define BASIC(name) cmocka_unit_test_setup(name, basic_setup)
#define GA(name) cmocka_unit_test_setup(name, ga_setup)
#define XT(name) cmocka_unit_test_setup(name, xt_setup)

static u32 take(u16 source, u8 vector)
{
	u32 entry = ~0U;

	assert_int_equal(iommu_interrupt_take(0, source, vector, &entry), 0);
	return entry;
}

static int route(u32 entry, u32 apic, bool level, bool on)
{
	const struct iommu_route to = {
		.apic = apic, .vector = (u8)entry, .level = level, .on = on
	};

	return iommu_interrupt_route(0, entry, &to);
}

static u32 data_of(u32 entry)
{
	struct iommu_message msg;

	iommu_interrupt_message(0, entry, &msg);
	assert_int_equal(msg.address & ~0xff000ULL, 0xfee00000);
	return msg.data;
}

static void assert_comes(u16 source, u32 data, u32 apic, bool level)
{
	struct amdvi_model_message out;

	assert_true(amdvi_model_interrupt(&m, source, data, &out));
	assert_int_equal(out.apic, apic);
	assert_int_equal(out.vector, data);
	assert_int_equal(out.level, level);
	assert_null(m.watch.illegal);
}

static void assert_refused(u16 source, u32 data)
{
	struct amdvi_model_message out;
	struct iommu_fault f;

	assert_false(amdvi_model_interrupt(&m, source, data, &out));
	assert_null(m.watch.illegal);
	assert_int_equal(iommu_next_fault(&f), 0);
	assert_int_equal(f.who.v, source);
	assert_int_equal(f.addr.v, 0xfee00000);
	assert_true(f.write);
}

/* Of a unit that was stopped, whose records nobody takes any more. */
static void assert_stopped(void)
{
	struct amdvi_model_message out;

	assert_string_equal(iommu_state(0), "stopped: it did not obey");
	assert_false(amdvi_model_interrupt(&m, ID, VECTOR, &out));
	assert_null(m.watch.illegal);
}

/* From being taken to being given back, at every step to nobody else. */
static void life(u32 apic, u32 other)
{
	const u32 entry = take(ID, VECTOR);

	assert_int_equal(data_of(entry), VECTOR);
	assert_refused(ID, VECTOR);
	assert_int_equal(route(entry, apic, false, false), 0);
	assert_refused(ID, VECTOR);
	assert_int_equal(route(entry, apic, false, true), 0);
	assert_comes(ID, VECTOR, apic, false);
	assert_int_equal(route(entry, other, true, true), 0);
	assert_comes(ID, VECTOR, other, true);
	assert_refused(ID, VECTOR + 1U);
	assert_refused(ID, 0);
	assert_refused(ID, 0x100U | VECTOR); /* beyond the table */
	assert_refused(NEIGHBOUR, VECTOR);
	assert_int_equal(route(entry, other, true, false), 0);
	assert_refused(ID, VECTOR);
	assert_int_equal(route(entry, apic, true, true), 0);
	assert_comes(ID, VECTOR, apic, true);
	assert_string_equal(iommu_state(0), "blocking");
}

TEST(a_message_comes_by_an_entry_of_32_bits)
{
	assert_int_equal(m.control & (CONTROL_GA_EN | CONTROL_XT_EN), 0);
	life(1, 0xfe);
}

TEST(a_message_comes_by_an_entry_of_128_bits)
{
	assert_int_equal(m.control & (CONTROL_GA_EN | CONTROL_XT_EN), CONTROL_GA_EN);
	life(1, 0xfe);
}

TEST(a_destination_has_32_bits_where_the_unit_has)
{
	assert_int_equal(m.control & (CONTROL_GA_EN | CONTROL_XT_EN),
			 CONTROL_GA_EN | CONTROL_XT_EN);
	life(0x1234567, 0xfe765432);
}

TEST(what_a_unit_cannot_send_to_is_refused)
{
	const u32 entry = take(ID, VECTOR);
	const struct iommu_route another = { .apic = 1, .vector = VECTOR + 1U, .on = true };

	assert_int_equal(route(entry, 0x100, false, true), BH_EINVAL);
	assert_int_equal(iommu_interrupt_route(0, entry, &another), BH_EINVAL);
	assert_int_equal(route(take(ID, 15), 1, false, true), BH_EINVAL);
	assert_int_equal(route((u32)NEIGHBOUR << 8 | VECTOR, 1, false, true), BH_EINVAL);
	assert_int_equal(route(0xffffff41U, 1, false, true), BH_EINVAL);
	assert_refused(ID, VECTOR);
	assert_string_equal(iommu_state(0), "blocking");
}

TEST(sources_with_one_number_do_not_meet)
{
	const u32 mine = take(ID, VECTOR);
	const u32 neighbours = take(NEIGHBOUR, VECTOR);

	assert_int_not_equal(mine, neighbours);
	assert_int_equal(route(mine, 1, false, true), 0);
	assert_refused(NEIGHBOUR, VECTOR);
	assert_int_equal(route(neighbours, 2, false, true), 0);
	assert_comes(ID, VECTOR, 1, false);
	assert_comes(NEIGHBOUR, VECTOR, 2, false);
	assert_int_equal(route(mine, 1, false, false), 0);
	assert_refused(ID, VECTOR);
	assert_comes(NEIGHBOUR, VECTOR, 2, false);
}

static void ioapic_is(u32 maps)
{
	machine.irqchip_count = 1;
	machine.irqchip[0] = (struct machine_irqchip){ .kind = IRQCHIP_IOAPIC };
	machine.irqchip[0].ioapic.id = IOAPIC_ID;
	machine.id_map_count = maps;
	machine.id_map[0] = (struct machine_id_map){
		.kind = MACHINE_ID_LINES, .first = IOAPIC_ID, .count = 1, .out = IOAPIC_RID
	};
}

/* No unit of it looks at what that I/O APIC sends, so it may remap nothing at all. */
TEST(a_machine_that_names_no_source_of_an_io_apic_has_no_messages)
{
	u32 entry;

	ioapic_is(0);
	assert_int_equal(iommu_interrupt_take(0, ID, VECTOR, &entry), BH_ENOTSUP);
	assert_refused(ID, VECTOR);
	ioapic_is(1);
	assert_int_equal(iommu_interrupt_take(0, ID, VECTOR, &entry), 0);
}

TEST(a_line_comes_from_its_io_apic_alone)
{
	u32 entry;

	ioapic_is(1);
	entry = take(IOAPIC_RID, VECTOR);
	assert_int_equal(route(entry, 1, true, true), 0);
	assert_comes(IOAPIC_RID, VECTOR, 1, true);
	assert_refused(ID, VECTOR);
	assert_refused(IOAPIC_RID, VECTOR + 1U);
}

TEST(a_hushed_source_is_refused_and_not_recorded)
{
	struct iommu_device dev = { .name = "dev", .stream = ID, .partition = "one" };
	const u32 entry = take(ID, VECTOR);
	struct amdvi_model_message out;
	struct iommu_fault f;

	iommu_driver_amdvi.hush(0, ID);
	assert_false(amdvi_model_interrupt(&m, ID, VECTOR, &out));
	assert_int_equal(iommu_next_fault(&f), BH_ENOENT);
	assert_int_equal(route(entry, 1, false, true), 0);
	assert_comes(ID, VECTOR, 1, false);
	assert_int_equal(iommu_attach(&dev, NULL), 0);
	assert_refused(ID, VECTOR + 1U);
	assert_comes(ID, VECTOR, 1, false);
}

TEST(a_route_that_is_refused_stops_the_unit)
{
	const u32 entry = take(ID, VECTOR);

	assert_int_equal(route(entry, 1, false, true), 0);
	assert_comes(ID, VECTOR, 1, false);
	m.refuse = 1;
	assert_int_equal(route(entry, 2, false, true), BH_EIO);
	assert_stopped();
	assert_int_equal(route(entry, 2, false, true), BH_ENOTSUP);
	assert_int_equal(data_of(entry), 0);
}

TEST(a_table_that_is_not_taken_stops_the_unit)
{
	u32 entry;

	m.refuse = 1;
	assert_int_equal(iommu_interrupt_take(0, ID, VECTOR, &entry), BH_EIO);
	assert_stopped();
}

TEST(a_unit_that_never_answers_stops)
{
	const u32 entry = take(ID, VECTOR);

	m.stuck_wait = true;
	assert_int_equal(route(entry, 1, false, true), BH_EIO);
	assert_stopped();
}

TEST(a_full_queue_is_waited_for)
{
	const u32 entry = take(ID, VECTOR);

	m.slow = true;
	for (u32 i = 0; i < 300U; i++)
		assert_int_equal(amdvi_put(&amdvi_units[0], CMD_COMPLETION_WAIT, 0), 0);
	assert_int_equal(route(entry, 1, false, true), 0);
	assert_int_equal(m.deepest, 255);
	assert_comes(ID, VECTOR, 1, false);
}

static void left_on(u64 control)
{
	sources_forget();
	m.control = CONTROL_IOMMU_EN | control;
	m.feature |= EXT_FEATURE_GA_SUP | EXT_FEATURE_XT_SUP;
	m.table_open = true;
	m.watch.given = false;
	amdvi_model_start(&m);
	assert_int_equal(iommu_driver_amdvi.block_all(0, &machine.iommu[0]), 0);
	assert_int_equal(m.control & (CONTROL_GA_EN | CONTROL_XT_EN), control);
	assert_null(m.watch.illegal);
	m.watch.given = true;
}

/* How its entries are read is not to change then. */
TEST(a_unit_that_firmware_left_on_keeps_the_format_of_its_entries)
{
	left_on(0);
	life(1, 2);
	left_on(CONTROL_GA_EN);
	life(1, 2);
	left_on(CONTROL_GA_EN | CONTROL_XT_EN);
	life(1, 0x200);
}

/* ---- the model sees what is wrong ---- */

static u64 *words_of(u16 source)
{
	return (u64 *)(uintptr_t)(amdvi_device_table[source].word[2] & DTE2_INT_ROOT);
}

TEST(the_model_remembers_what_it_is_not_told_to_forget)
{
	const u32 entry = take(ID, VECTOR);
	struct amdvi_model_message out;

	assert_int_equal(route(entry, 1, false, true), 0);
	assert_comes(ID, VECTOR, 1, false);
	words_of(ID)[2U * VECTOR] = 0;
	amdvi_device_table[ID].word[2] = AMDVI_NO_MESSAGES;
	assert_true(amdvi_model_interrupt(&m, ID, VECTOR, &out));
}

TEST(the_model_refuses_an_entry_that_is_written_in_two_halves)
{
	const u32 entry = take(ID, VECTOR);

	assert_int_equal(route(entry, 1, false, true), 0);
	assert_comes(ID, VECTOR, 1, false);
	words_of(ID)[2U * VECTOR + 1U] ^= BIT(56);
	assert_int_equal(route(entry, 1, false, true), 0);
	assert_null(m.watch.illegal); /* the driver has it off first */
	assert_comes(ID, VECTOR, 1, false);
	words_of(ID)[2U * VECTOR + 1U] ^= BIT(56);
	amdvi_model_forget_irt(&m, ID);
	assert_string_equal(m.watch.illegal, "both words of an entry change while it is on");
}

/* Nothing of it may be another bit than the driver writes. */
static bool noticed(u64 *word, u32 bit)
{
	struct amdvi_model_message out = { .apic = ~0U };
	bool comes;

	m.watch.illegal = NULL;
	m.irt = (struct amdvi_model_irt){ .count = 0 };
	*word ^= BIT(bit);
	comes = amdvi_model_interrupt(&m, ID, VECTOR, &out);
	*word ^= BIT(bit);
	m.event_tail = m.event_head;
	return !comes || m.watch.illegal != NULL || out.apic != 0x12U || out.vector != VECTOR ||
	       out.level;
}

/* SupIOPF and DM: about faults, and about what 12h is an id of. */
static bool said_otherwise(u32 bit)
{
	return bit == 1U || bit == 6U;
}

TEST(a_wrong_bit_of_an_entry_is_noticed)
{
	assert_int_equal(route(take(ID, VECTOR), 0x12, false, true), 0);
	assert_false(noticed(&words_of(ID)[0], 0)); /* another's */
	for (u32 bit = 0; bit < 128U; bit++) {
		if (!said_otherwise(bit))
			assert_true(noticed(&words_of(ID)[2U * VECTOR + bit / 64U], bit % 64U));
	}
}

TEST(a_wrong_bit_of_a_basic_entry_is_noticed)
{
	assert_int_equal(route(take(ID, VECTOR), 0x12, false, true), 0);
	for (u32 bit = 0; bit < 32U; bit++) {
		if (!said_otherwise(bit))
			assert_true(noticed(&words_of(ID)[VECTOR / 2U], VECTOR % 2U * 32U + bit));
	}
}

TEST(a_wrong_bit_of_a_device_table_entry_is_noticed)
{
	const u64 word = amdvi_device_table[ID].word[2];

	assert_int_equal(route(take(ID, VECTOR), 0x12, false, true), 0);
	assert_int_equal(word, AMDVI_NO_MESSAGES);
	assert_int_equal(FIELD_GET(amdvi_device_table[ID].word[2], 4, 1), 8);
	/* Not those of the length and place, which lead elsewhere, and not IG. */
	for (u32 bit = 52; bit < 64U; bit++)
		assert_true(noticed(&amdvi_device_table[ID].word[2], bit));
	assert_true(noticed(&amdvi_device_table[ID].word[2], 0));
	assert_true(noticed(&amdvi_device_table[ID].word[2], 6));
}

TEST(more_sources_than_there_are_tables_are_named)
{
	u32 entry, n = 0;
	u16 source = 0x1000;
	int err = 0;

	while (err == 0 && n <= CONFIG_IOMMU_AMDVI_TABLES) {
		err = iommu_interrupt_take(0, (u16)(source + n), VECTOR, &entry);
		n++;
	}
	assert_int_equal(err, BH_EOVERFLOW);
	assert_string_equal(iommu_state(0), "blocking");
	assert_refused((u16)(source + n - 1U), VECTOR);
	while (n-- != 0U)
		amdvi_device_table[source + n].word[2] = AMDVI_NO_MESSAGES;
}

UNIT_TESTS(BASIC(a_message_comes_by_an_entry_of_32_bits),
	   GA(a_message_comes_by_an_entry_of_128_bits),
	   XT(a_destination_has_32_bits_where_the_unit_has),
	   BASIC(what_a_unit_cannot_send_to_is_refused), GA(what_a_unit_cannot_send_to_is_refused),
	   BASIC(sources_with_one_number_do_not_meet), XT(sources_with_one_number_do_not_meet),
	   GA(a_machine_that_names_no_source_of_an_io_apic_has_no_messages),
	   GA(a_line_comes_from_its_io_apic_alone), GA(a_hushed_source_is_refused_and_not_recorded),
	   GA(a_route_that_is_refused_stops_the_unit), GA(a_table_that_is_not_taken_stops_the_unit),
	   GA(a_unit_that_never_answers_stops), GA(a_full_queue_is_waited_for),
	   BASIC(a_unit_that_firmware_left_on_keeps_the_format_of_its_entries),
	   GA(the_model_remembers_what_it_is_not_told_to_forget),
	   XT(the_model_refuses_an_entry_that_is_written_in_two_halves),
	   GA(a_wrong_bit_of_an_entry_is_noticed), XT(a_wrong_bit_of_an_entry_is_noticed),
	   BASIC(a_wrong_bit_of_a_basic_entry_is_noticed),
	   GA(a_wrong_bit_of_a_device_table_entry_is_noticed),
	   GA(more_sources_than_there_are_tables_are_named));
