// SPDX-License-Identifier: Apache-2.0
/*
 * Lines of an I/O APIC and messages of functions, with a unit that remaps them, with one that does
 * not, and with none (BH-MSI-001, BH-MSI-003, BH-MSI-004). What a line becomes is read
 * out of the I/O APIC's registers as hardware does.
 */
#include <asm/lapic.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/fw/machine.h>
#include <bulkhead/iommu/interrupt.h>
#include <bulkhead/irqchip/ioapic.h>
#include <bulkhead/irqchip/message.h>
#include <bulkhead/lib/error.h>
#include <unit.h>

#define IOAPIC 0xfec00000ULL
#define PINS 24U
#define GSI_BASE 24U
#define LINE (GSI_BASE + 4U)
#define OTHER_LINE (GSI_BASE + 17U)
#define NOWHERE (GSI_BASE + PINS)
#define GIVEN (GSI_BASE + 20U)
#define IOAPIC_ID 2U
#define SOURCE 0xf0f8U
#define UNIT_INDEX 1U
#define ENTRIES 32U
#define FIRST_ENTRY 0x8001U /* index bit 15 travels on its own */
#define FUNCTION 0x108U

/* Redirection entry (82093AA 3.2.4; VT-d 5.1.5.1). */
#define MASKED BIT(16)
#define LEVEL BIT(15)
#define LOW BIT(13)
#define INDEX_15 BIT(11)
#define REMAPPED BIT(48)

struct machine machine;

static int (*listen)(enum irq_id id, u32 line, bool level, u32 cpu);

static struct {
	u32 select;
	u64 entry[PINS];
} ioapic;

static struct {
	bool remaps;
	bool vectors; /* it takes vectors for entries, as AMD-Vi does */
	int refuses;
	u32 used, stopped;
	struct {
		u16 source;
		u8 vector;
		struct iommu_route to;
	} entry[ENTRIES];
} unit;

static struct {
	void (*fn)(void *ctx);
	void *ctx;
} vectors[256];
static u32 vectors_used, vectors_most;

/* ---- what stands beside ---- */

int lapic_vector_take(void (*fn)(void *ctx), void *ctx, u8 *vector)
{
	u32 v = 0x30;

	if (vectors_used >= vectors_most)
		return BH_EOVERFLOW;
	while (vectors[v].fn != NULL)
		v++;
	vectors[v].fn = fn;
	vectors[v].ctx = ctx;
	vectors_used++;
	*vector = (u8)v;
	return 0;
}

void lapic_vector_free(u8 vector)
{
	assert_non_null(vectors[vector].fn);
	vectors[vector].fn = NULL;
	vectors_used--;
}

void lapic_listen_set(int (*fn)(enum irq_id id, u32 line, bool level, u32 cpu))
{
	listen = fn;
}

static int unit_take(u32 index, u16 source, u8 vector, u32 *entry)
{
	assert_int_equal(index, UNIT_INDEX);
	if (unit.used >= ENTRIES)
		return BH_EOVERFLOW;
	unit.entry[unit.used].source = source;
	unit.entry[unit.used].vector = vector;
	*entry = FIRST_ENTRY + unit.used;
	unit.used++;
	return 0;
}

static int unit_route(u32 index, u32 entry, const struct iommu_route *to)
{
	assert_int_equal(index, UNIT_INDEX);
	assert_true(entry - FIRST_ENTRY < unit.used);
	if (unit.refuses != 0)
		return unit.refuses;
	unit.entry[entry - FIRST_ENTRY].to = *to;
	return 0;
}

/* VT-d 5.1.2.2; AMD IOMMU 2.2.5. */
static void unit_form(u32 index, u32 entry, struct iommu_message *out)
{
	assert_int_equal(index, UNIT_INDEX);
	if (unit.vectors)
		out->data = unit.entry[entry - FIRST_ENTRY].vector;
	else
		out->address |= BIT(4) | (u64)(entry & 0x7fffU) << 5 | (u64)(entry >> 15) << 2;
}

