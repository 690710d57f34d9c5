// SPDX-License-Identifier: Apache-2.0
/* One function: its header into private memory, the sizes of its BARs, and quiet. */
#include <bulkhead/base/log.h>
#include <bulkhead/fw/machine.h>
#include <bulkhead/lib/printf.h>

#include "internal.h"

#define HEADER_WORDS 16U
#define CLASS_IOMMU 0x0806U
#define BASE_BRIDGE 0x06U
#define BRIDGE_BARS 2U
#define ABOVE_32 0xffffffff00000000ULL
#define IO_BITS 0xffffU /* that a BAR must have at least (PCI 3.0, 6.2.5.1) */

/* The first 64 bytes of a function, as they were read once. */
struct header {
	u32 word[HEADER_WORDS];
};

const char *sbdf_text(char text[SBDF_TEXT], pci_sbdf_t f)
{
	(void)bh_snprintf(text, SBDF_TEXT, "%04x:%02x:%02x.%u", f.v >> 16, (f.v >> 8) & 0xffU,
			  (f.v >> 3) & 0x1fU, f.v & 7U);
	return text;
}

static u32 bits(const struct header *r, u32 offset, u32 width)
{
	return r->word[offset / 4U] >> (8U * (offset & 3U)) & (u32)LOW_BYTES(width);
}

/* Bridges to buses that are not PCI, host bridges and IOMMUs make the machine what it is. */
static bool is_machine(const struct pcie_function *f)
{
	return f->layout == PCI_HEADER_FUNCTION &&
	       (f->class >> 16 == BASE_BRIDGE || f->class >> 8 == CLASS_IOMMU);
}

/* Does [base, base + size) hold registers that Bulkhead drives itself? */
static bool range_is_ours(u64 base, u64 size, bool io)
{
	bool ours = false;

	for (u32 i = 0; i < machine.uart_count; i++) {
		const struct machine_uart *u = &machine.uart[i];

		ours = ours || (u->console && (u->kind == UART_16550_PORT) == io &&
				range_overlaps(u->base.v, u->size, base, size));
	}
	for (u32 i = 0; i < machine.irqchip_count && !io; i++)
		ours = ours || range_overlaps(machine.irqchip[i].base.v, machine.irqchip[i].size,
					      base, size);
	for (u32 i = 0; i < machine.iommu_count && !io; i++)
		ours = ours ||
		       range_overlaps(machine.iommu[i].base.v, machine.iommu[i].size, base, size);
	return ours;
}

/* Writes all-ones to a BAR and takes what stays; the BAR holds @was again. */
static u32 bar_probe(const struct pcie_host *h, u32 bdf, u32 at, u32 was)
{
	u32 mask;

	pcie_host_write(h, bdf, at, 4, ~0U);
	mask = pcie_host_read(h, bdf, at, 4);
	pcie_host_write(h, bdf, at, 4, was);
	return mask;
}

static hpa_t bus_to_cpu(const struct pcie_host *h, enum machine_window_kind kind, u64 bus)
{
	for (u32 i = 0; i < MACHINE_WINDOWS; i++) {
		const struct machine_window *w = &h->window[i];
		bool io = i == (u32)MACHINE_WINDOW_IO;

		if (io == (kind == MACHINE_WINDOW_IO) && range_inside(bus, 1, w->bus, w->size))
			return HPA(w->base.v + (bus - w->bus));
	}
	return HPA(bus);
}

/* Size of a BAR whose writable address bits are @mask; 0 if they are not one run to the top. */
static u64 mask_size(u64 mask)
{
	u64 size = ~mask + 1U;

	return mask != 0U && (size & (size - 1U)) == 0U ? size : 0U;
}

static void bar_refuse(struct pcie_function *f, u32 i, u64 mask)
{
	char text[SBDF_TEXT];

	log_warn("pcie: %s: BAR %u left out: answers 0x%lx to sizing, expected a power of two",
		 sbdf_text(text, f->sbdf), i, mask);
}

