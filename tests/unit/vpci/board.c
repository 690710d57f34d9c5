// SPDX-License-Identifier: Apache-2.0
#include <asm/fake.h>
#include <bulkhead/arch/vplat.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>
#include <bulkhead/mem/frame.h>

#include "board.h"

#define RAM HPA(0x80000000)
#define TABLES 64U
#define AGAIN 1000U

struct vpci vpci;
struct s2 board_s2;
struct pcie_function board_fn[BOARD_FUNCTIONS];
u8 board_config[BOARD_FUNCTIONS][BOARD_CONFIG];
u32 board_writes;
struct board_messages board_messages;

static u8 ram[MIB(4)] __aligned(MIB(2));
static u8 registers[BAR0_SIZE];
static const struct machine machine_of_test = { .ram_count = 1, .ram = { { RAM, sizeof(ram) } } };

static u64 registers_read(void *ctx, u64 off, u32 width)
{
	u64 v = 0;

	(void)ctx;
	memcpy(&v, &registers[off], width);
	return v;
}

static void registers_write(void *ctx, u64 off, u32 width, u64 v)
{
	(void)ctx;
	memcpy(&registers[off], &v, width);
}

enum msi_kind msi_offer(pci_sbdf_t function, u32 *vectors)
{
	*vectors = function.v == 0U ? board_messages.vectors : 0U;
	return function.v == 0U ? board_messages.kind : MSI_NONE;
}

static u32 vector_of(pci_sbdf_t function, u32 vector)
{
	board_messages.calls++;
	if (function.v != 0U || vector >= board_messages.vectors)
		__builtin_trap();
	return vector;
}

void msi_bind(pci_sbdf_t function, u32 vector, u64 address, u32 data)
{
	board_messages.address[vector_of(function, vector)] = address;
	board_messages.data[vector] = data;
}

void msi_bind_mask(pci_sbdf_t function, u32 vector, bool masked)
{
	board_messages.masked[vector_of(function, vector)] = masked;
}

bool msi_bind_pending(pci_sbdf_t function, u32 vector)
{
	return board_messages.pending[vector_of(function, vector)];
}

void msi_bind_enable(pci_sbdf_t function, bool on)
{
	(void)vector_of(function, 0);
	board_messages.wanted = on;
	board_messages.left = BOARD_STEPS;
}

bool msi_bind_step(pci_sbdf_t function)
{
	(void)vector_of(function, 0);
	if (board_messages.left == 0U)
		__builtin_trap();
	board_messages.left--;
	if (board_messages.left == 0U)
		board_messages.on = board_messages.wanted;
	return board_messages.left != 0U;
}

static const struct fake_device device = { .read = registers_read, .write = registers_write };

u32 pci_config_read(pci_sbdf_t f, u32 offset, u32 width)
{
	u32 v = 0;

	memcpy(&v, &board_config[f.v >> 3 & 1U][offset], width);
	return v;
}

void pci_config_write(pci_sbdf_t f, u32 offset, u32 width, u32 value)
{
	board_writes++;
	memcpy(&board_config[f.v >> 3 & 1U][offset], &value, width);
}

void board_set(u32 function, u32 offset, u32 width, u32 value)
{
	memcpy(&board_config[function][offset], &value, width);
}

u32 board_get(u32 function, u32 offset, u32 width)
{
	return pci_config_read(board_fn[function].sbdf, offset, width);
}

static void function_make(u32 i, u32 id)
{
	struct pcie_function *f = &board_fn[i];

	*f = (struct pcie_function){ .sbdf = PCI_SBDF(0, 0, i, 0) };
	board_set(i, PCI_ID, 4, id);
	board_set(i, PCI_CLASS_REVISION, 4, 0x01080203);
	board_set(i, PCI_SUBSYSTEM, 4, 0x11001af4);
}

/* PM, MSI, PCI Express 2, MSI-X, in this order. */
static void caps_make(void)
{
	board_set(0, PCI_CAPABILITIES, 1, 0x40);
	board_set(0, 0x40, 4, 0x7e035001);
	board_set(0, 0x44, 4, 0x0000ff00);
	board_set(0, 0x50, 4, 0x01866005);
	board_set(0, 0x60, 4, 0x0002a010);
	board_set(0, 0x64, 4, 0xffffffff);
	board_set(0, 0x68, 4, 0x0000281f);
	board_set(0, 0x84, 4, 0xffffffff);
	board_set(0, 0xa0, 4, 0x00400011);
	board_set(0, 0xa4, 4, TABLE_OFFSET);
	board_set(0, 0xa8, 4, PBA_OFFSET);
	board_set(0, 0x100, 4, 0x1401000f);
}