const struct iommu_driver *iommu_driver_of(u32 index)
{
	static const struct iommu_driver remapping = { .interrupt_take = unit_take,
						       .interrupt_route = unit_route,
						       .interrupt_form = unit_form };
	static const struct iommu_driver plain = { .name = "plain" };

	if (index != UNIT_INDEX)
		return NULL;
	return unit.remaps ? &remapping : &plain;
}

void iommu_unit_stop(u32 index __unused, const char *what __unused)
{
	unit.stopped++;
}

static u64 ioapic_read(void *ctx __unused, u64 off, u32 width)
{
	assert_int_equal(width, 4);
	if (off == 0U)
		return ioapic.select;
	assert_int_equal(off, 0x10);
	if (ioapic.select == 1U)
		return (PINS - 1U) << 16 | 0x20U;
	assert_true(ioapic.select - 0x10U < 2U * PINS);
	return (u32)(ioapic.entry[(ioapic.select - 0x10U) / 2U] >> (ioapic.select % 2U * 32U));
}

/* What is not masked is whole: its other half does not change. */
static void ioapic_write(void *ctx __unused, u64 off, u32 width, u64 v)
{
	const u32 n = ioapic.select - 0x10U;
	u64 *e = &ioapic.entry[n / 2U % PINS];

	assert_int_equal(width, 4);
	if (off == 0U) {
		ioapic.select = (u32)v;
		return;
	}
	assert_true(off == 0x10U && n < 2U * PINS);
	if (n % 2U == 0U) {
		*e = (*e & ~0xffffffffULL) | v;
		return;
	}
	assert_true((*e & MASKED) != 0U);
	*e = (*e & 0xffffffffULL) | v << 32;
}

static const struct fake_device ioapic_device = { ioapic_read, ioapic_write, NULL };

static void machine_make(void)
{
	machine = (struct machine){
		.irqchip_count = 1,
		.irqchip = { { .kind = IRQCHIP_IOAPIC,
			       .base = { IOAPIC },
			       .ioapic = { .id = IOAPIC_ID, .gsi_base = GSI_BASE } } },
		.iommu_count = 2,
		.id_map_count = 1,
		.id_map = { { .kind = MACHINE_ID_LINES,
			      .first = IOAPIC_ID,
			      .count = 1,
			      .target = UNIT_INDEX,
			      .out = SOURCE } },
	};
}

/* One boot for all tests: units run once. What a test before listened to is somebody else's. */
static int lines_setup(void **state)
{
	static bool booted;

	if (!booted) {
		(void)unit_setup(state);
		fake_mmio_add(HPA(IOAPIC), PAGE_SIZE, &ioapic_device);
		machine_make();
		if (irqchip() == NULL)
			assert_int_equal(irqchip_register(&fake_irqchip), 0);
		assert_int_equal(units_run(STAGE_INTERRUPTS), 0);
		assert_non_null(listen);
		for (u32 i = 0; i < PINS; i++)
			assert_int_equal((u32)ioapic.entry[i], MASKED);
		booted = true;
	}
	machine_make();
	cpu_count = 3;
	cpus[0].hwid = 3;
	cpus[1].hwid = 0x1234;
	cpus[2].hwid = 0x56;
	/* Entries are never handed out twice. */
	unit.remaps = true;
	unit.refuses = 0;
	unit.stopped = 0;
	vectors_most = 8;
	return 0;
}

#define LINES(name) cmocka_unit_test_setup(name, lines_setup)

static u64 entry_of(u32 line)
{
	return ioapic.entry[line - GSI_BASE];
}

/* The index that a unit finds in a message of this line. */
static u32 index_of(u64 e)
{
	return (u32)FIELD_GET(e, 63, 49) | ((e & INDEX_15) != 0U ? 0x8000U : 0U);
}

/* Starts from where no test before has been: a line nobody has is refused and changes nothing. */
static void away(enum irq_id id)
{
	assert_int_equal(listen(id, OTHER_LINE, false, 0), 0);
}

