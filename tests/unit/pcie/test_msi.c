// SPDX-License-Identifier: Apache-2.0
/* Capability and table of a function as Bulkhead writes them (BH-MSI-001). */
#include <bulkhead/lib/error.h>
#include <bulkhead/mem/frame.h>
#include <bulkhead/pcie/msi.h>

#include "tree.h"

#define TABLE_BASE 0x8000000000ULL
#define TABLE_AT 0x2000U
#define PBA_BASE 0x10000000ULL
#define MSIX_AT 0x80U
#define PLAIN_AT 0x50U
#define ENTRIES 65U
#define VECTORS 3U
#define DOORBELL 0x8020000ULL
#define WORDS (PCI_MSIX_ENTRY / 4U)

enum { LOW, HIGH, DATA, CONTROL };

static u32 table[ENTRIES][WORDS];
static u32 pending[4];
static u32 torn; /* writes that a message between them would have shown half of */
static u32 writes, function;
static bool decoded;

static struct msi msi;
static struct msi_vector vector[VECTORS];
static struct {
	struct message_source source;
	u32 opened, taken;
	int refuses;
	bool enabled[VECTORS];
} board;

/* ---- what stands below ---- */

int frame_alloc(u64 size __unused, u64 align __unused, hpa_t *out __unused)
{
	return BH_ENOMEM;
}

u64 frame_free_bytes(void)
{
	return 0;
}

static int board_open(const struct message_source *s, u32 count)
{
	board.source = *s;
	board.opened += count;
	return board.refuses;
}

static int board_take(struct message_irq *i)
{
	board.taken++;
	i->id = 0x40U + i->index;
	return 0;
}

static int board_enable(struct message_irq *i, bool on)
{
	board.enabled[i->index] = on;
	return 0;
}

static void board_message(const struct message_irq *i, struct message *out)
{
	*out = (struct message){ 0x1122334400000040ULL, i->id };
}

static const struct message_ops ops = {
	.name = "board",
	.open = board_open,
	.take = board_take,
	.enable = board_enable,
	.message = board_message,
};

/* ---- the function's memory ---- */

static u32 control_of(void)
{
	return model_get(&m, function, MSIX_AT + PCI_MSIX_CONTROL, 2);
}

static u64 table_read(void *ctx __unused, u64 off, u32 width)
{
	assert_int_equal(width, 4);
	assert_true(off >= TABLE_AT);
	return table[(off - TABLE_AT) / PCI_MSIX_ENTRY][off % PCI_MSIX_ENTRY / 4U];
}

static void table_write(void *ctx __unused, u64 off, u32 width, u64 v)
{
	const u32 word = (u32)(off % PCI_MSIX_ENTRY / 4U);
	u32 *e;

	assert_int_equal(width, 4);
	assert_true(off >= TABLE_AT && off < TABLE_AT + sizeof(table));
	e = table[(off - TABLE_AT) / PCI_MSIX_ENTRY];
	decoded = decoded && (model_get(&m, function, PCI_COMMAND, 2) & PCI_COMMAND_MEMORY) != 0U;
	if (word != (u32)CONTROL && (e[CONTROL] & PCI_MSIX_VECTOR_MASK) == 0U &&
	    (control_of() & PCI_MSIX_MASK_ALL) == 0U)
		torn++;
	e[word] = (u32)v;
	writes++;
}

static u64 pba_read(void *ctx __unused, u64 off, u32 width)
{
	assert_int_equal(width, 4);
	return pending[off / 4U];
}

static void pba_write(void *ctx __unused, u64 off __unused, u32 width __unused, u64 v __unused)
{
	fail_msg("pending bits are read-only");
}

/* Configuration space by ports CF8h to CFFh, which leads to the model. */
static u32 selected;

static u64 ports_read(void *ctx __unused, u64 off, u32 width)
{
	return host[0].ops->read(&host[0], selected >> 8 & 0xffffU,
				 (selected & 0xfcU) | ((u32)off & 3U), width);
}

static void ports_write(void *ctx __unused, u64 off, u32 width, u64 v)
{
	if (off < 4U)
		selected = (u32)v;
	else
		host[0].ops->write(&host[0], selected >> 8 & 0xffffU,
				   (selected & 0xfcU) | ((u32)off & 3U), width, (u32)v);
}

static const struct fake_device ports_device = { ports_read, ports_write, NULL };
static const struct fake_device table_device = { table_read, table_write, NULL };
static const struct fake_device pba_device = { pba_read, pba_write, NULL };