static void functions_make(void)
{
	memset(registers, 0x5a, sizeof(registers));
	memset(board_config, 0, sizeof(board_config));
	memset(&board_messages, 0, sizeof(board_messages));
	function_make(0, 0x00101b36);
	function_make(1, 0x11e81234);
	caps_make();
	board_fn[0].bar[0] = (struct pcie_bar){ .base = HPA(BAR0_BASE),
						.size = BAR0_SIZE,
						.kind = MACHINE_WINDOW_MEM64 };
	board_fn[0].bar[2] = (struct pcie_bar){ .base = HPA(BAR2_BASE),
						.size = PAGE_SIZE,
						.kind = MACHINE_WINDOW_MEM32 };
	board_fn[0].cap[PCIE_MSIX] = 0xa0;
	board_fn[0].msix.vectors = VECTORS;
	board_fn[0].msix.table = TABLE_OFFSET;
	board_fn[0].msix.pba = PBA_OFFSET;
	board_fn[1].bar[0] = (struct pcie_bar){ .base = HPA(OTHER_BASE),
						.size = OTHER_SIZE,
						.kind = MACHINE_WINDOW_MEM32,
						.prefetch = true };
}

int board_make(void **state)
{
	int err;

	(void)state;
	fake_reset();
	/* Without tags: they are for good. */
	fake_s2_set(PT_NPT, 1, false);
	if (irqchip() == NULL)
		(void)irqchip_register(&fake_irqchip);
	fake_ram_add(RAM, ram, sizeof(ram));
	fake_mmio_add(HPA(BAR0_BASE), sizeof(registers), &device);
	err = frame_init(&machine_of_test);
	err |= s2_init(&board_s2, 40, TABLES);
	functions_make();
	return err;
}

void board_renew(void)
{
	for (u32 i = FIRST; i < vpci.count; i++)
		config_write(ECAM(i, PCI_COMMAND), 2, 0);
	functions_make();
}

void board_start(void)
{
	vpci_init(&vpci, &board_s2, 0);
	(void)vpci_add(&vpci, &board_fn[0], "first", 40);
	(void)vpci_add(&vpci, &board_fn[1], "second", 0);
	vpci_reset(&vpci);
	board_writes = 0;
}

int board_setup(void **state)
{
	const int err = board_make(state);

	board_start();
	return err;
}

static enum trap_result again(mmio_fn fn, struct mmio_access *a)
{
	const u64 value = a->value;
	enum trap_result r = TRAP_RETRY;

	for (u32 i = 0; i < AGAIN && r == TRAP_RETRY; i++) {
		a->value = value;
		r = fn(&vpci, a);
	}
	return r;
}

u64 config_read(u64 offset, u32 size)
{
	struct mmio_access a = { .offset = offset, .size = size };

	(void)again(vpci_config, &a);
	return size == 8U ? a.value : a.value & ((1ULL << (8U * size)) - 1U);
}

void config_write(u64 offset, u32 size, u64 value)
{
	struct mmio_access a = { .offset = offset, .size = size, .write = true, .value = value };

	if (again(vpci_config, &a) != TRAP_RESUME)
		__builtin_trap();
}

u64 mapped(u64 gpa)
{
	struct pt_leaf leaf;

	return s2_query(&board_s2, GPA(gpa), &leaf) == 0 ? leaf.pa.v : 0U;
}

static enum trap_result window(u64 gpa, struct mmio_access *a)
{
	const bool high = gpa >= vplat.pci.window64.v;

	a->offset = gpa - (high ? vplat.pci.window64.v : vplat.pci.window.v);
	return (high ? vpci_window64 : vpci_window)(&vpci, a);
}

enum trap_result window_read(u64 gpa, u32 size, u64 *value)
{
	struct mmio_access a = { .size = size };
	const enum trap_result r = window(gpa, &a);

	*value = a.value;
	return r;
}

enum trap_result window_write(u64 gpa, u32 size, u64 value)
{
	struct mmio_access a = { .size = size, .write = true, .value = value };

	return window(gpa, &a);
}

static const char *bar_unsound(const struct vpci_function *f, const struct vpci_bar *b)
{
	const u64 at = vpci_bar_address(f, b);
	/* Not every page of a large one: it has no holes. */
	const u64 stride = b->size > BAR0_SIZE ? b->size / 8U - PAGE_SIZE : PAGE_SIZE;

	if (b->mapped && (!vpci_decodes(f) || at != b->at.v))
		return "mapped where it is not decoded";
	if (!b->mapped && !b->blocked && vpci_decodes(f) && at != 0U)
		return "decoded and not mapped";
	for (u64 i = 0; b->mapped && i < b->size; i += stride) {
		const u64 want = vpci_hole_at(b, i) != NULL ? 0U : b->base.v + i;

		if (mapped(at + i) != want)
			return "another page than the BAR's";
	}
	return NULL;
}

const char *board_unsound(void)
{
	const char *why = vpci.busy ? "busy for good" : NULL;

	for (u32 i = 0; i < vpci.count && why == NULL; i++) {
		for (u32 k = 0; k < vpci.fn[i].bar_count && why == NULL; k++)
			why = bar_unsound(&vpci.fn[i], &vpci.fn[i].bar[k]);
	}
	return why;
}