TEST(a_line_arrives_by_an_entry_of_its_own)
{
	const struct iommu_route *to;
	u32 entry;
	u64 e;

	away(IRQ_CONSOLE);
	assert_int_equal(listen(IRQ_CONSOLE, LINE, true, 1), 0);
	e = entry_of(LINE);
	assert_true((e & MASKED) == 0U && (e & LEVEL) != 0U && (e & REMAPPED) != 0U);
	entry = index_of(e) - FIRST_ENTRY;
	assert_int_equal(entry, unit.used - 1U);
	assert_int_equal(unit.entry[entry].source, SOURCE);
	to = &unit.entry[entry].to;
	assert_int_equal(to->apic, 0x1234);
	assert_true(to->level && to->on);
	/* The end of a level is told by the vector. */
	assert_int_equal(to->vector, e & 0xffU);
	assert_non_null(vectors[to->vector].fn);
	/* The line before is nobody's. */
	assert_true((entry_of(OTHER_LINE) & MASKED) != 0U);
	assert_int_equal(vectors_used, 1);
	assert_false(unit.entry[entry - 1U].to.on);
}

TEST(a_line_sends_its_vector_where_that_is_the_entry)
{
	u64 e;

	away(IRQ_CONSOLE);
	unit.vectors = true;
	assert_int_equal(listen(IRQ_CONSOLE, LINE, true, 1), 0);
	unit.vectors = false;
	e = entry_of(LINE);
	assert_true((e & (MASKED | REMAPPED | INDEX_15 | BITS(10, 8))) == 0U && (e & LEVEL) != 0U);
	assert_int_equal(unit.entry[unit.used - 1U].vector, e & 0xffU);
	assert_int_equal(unit.entry[unit.used - 1U].to.vector, e & 0xffU);
	assert_int_equal(unit.entry[unit.used - 1U].source, SOURCE);
}

TEST(moved_it_keeps_its_entry_and_its_vector)
{
	u64 e;
	u32 used;

	away(IRQ_CONSOLE);
	assert_int_equal(listen(IRQ_CONSOLE, LINE, true, 1), 0);
	e = entry_of(LINE);
	used = unit.used;
	assert_int_equal(listen(IRQ_CONSOLE, LINE, true, 2), 0);
	assert_true(entry_of(LINE) == e);
	assert_int_equal(unit.used, used);
	assert_int_equal(unit.entry[used - 1U].to.apic, 0x56);
	assert_true(unit.entry[used - 1U].to.on);
	assert_int_equal(vectors_used, 1);
}

static u32 heard;

static void hear(void)
{
	heard++;
}

TEST(what_is_taken_runs_the_handler_of_the_line)
{
	away(IRQ_CONSOLE);
	assert_int_equal(listen(IRQ_CONSOLE, LINE, true, 1), 0);
	irq_handler_set(IRQ_CONSOLE, hear);
	heard = 0;
	for (u32 v = 0; v < ARRAY_SIZE(vectors); v++) {
		if (vectors[v].fn != NULL)
			vectors[v].fn(vectors[v].ctx);
	}
	assert_int_equal(heard, 1);
}

TEST(without_a_unit_a_line_goes_straight_to_its_cpu)
{
	u64 e;

	away(IRQ_CONSOLE);
	machine.iommu_count = 0;
	machine.id_map_count = 0;
	assert_int_equal(listen(IRQ_CONSOLE, LINE, false, 2), 0);
	e = entry_of(LINE);
	assert_true((e & (MASKED | LEVEL | REMAPPED | INDEX_15)) == 0U);
	assert_int_equal(e >> 56, 0x56);
	assert_non_null(vectors[e & 0xffU].fn);
	assert_int_equal(listen(IRQ_CONSOLE, LINE, false, 0), 0);
	assert_int_equal(entry_of(LINE) >> 56, cpus[0].hwid);
	/* Eight bits do not name every local APIC. */
	assert_int_equal(listen(IRQ_IOMMU, OTHER_LINE, false, 1), BH_ERANGE);
	assert_true((entry_of(OTHER_LINE) & MASKED) != 0U);
	/* Released, it is off where it came from. */
	machine_make();
	away(IRQ_CONSOLE);
	assert_true((entry_of(LINE) & MASKED) != 0U);
}