static int msi_setup(void **state)
{
	(void)tree_setup(state);
	memset(table, 0, sizeof(table));
	memset(pending, 0, sizeof(pending));
	memset(&board, 0, sizeof(board));
	/* As after power-on: all masked. */
	for (u32 i = 0; i < ENTRIES; i++)
		table[i][CONTROL] = PCI_MSIX_VECTOR_MASK;
	torn = 0;
	writes = 0;
	decoded = true;
	if (message_controller() == NULL)
		assert_int_equal(message_controller_set(&ops), 0);
	machine.segment_count = 1;
	machine.segment[0].bus_last = 255;
	fake_port_add(0xcf8, 8, &ports_device);
	fake_mmio_add(HPA(TABLE_BASE), 0x4000, &table_device);
	fake_mmio_add(HPA(PBA_BASE), 0x1000, &pba_device);
	return 0;
}

#define MSI(name) cmocka_unit_test_setup(name, msi_setup)

static void taken(struct pcie_function *f, u32 count, u64 doorbell)
{
	assert_int_equal(msi_open(&msi, f, vector, count), 0);
	for (u32 i = 0; i < count; i++)
		assert_int_equal(msi_take(&msi, i, 1, NULL, NULL, doorbell), 0);
	assert_int_equal(board.opened, count);
	assert_int_equal(board.taken, count);
}

static struct pcie_function *nvme(void)
{
	function = nvme_add(MODEL_NONE, 8);
	tree_find(1);
	return at(0, 1, 0);
}

static u32 table_masked(u32 first)
{
	u32 n = 0;

	for (u32 i = first; i < ENTRIES; i++)
		n += (table[i][CONTROL] & PCI_MSIX_VECTOR_MASK) != 0U ? 1U : 0U;
	return n;
}

TEST(entries_say_what_the_controller_says_and_the_rest_stays_masked)
{
	enum msi_kind kind;
	struct pcie_function *f = nvme();

	assert_int_equal(msi_vectors(f, 64, &kind), 64);
	assert_int_equal(msi_vectors(f, VECTORS, &kind), VECTORS);
	assert_int_equal(kind, MSI_X);
	/* Firmware's leftovers reach nobody. */
	table[ENTRIES - 1U][CONTROL] = 0;
	taken(f, VECTORS, 0);
	assert_int_equal(writes, 0);
	msi_enable(&msi, true);
	for (u32 i = 0; i < VECTORS; i++) {
		assert_int_equal(table[i][LOW], 0x40);
		assert_int_equal(table[i][HIGH], 0x11223344);
		assert_int_equal(table[i][DATA], 0x40U + i);
		assert_int_equal(table[i][CONTROL], PCI_MSIX_VECTOR_MASK);
		assert_true(board.enabled[i]);
	}
	assert_int_equal(table_masked(VECTORS), ENTRIES - VECTORS);
	assert_int_equal(control_of() & (PCI_MSIX_ENABLE | PCI_MSIX_MASK_ALL), PCI_MSIX_ENABLE);
	assert_int_equal(torn, 0);
	/* A reset of the function loses the table: it is told anew. */
	memset(table, 0xff, sizeof(table));
	msi_enable(&msi, true);
	assert_int_equal(table[1][DATA], 0x41);
	msi_enable(&msi, false);
	assert_int_equal(control_of() & (PCI_MSIX_ENABLE | PCI_MSIX_MASK_ALL), 0);
}

/* What the function may send now is whole: nothing, or what was meant. */
static void whole(void)
{
	const u32 control = control_of();

	if ((control & PCI_MSIX_ENABLE) == 0U || (control & PCI_MSIX_MASK_ALL) != 0U)
		return;
	for (u32 i = 0; i < ENTRIES; i++)
		assert_true((table[i][CONTROL] & PCI_MSIX_VECTOR_MASK) != 0U ||
			    (i < VECTORS && table[i][LOW] == 0x40U &&
			     table[i][HIGH] == 0x11223344U && table[i][DATA] == 0x40U + i));
}

/* One step, of some registers. */
static bool step(void)
{
	const u32 before = writes;
	const bool more = msi_enable_step(&msi);

	assert_true(writes - before <= 8U * 5U);
	whole();
	return more;
}