/* Reads BAR @i and returns how many registers it takes. */
static u32 bar_read(const struct pcie_host *h, const struct header *r, u32 i, u32 bars,
		    struct pcie_function *f)
{
	u32 at = PCI_BAR0 + 4U * i, low = bits(r, at, 4), taken = 1;
	u32 probe = bar_probe(h, fn_bdf(f), at, low);
	struct pcie_bar *b = &f->bar[i];
	u64 mask = 0;

	if (probe == 0U || probe == ~0U)
		return 1;
	if ((probe & PCI_BAR_IO) != 0U) {
		b->kind = MACHINE_WINDOW_IO;
		b->bus = low & PCI_BAR_IO_MASK;
		mask = (probe & PCI_BAR_IO_MASK) | ABOVE_32;
		if (probe <= IO_BITS)
			mask |= ~(u64)IO_BITS;
	} else if ((probe & PCI_BAR_TYPE) == PCI_BAR_TYPE_64 && i + 1U < bars) {
		u32 high = bits(r, at + 4U, 4);

		b->kind = MACHINE_WINDOW_MEM64;
		b->bus = (u64)high << 32 | (low & PCI_BAR_MEMORY_MASK);
		mask = (u64)bar_probe(h, fn_bdf(f), at + 4U, high) << 32 |
		       (probe & PCI_BAR_MEMORY_MASK);
		taken = 2;
	} else if ((probe & PCI_BAR_TYPE) == PCI_BAR_TYPE_32) {
		b->kind = MACHINE_WINDOW_MEM32;
		b->bus = low & PCI_BAR_MEMORY_MASK;
		mask = (probe & PCI_BAR_MEMORY_MASK) | ABOVE_32;
	} else {
		mask = probe;
		bar_refuse(f, i, mask);
		return 1;
	}
	b->prefetch = b->kind != MACHINE_WINDOW_IO && (probe & PCI_BAR_PREFETCH) != 0U;
	b->size = mask_size(mask);
	if (b->size == 0U) {
		bar_refuse(f, i, mask);
		b->bus = 0;
	}
	/* An address that is not a multiple of the size cannot have been read from a BAR. */
	if (!IS_ALIGNED(b->bus, b->size))
		b->bus = 0;
	b->base = b->bus == 0U ? HPA(0) : bus_to_cpu(h, b->kind, b->bus);
	return taken;
}

static void bars_read(const struct pcie_host *h, const struct header *r, u32 bars,
		      struct pcie_function *f)
{
	u32 rom = bits(r, PCI_ROM, 4);

	for (u32 i = 0; i < bars;)
		i += bar_read(h, r, i, bars, f);
	if (f->layout == PCI_HEADER_FUNCTION)
		f->rom_size = mask_size(
			(bar_probe(h, fn_bdf(f), PCI_ROM, rom & PCI_ROM_MASK) & PCI_ROM_MASK) |
			ABOVE_32);
	if (f->rom_size > ~ABOVE_32)
		f->rom_size = 0;
}

static void ids_decode(const struct header *r, struct pcie_function *f)
{
	f->vendor = (u16)bits(r, PCI_ID, 2);
	f->device = (u16)bits(r, PCI_ID + 2U, 2);
	f->class = bits(r, PCI_CLASS_REVISION, 4) >> 8;
	f->revision = (u8)bits(r, PCI_CLASS_REVISION, 1);
	f->layout = (u8)(bits(r, PCI_HEADER_TYPE, 1) & PCI_HEADER_LAYOUT);
	f->multifunction = (bits(r, PCI_HEADER_TYPE, 1) & PCI_HEADER_MULTIFUNCTION) != 0U;
	if (f->layout == PCI_HEADER_FUNCTION) {
		f->subsystem_vendor = (u16)bits(r, PCI_SUBSYSTEM, 2);
		f->subsystem = (u16)bits(r, PCI_SUBSYSTEM + 2U, 2);
	}
	if (fn_bridge(f)) {
		f->secondary = (u8)bits(r, PCI_BUSES + 1U, 1);
		f->subordinate = (u8)bits(r, PCI_BUSES + 2U, 1);
	}
	f->interrupt_pin = (u8)bits(r, PCI_INTERRUPT_PIN, 1);
	f->quirks = quirks_of(f->vendor, f->device);
}

