// SPDX-License-Identifier: Apache-2.0
/* The I/O APIC (82093AA, with the EOI register of version 20h). Pure; LOCK_VIRQ is held. */
#include <asm/vlapic.h>

#define IOREGSEL 0x00U
#define IOWIN 0x10U
#define IOEOI 0x40U

#define REG_ID 0U
#define REG_VERSION 1U
#define REG_ARBITRATION 2U
#define REG_ENTRY 0x10U

#define VERSION ((VIOAPIC_PINS - 1U) << 16 | 0x20U)
#define ID_BITS 0x0f000000U

#define ENTRY_LOGICAL BIT(11)
#define ENTRY_REMOTE_IRR BIT(14)
#define ENTRY_LEVEL BIT(15)
#define ENTRY_MASKED BIT(16)
#define ENTRY_WRITABLE (BITS(63, 56) | BITS(16, 15) | BIT(13) | BITS(11, 0))

static void deliver(struct virq *q, u64 entry)
{
	const struct ipi i = {
		.vector = (u8)entry,
		.mode = (u8)FIELD_GET(entry, 10, 8),
		.logical = (entry & ENTRY_LOGICAL) != 0U,
		.level = (entry & ENTRY_LEVEL) != 0U,
		.dest = (u32)(entry >> 56),
	};

	if (i.mode != MODE_STARTUP)
		(void)ipi_send(q, VLAPIC_VCPUS_MAX, &i);
}

/* A level that is asserted goes out unless it is on its way already. */
static void service(struct virq *q, u32 pin)
{
	u64 *e = &q->s.ioapic.entry[pin];

	if ((*e & (ENTRY_MASKED | ENTRY_REMOTE_IRR)) != 0U)
		return;
	if ((*e & ENTRY_LEVEL) != 0U && FIELD_GET(*e, 10, 8) <= MODE_LOWEST)
		*e |= ENTRY_REMOTE_IRR;
	deliver(q, *e);
}

void vioapic_line(struct virq *q, u32 pin, bool high)
{
	struct vioapic *io = &q->s.ioapic;
	const bool was = (io->line & 1U << pin) != 0U;

	io->line = high ? io->line | 1U << pin : io->line & ~(1U << pin);
	if (high && (!was || (io->entry[pin] & ENTRY_LEVEL) != 0U))
		service(q, pin);
}

void vioapic_edge(struct virq *q, u32 pin)
{
	service(q, pin);
}

/*
 * A line of the board is open while its entry could deliver it: if it is asserted still, or again,
 * it comes again. What the model knew of it is out of date.
 */
static void board_line(struct virq *q, u32 pin)
{
	struct vioapic *io = &q->s.ioapic;
	const bool open = (io->entry[pin] & (ENTRY_MASKED | ENTRY_REMOTE_IRR)) == 0U;

	if (open)
		io->line &= ~(1U << pin);
	q->ops->line(q, pin, open);
}

/* The entry can deliver, maybe, what it could not before. */
static void look_again(struct virq *q, u32 pin)
{
	if ((q->bound & 1U << pin) != 0U)
		board_line(q, pin);
	else if ((q->s.ioapic.line & 1U << pin) != 0U)
		service(q, pin);
}

static void end(struct virq *q, u32 pin)
{
	q->s.ioapic.entry[pin] &= ~ENTRY_REMOTE_IRR;
	look_again(q, pin);
}

void vioapic_eoi(struct virq *q, u32 vector)
{
	for (u32 pin = 0; pin < VIOAPIC_PINS; pin++) {
		const u64 e = q->s.ioapic.entry[pin];

		if ((e & ENTRY_REMOTE_IRR) != 0U && (e & 0xffU) == vector)
			end(q, pin);
	}
}

static u32 register_read(const struct vioapic *io)
{
	const u32 n = io->select - REG_ENTRY;

	if (n < 2U * VIOAPIC_PINS)
		return (u32)(io->entry[n / 2U] >> (n % 2U * 32U));
	switch (io->select) {
	case REG_ID:
	case REG_ARBITRATION:
		return io->id;
	case REG_VERSION:
		return VERSION;
	default:
		return 0;
	}
}

/* Made edge-triggered, an entry forgets that it waited for an EOI: Linux relies on it. */
static void entry_write(struct virq *q, u32 n, u32 value)
{
	const u32 pin = n / 2U;
	const u32 shift = n % 2U * 32U;
	u64 *e = &q->s.ioapic.entry[pin];
	const u64 mask = (0xffffffffULL << shift) & ENTRY_WRITABLE;

	*e = (*e & ~mask) | ((u64)value << shift & mask);
	if ((*e & ENTRY_LEVEL) == 0U)
		*e &= ~ENTRY_REMOTE_IRR;
	if ((*e & ENTRY_LEVEL) != 0U || (q->bound & 1U << pin) != 0U)
		look_again(q, pin);
}

static void register_write(struct virq *q, u32 value)
{
	struct vioapic *io = &q->s.ioapic;
	const u32 n = io->select - REG_ENTRY;

	if (n < 2U * VIOAPIC_PINS)
		entry_write(q, n, value);
	else if (io->select == REG_ID)
		io->id = value & ID_BITS;
}

u64 vioapic_read(struct virq *q, u64 offset, u32 size)
{
	if (offset == IOREGSEL && size <= 4U)
		return q->s.ioapic.select;
	if (offset == IOWIN && size == 4U)
		return register_read(&q->s.ioapic);
	return 0;
}

void vioapic_write(struct virq *q, u64 offset, u32 size, u32 value)
{
	if (offset == IOREGSEL && size <= 4U)
		q->s.ioapic.select = value & 0xffU;
	else if (offset == IOWIN && size == 4U)
		register_write(q, value);
	else if (offset == IOEOI && size == 4U)
		vioapic_eoi(q, value & 0xffU);
}