/* 65 entries in pieces: whatever comes between two of them, the end is the same. */
TEST(a_table_is_told_in_pieces_that_anything_may_come_between)
{
	u32 pieces = 0;

	taken(nvme(), VECTORS, 0);
	msi_mask(&msi, 1, false);
	msi_enable_begin(&msi, true);
	for (pieces = 1; step(); pieces++)
		assert_true(pieces < 100U);
	assert_int_equal(pieces, 2U + (ENTRIES + 7U) / 8U);
	assert_false(msi_enable_step(&msi));
	for (u32 n = 0; n < 4U * pieces; n++) {
		const u32 what = n / pieces;

		/* From off, or over itself. */
		msi_enable(&msi, n % 2U == 0U);
		msi_enable_begin(&msi, true);
		for (u32 i = 0; i < n % pieces; i++)
			(void)step();
		if (what == 1U)
			msi_mask(&msi, 2, n % 2U == 0U);
		if (what == 2U)
			msi_enable_begin(&msi, true);
		if (what == 3U) {
			msi_enable(&msi, false);
			assert_int_equal(control_of() & PCI_MSIX_ENABLE, 0);
			msi_enable_begin(&msi, true);
		}
		whole();
		while (step())
			continue;
		assert_int_equal(control_of() & (PCI_MSIX_ENABLE | PCI_MSIX_MASK_ALL),
				 PCI_MSIX_ENABLE);
		for (u32 i = 0; i < VECTORS; i++) {
			assert_int_equal(table[i][DATA], 0x40U + i);
			assert_int_equal(table[i][CONTROL], vector[i].masked ? 1 : 0);
		}
		assert_int_equal(table_masked(VECTORS), ENTRIES - VECTORS);
		assert_int_equal(torn, 0);
	}
}

TEST(a_mask_bit_is_the_vectors_own_and_is_kept)
{
	taken(nvme(), VECTORS, 0);
	/* Off, nothing of it is written. */
	msi_mask(&msi, 2, false);
	assert_int_equal(writes, 0);
	msi_enable(&msi, true);
	assert_int_equal(table[2][CONTROL], 0);
	assert_int_equal(table[1][CONTROL], PCI_MSIX_VECTOR_MASK);
	writes = 0;
	msi_mask(&msi, 1, false);
	msi_mask(&msi, 2, true);
	assert_int_equal(writes, 2);
	assert_int_equal(table[1][CONTROL], 0);
	assert_int_equal(table[2][CONTROL], PCI_MSIX_VECTOR_MASK);
	/* There is no such one, or nobody took it. */
	msi_mask(&msi, VECTORS, false);
	msi_mask(&msi, ~0U, false);
	assert_int_equal(writes, 2);
	assert_int_equal(torn, 0);
}

TEST(pending_bits_are_read_from_the_device)
{
	taken(nvme(), VECTORS, 0);
	assert_false(msi_pending(&msi, 1));
	pending[0] = 2;
	assert_true(msi_pending(&msi, 1));
	assert_false(msi_pending(&msi, 0));
	pending[0] = ~0U;
	assert_false(msi_pending(&msi, VECTORS));
}

TEST(memory_is_decoded_as_long_as_the_table_is_reached)
{
	const u32 at = PCI_COMMAND;

	taken(nvme(), VECTORS, 0);
	model_set(&m, function, at, 2, PCI_COMMAND_MASTER);
	msi_enable(&msi, true);
	msi_mask(&msi, 0, false);
	(void)msi_pending(&msi, 0);
	assert_true(decoded);
	assert_int_equal(model_get(&m, function, at, 2), PCI_COMMAND_MASTER);
	model_set(&m, function, at, 2, PCI_COMMAND_MEMORY);
	msi_mask(&msi, 0, true);
	assert_int_equal(model_get(&m, function, at, 2), PCI_COMMAND_MEMORY);
}

TEST(a_doorbell_of_its_own_replaces_the_page)
{
	taken(nvme(), 1, DOORBELL);
	msi_enable(&msi, true);
	assert_int_equal(table[0][LOW], DOORBELL | 0x40U);
	assert_int_equal(table[0][HIGH], 0);
}

TEST(a_source_is_what_looks_at_it)
{
	struct pcie_function *f = nvme();

	f->its = 3;
	f->msi_id = 0x77;
	taken(f, 1, 0);
	assert_int_equal(board.source.unit, 3);
	assert_int_equal(board.source.id, 0x77);
	f->its = PCIE_NONE;
	f->iommu = 1;
	assert_int_equal(msi_open(&msi, f, vector, 1), 0);
	assert_int_equal(board.source.unit, 1);
	assert_int_equal(board.source.id, 8);
	f->iommu = PCIE_NONE;
	assert_int_equal(msi_open(&msi, f, vector, 1), 0);
	assert_true(board.source.unit == MESSAGE_NO_UNIT);
	f->alias_count = 1;
	assert_int_equal(msi_open(&msi, f, vector, 1), BH_ENOTSUP);
	f->alias_count = 0;
	board.refuses = BH_ENOTSUP;
	assert_int_equal(msi_open(&msi, f, vector, 1), BH_ENOTSUP);
	assert_int_equal(msi_open(&msi, f, vector, 0), BH_EINVAL);
	assert_int_equal(writes, 0);
}

/* ---- plain ---- */