TEST(a_line_that_nothing_would_tell_from_others_stays_masked)
{
	const u32 before = vectors_used;

	assert_true((entry_of(LINE) & MASKED) != 0U);
	assert_int_equal(listen(IRQ_IOMMU, NOWHERE, true, 1), BH_ENOENT);
	assert_int_equal(listen(IRQ_IOMMU, 0, true, 1), BH_ENOENT);
	unit.remaps = false;
	assert_int_equal(listen(IRQ_IOMMU, LINE, true, 1), BH_ENOTSUP);
	unit.remaps = true;
	machine.id_map_count = 0;
	assert_int_equal(listen(IRQ_IOMMU, LINE, true, 1), BH_ENOENT);
	machine_make();
	assert_int_equal(listen(IRQ_IOMMU, LINE, true, 7), BH_EINVAL);
	unit.refuses = BH_EIO;
	assert_int_equal(listen(IRQ_IOMMU, LINE, true, 1), BH_EIO);
	assert_int_equal(unit.stopped, 1);
	unit.refuses = 0;
	vectors_most = 0;
	assert_int_equal(listen(IRQ_IOMMU, LINE, true, 1), BH_EOVERFLOW);
	vectors_most = 8;
	unit.used += ENTRIES;
	assert_int_equal(listen(IRQ_IOMMU, LINE, true, 1), BH_EOVERFLOW);
	unit.used -= ENTRIES;
	assert_int_equal(vectors_used, before);
	assert_true((entry_of(LINE) & MASKED) != 0U);
}

/* ---- guests' lines ---- */

static void seen(void *ctx)
{
	(*(u32 *)ctx)++;
}

TEST(a_guests_line_comes_while_it_is_open)
{
	static u32 came;
	const u32 before = vectors_used;
	u64 e;

	away(IRQ_CONSOLE);
	assert_int_equal(ioapic_line_give(NOWHERE, true, 1, seen, &came), BH_ENOENT);
	assert_int_equal(ioapic_line_give(OTHER_LINE, true, 1, seen, &came), BH_EBUSY);
	unit.remaps = false;
	assert_int_equal(ioapic_line_give(GIVEN, true, 1, seen, &came), BH_ENOTSUP);
	unit.remaps = true;
	assert_int_equal(ioapic_line_give(GIVEN, true, 1, seen, &came), 0);
	assert_int_equal(ioapic_line_give(GIVEN, true, 1, seen, &came), BH_EBUSY);
	e = entry_of(GIVEN);
	assert_true((e & MASKED) != 0U && (e & LEVEL) != 0U && (e & LOW) != 0U);
	assert_true((e & REMAPPED) != 0U);
	assert_int_equal(unit.entry[index_of(e) - FIRST_ENTRY].to.apic, 0x1234);
	assert_true(unit.entry[index_of(e) - FIRST_ENTRY].to.level);
	assert_int_equal(unit.entry[index_of(e) - FIRST_ENTRY].to.vector, e & 0xffU);
	ioapic_line_open(GIVEN, true);
	assert_true(entry_of(GIVEN) == (e & ~MASKED));
	vectors[e & 0xffU].fn(vectors[e & 0xffU].ctx);
	assert_int_equal(came, 1);
	ioapic_line_open(GIVEN, false);
	assert_true(entry_of(GIVEN) == e);
	/* Nobody's stays masked; an edge is active high. */
	ioapic_line_open(LINE, true);
	assert_true((entry_of(LINE) & MASKED) != 0U);
	assert_int_equal(ioapic_line_give(GIVEN + 1U, false, 2, seen, &came), 0);
	e = entry_of(GIVEN + 1U);
	assert_true((e & MASKED) != 0U && (e & (LEVEL | LOW)) == 0U);
	/* Theirs for good. */
	assert_int_equal(vectors_used, before + 2U);
}