/* Which windows beside the one for 32-bit memory a bridge has; it forwards nothing meanwhile. */
static void bridge_windows_read(const struct pcie_host *h, const struct header *r,
				struct pcie_function *f)
{
	u32 io = bits(r, PCI_IO_WINDOW, 2);

	pcie_host_write(h, fn_bdf(f), PCI_IO_WINDOW, 2, 0xe0f0U);
	f->io_window = (pcie_host_read(h, fn_bdf(f), PCI_IO_WINDOW, 2) & 0xf0f0U) == 0xe0f0U;
	pcie_host_write(h, fn_bdf(f), PCI_IO_WINDOW, 2, io);
	f->prefetch64 = (bits(r, PCI_PREFETCH_WINDOW, 1) & 0xfU) == PCI_PREFETCH_WINDOW_64;
}

static bool bars_are_ours(const struct pcie_function *f)
{
	bool ours = false;

	for (u32 i = 0; i < PCIE_BARS; i++) {
		const struct pcie_bar *b = &f->bar[i];

		ours = ours || (b->base.v != 0U &&
				range_is_ours(b->base.v, b->size, b->kind == MACHINE_WINDOW_IO));
	}
	return ours;
}

/* Sizes the BARs of @f, whose command register held @command, and leaves it quiet. */
static void function_quiet(const struct pcie_host *h, const struct header *r, u32 command,
			   struct pcie_function *f)
{
	u32 keep = 0;

	/* A BAR must not answer anywhere while it is sized (PCI 3.0, 6.2.5.1). */
	pcie_host_write(h, fn_bdf(f), PCI_COMMAND, 2, PCI_COMMAND_INTX_OFF);
	switch (f->layout) {
	case PCI_HEADER_FUNCTION:
		bars_read(h, r, PCIE_BARS, f);
		f->state = bars_are_ours(f) ? PCIE_OURS : PCIE_OFF;
		keep = f->state == PCIE_OURS ? command : PCI_COMMAND_INTX_OFF;
		break;
	case PCI_HEADER_BRIDGE:
		bars_read(h, r, BRIDGE_BARS, f);
		bridge_windows_read(h, r, f);
		f->state = PCIE_PATH;
		keep = command & (PCI_COMMAND_IO | PCI_COMMAND_MEMORY);
		break;
	default:
		f->state = PCIE_SHUT;
		keep = PCI_COMMAND_INTX_OFF;
		break;
	}
	pcie_host_write(h, fn_bdf(f), PCI_COMMAND, 2, keep);
}

void function_read(const struct pcie_host *h, u32 bdf, u32 id, struct pcie_function *f)
{
	struct header r = { .word = { id } };
	u32 status;

	*f = (struct pcie_function){ .sbdf = { (u32)h->segment << 16 | bdf } };
	for (u32 i = 1; i < HEADER_WORDS; i++)
		r.word[i] = pcie_host_read(h, bdf, 4U * i, 4);
	ids_decode(&r, f);
	if (is_machine(f))
		f->state = PCIE_OURS;
	else
		function_quiet(h, &r, bits(&r, PCI_COMMAND, 2), f);
	status = bits(&r, PCI_STATUS, 2);
	if ((status & PCI_STATUS_CAPABILITIES) != 0U && f->state != PCIE_SHUT)
		caps_read(h, f, bits(&r, PCI_CAPABILITIES, 1));
}