static struct pcie_function *plain(u32 control)
{
	function = model_add(&m, MODEL_NONE, 0, 8, EDU, 0xff0000);
	model_cap(&m, function, PLAIN_AT, PCI_CAP_ID_MSI);
	model_set(&m, function, PLAIN_AT + PCI_MSI_CONTROL, 2, control);
	model_writable(&m, function, PLAIN_AT + PCI_MSI_CONTROL, 2, 0x71);
	for (u32 i = 4; i < 20U; i += 4U)
		model_writable(&m, function, PLAIN_AT + i, 4, ~0U);
	tree_find(1);
	return at(0, 1, 0);
}

static u32 plain_get(u32 at, u32 width)
{
	return model_get(&m, function, PLAIN_AT + at, width);
}

TEST(a_plain_message_is_one_and_leaves_nothing_behind)
{
	/* It could send 8, and firmware let it send 4. */
	taken(plain(PCI_MSI_64BIT | 0x26U), 1, 0);
	msi_mask(&msi, 0, false);
	msi_enable(&msi, true);
	assert_int_equal(plain_get(PCI_MSI_CONTROL, 2), PCI_MSI_64BIT | 0x06U | PCI_MSI_ENABLE);
	assert_int_equal(plain_get(PCI_MSI_ADDRESS, 4), 0x40);
	assert_int_equal(plain_get(PCI_MSI_ADDRESS_HIGH, 4), 0x11223344);
	assert_int_equal(plain_get(PCI_MSI_DATA + 4U, 2), 0x40);
	assert_true(board.enabled[0]);
	/* Without a mask of its own it is the controller that masks. */
	msi_mask(&msi, 0, true);
	assert_false(board.enabled[0]);
	assert_false(msi_pending(&msi, 0));
	msi_enable(&msi, false);
	for (u32 i = PCI_MSI_ADDRESS; i < 16U; i += 4U)
		assert_int_equal(plain_get(i, 4), 0);
	assert_int_equal(plain_get(PCI_MSI_CONTROL, 2), PCI_MSI_64BIT | 0x06U);
}

TEST(a_plain_message_is_told_in_pieces_and_off_until_the_last)
{
	taken(plain(PCI_MSI_64BIT), 1, 0);
	for (u32 n = 0; n <= 4U; n++) {
		msi_enable_begin(&msi, true);
		for (u32 i = 0; i < n; i++) {
			assert_int_equal(msi_enable_step(&msi), i != 3U);
			assert_int_equal((plain_get(PCI_MSI_CONTROL, 2) & PCI_MSI_ENABLE) != 0U,
					 i == 3U);
		}
		assert_int_equal(plain_get(PCI_MSI_ADDRESS, 4), n >= 2U ? 0x40 : 0);
		/* Off instead: two pieces, and nothing is left. */
		msi_enable_begin(&msi, false);
		assert_true(msi_enable_step(&msi));
		assert_int_equal(plain_get(PCI_MSI_CONTROL, 2) & PCI_MSI_ENABLE, 0);
		assert_false(msi_enable_step(&msi));
		assert_int_equal(plain_get(PCI_MSI_ADDRESS, 4), 0);
		assert_false(msi_enable_step(&msi));
	}
}

TEST(a_plain_message_with_a_mask_waits_in_the_device)
{
	taken(plain(PCI_MSI_MASKS), 1, 0);
	msi_enable(&msi, true);
	assert_int_equal(plain_get(PCI_MSI_DATA, 2), 0x40);
	assert_int_equal(plain_get(PCI_MSI_MASK, 4), 0xffffffff);
	msi_mask(&msi, 0, false);
	assert_int_equal(plain_get(PCI_MSI_MASK, 4), 0xfffffffe);
	assert_true(board.enabled[0]);
	assert_false(msi_pending(&msi, 0));
	model_set(&m, function, PLAIN_AT + PCI_MSI_PENDING, 4, 1);
	assert_true(msi_pending(&msi, 0));
}

UNIT_TESTS(MSI(entries_say_what_the_controller_says_and_the_rest_stays_masked),
	   MSI(a_table_is_told_in_pieces_that_anything_may_come_between),
	   MSI(a_mask_bit_is_the_vectors_own_and_is_kept),
	   MSI(pending_bits_are_read_from_the_device),
	   MSI(memory_is_decoded_as_long_as_the_table_is_reached),
	   MSI(a_doorbell_of_its_own_replaces_the_page), MSI(a_source_is_what_looks_at_it),
	   MSI(a_plain_message_is_one_and_leaves_nothing_behind),
	   MSI(a_plain_message_is_told_in_pieces_and_off_until_the_last),
	   MSI(a_plain_message_with_a_mask_waits_in_the_device));