/* ---- functions ---- */

static void count(void *ctx)
{
	(*(u32 *)ctx)++;
}

TEST(a_function_is_told_the_remappable_format)
{
	u32 came = 0;
	struct message_irq i = { .source = { UNIT_INDEX, FUNCTION }, .cpu = 1, .fn = count };
	const u32 entry = unit.used;
	const struct iommu_route *route = &unit.entry[entry].to;
	struct message to;

	i.ctx = &came;
	assert_int_equal(message_open(&i.source, 1), 0);
	assert_int_equal(message_take(&i), 0);
	assert_int_equal(unit.entry[entry].source, FUNCTION);
	assert_false(route->on);
	message_of(&i, &to);
	assert_true(to.address ==
		    (0xfee00000ULL | BIT(4) | (FIRST_ENTRY + entry - 0x8000ULL) << 5 | BIT(2)));
	assert_int_equal(to.data, 0);
	assert_int_equal(message_enable(&i, true), 0);
	assert_true(route->on && !route->level);
	vectors[route->vector].fn(vectors[route->vector].ctx);
	assert_int_equal(came, 1);
	assert_int_equal(i.count, 1);
	assert_int_equal(message_route(&i, 2), 0);
	assert_int_equal(route->apic, 0x56);
	unit.refuses = BH_EIO;
	assert_int_equal(message_route(&i, 1), BH_EIO);
	assert_int_equal(i.cpu, 2);
	unit.refuses = 0;
	assert_int_equal(message_route(&i, 3), BH_EINVAL);
	/* Off it stays off, wherever it goes. */
	assert_int_equal(message_enable(&i, false), 0);
	assert_int_equal(message_route(&i, 1), 0);
	assert_false(route->on);
	assert_int_equal(message_enable(&i, true), 0);
	assert_true(route->on);
	assert_int_equal(route->apic, 0x1234);
	assert_int_equal(message_release(&i), 0);
	assert_false(route->on);
}

TEST(where_nothing_remaps_only_a_machine_without_units_has_messages)
{
	const struct message_source direct = { MESSAGE_NO_UNIT, FUNCTION };
	const struct message_source covered = { UNIT_INDEX, FUNCTION };
	struct message_irq i = { .source = direct, .cpu = 2, .fn = count };
	struct message to;

	assert_int_equal(message_open(&direct, 1), BH_ENOTSUP);
	unit.remaps = false;
	assert_int_equal(message_open(&covered, 1), BH_ENOTSUP);
	machine.iommu_count = 0;
	assert_int_equal(message_open(&direct, 1), 0);
	assert_int_equal(message_take(&i), 0);
	message_of(&i, &to);
	assert_true(to.address == (0xfee00000ULL | 0x56ULL << 12));
	assert_int_equal(to.data, i.id);
	/* Nothing stands where it could be held back. */
	assert_int_equal(message_enable(&i, true), 0);
	assert_int_equal(message_enable(&i, false), BH_ENOTSUP);
	assert_int_equal(message_route(&i, 1), BH_ENOTSUP);
	assert_int_equal(message_release(&i), 0);
}

UNIT_TESTS(LINES(a_line_arrives_by_an_entry_of_its_own),
	   LINES(a_line_sends_its_vector_where_that_is_the_entry),
	   LINES(moved_it_keeps_its_entry_and_its_vector),
	   LINES(what_is_taken_runs_the_handler_of_the_line),
	   LINES(without_a_unit_a_line_goes_straight_to_its_cpu),
	   LINES(a_line_that_nothing_would_tell_from_others_stays_masked),
	   LINES(a_guests_line_comes_while_it_is_open),
	   LINES(a_function_is_told_the_remappable_format),
	   LINES(where_nothing_remaps_only_a_machine_without_units_has_messages));
