// SPDX-License-Identifier: Apache-2.0
/*
 * I/O APICs (Intel 82093AA data sheet) and the 8259 pair in front of them: whatever firmware
 * routed is masked. A line that somebody takes is a message of its own (irqchip/message.h), which
 * an IOMMU that remaps lets through for this I/O APIC alone (VT-d 5.1.5.1).
 */
#include <asm/lapic.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/lock.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/fw/machine.h>
#include <bulkhead/irqchip/ioapic.h>
#include <bulkhead/irqchip/message.h>
#include <bulkhead/lib/error.h>

#define IOREGSEL 0x00U
#define IOWIN 0x10U
#define IOAPICVER 0x01U
#define IOREDTBL 0x10U /* two words an entry, low one first */
#define REDIR_MASKED BIT(16)
#define REDIR_LEVEL BIT(15)
#define REDIR_LOW BIT(13) /* active low */
#define REDIR_INDEX_15 BIT(11)
#define REDIR_VECTOR 0xffU
#define HIGH_SHIFT 32U
/* Second word: destination, or the entry of a unit that remaps. */
#define REDIR_DESTINATION(apic) FIELD_PREP(apic, 31, 24)
#define REDIR_REMAPPED BIT(16)
#define REDIR_INDEX(entry) FIELD_PREP(entry, 31, 17)

/* Of a message. */
#define MESSAGE_DESTINATION(address) FIELD_GET(address, 19, 12)
#define MESSAGE_REMAPPED BIT(4)
#define MESSAGE_INDEX(address) FIELD_GET(address, 19, 5)
#define MESSAGE_INDEX_15(address) FIELD_GET(address, 2, 2)

#define PIC1_CMD 0x20
#define PIC1_DATA 0x21
#define PIC2_CMD 0xa0
#define PIC2_DATA 0xa1
#define PIC_ICW1_INIT 0x11U
#define PIC_ICW4_8086 0x01U
#define PIC1_VECTOR 0x20U
#define PIC2_VECTOR 0x28U
#define PIC_CASCADE 2U
#define PIC_ALL 0xffU

struct ioapic {
	volatile u8 *regs;
	u32 id, gsi, lines;
};

static struct ioapic ioapics[MACHINE_IRQCHIPS_MAX];
static u32 ioapic_count;
static struct spinlock lock = SPINLOCK_INIT(LOCK_IRQCHIP); /* the pair of registers */

/* Lines that Bulkhead listens to. */
static struct {
	struct message_irq irq;
	u32 gsi;
	bool taken;
} listened[IRQ_IDS];

/* Lines that are guests'; written at boot. */
static struct given {
	struct message_irq irq;
	const struct ioapic *at;
	u32 gsi;
	u32 low; /* of its entry, not masked */
} given[IOAPIC_GIVEN_MAX];
static u32 given_count;

static u32 ioapic_read(volatile u8 *regs, u32 index)
{
	mmio_write32(regs + IOREGSEL, index);
	return mmio_read32(regs + IOWIN);
}

static void ioapic_write(volatile u8 *regs, u32 index, u32 v)
{
	mmio_write32(regs + IOREGSEL, index);
	mmio_write32(regs + IOWIN, v);
}

/*
 * Masking leaves an interrupt alone that was sent already, or that waits as a spurious one: the
 * vectors get out of the way of exceptions all the same.
 */
static void pics_silence(void)
{
	port_write8(PIC1_CMD, PIC_ICW1_INIT);
	port_write8(PIC2_CMD, PIC_ICW1_INIT);
	port_write8(PIC1_DATA, PIC1_VECTOR);
	port_write8(PIC2_DATA, PIC2_VECTOR);
	port_write8(PIC1_DATA, 1U << PIC_CASCADE);
	port_write8(PIC2_DATA, PIC_CASCADE);
	port_write8(PIC1_DATA, PIC_ICW4_8086);
	port_write8(PIC2_DATA, PIC_ICW4_8086);
	port_write8(PIC1_DATA, PIC_ALL);
	port_write8(PIC2_DATA, PIC_ALL);
}

static int ioapic_mask_all(const struct machine_irqchip *chip)
{
	volatile u8 *regs = mmu_map(chip->base, PAGE_SIZE, MMU_DEVICE);
	u32 version;
	u32 last;

	if (regs == NULL)
		return trace_error(BH_ENOMEM);
	version = ioapic_read(regs, IOAPICVER);
	if (version == 0xffffffffU) {
		log_error("I/O APIC %u at 0x%llx: version register reads 0x%x: nothing there",
			  chip->ioapic.id, (unsigned long long)chip->base.v, version);
		return trace_error(BH_EIO);
	}
	last = (u32)FIELD_GET(version, 23, 16);
	for (u32 i = 0; i <= last; i++)
		ioapic_write(regs, IOREDTBL + 2U * i, (u32)REDIR_MASKED);
	ioapics[ioapic_count] =
		(struct ioapic){ regs, chip->ioapic.id, chip->ioapic.gsi_base, last + 1U };
	ioapic_count++;
	log_info("I/O APIC %u at 0x%llx: GSI %u to %u masked", chip->ioapic.id,
		 (unsigned long long)chip->base.v, chip->ioapic.gsi_base,
		 chip->ioapic.gsi_base + last);
	return 0;
}

static const struct ioapic *ioapic_of(u32 gsi)
{
	for (u32 i = 0; i < ioapic_count; i++) {
		if (gsi >= ioapics[i].gsi && gsi - ioapics[i].gsi < ioapics[i].lines)
			return &ioapics[i];
	}
	return NULL;
}

/*
 * An entry that is not masked; the end of a level is told by the vector, so that of the line must
 * be the one that the message arrives as, remapped or not.
 */
static u64 line_entry(const struct message_irq *m)
{
	struct message to;
	u64 e = m->id & REDIR_VECTOR;

	message_of(m, &to);
	e |= m->level ? REDIR_LEVEL : 0U;
	if ((to.address & MESSAGE_REMAPPED) == 0U)
		return e | REDIR_DESTINATION(MESSAGE_DESTINATION(to.address)) << HIGH_SHIFT;
	e |= MESSAGE_INDEX_15(to.address) != 0U ? REDIR_INDEX_15 : 0U;
	return e | (REDIR_INDEX(MESSAGE_INDEX(to.address)) | REDIR_REMAPPED) << HIGH_SHIFT;
}

/* Masked while it changes. */
static void line_set(const struct ioapic *a, u32 gsi, u64 entry)
{
	const u32 at = IOREDTBL + 2U * (gsi - a->gsi);

	spin_lock(&lock);
	ioapic_write(a->regs, at, (u32)REDIR_MASKED);
	ioapic_write(a->regs, at + 1U, (u32)(entry >> HIGH_SHIFT));
	ioapic_write(a->regs, at, (u32)entry);
	spin_unlock(&lock);
}

static void line_mask(u32 gsi)
{
	const struct ioapic *a = ioapic_of(gsi);

	if (a == NULL)
		return;
	spin_lock(&lock);
	ioapic_write(a->regs, IOREDTBL + 2U * (gsi - a->gsi), (u32)REDIR_MASKED);
	spin_unlock(&lock);
}

/* As what its messages are known: by the unit that has it, or there is none in the machine. */
static int source_of(const struct ioapic *a, struct message_source *s)
{
	*s = (struct message_source){ MESSAGE_NO_UNIT, 0 };
	if (machine.iommu_count == 0U)
		return 0;
	return machine_id_find(&machine, MACHINE_ID_LINES, (pci_sbdf_t){ a->id }, false, &s->unit,
			       &s->id);
}

static void line_taken(void *ctx)
{
	irq_line_taken((enum irq_id)(uintptr_t)ctx);
}

/* @m, filled in but for its source, reaches its CPU from now on. */
static int irq_take(const struct ioapic *a, struct message_irq *m)
{
	int err = source_of(a, &m->source);

	if (err == 0)
		err = message_open(&m->source, 1);
	if (err == 0)
		err = message_take(m);
	if (err == 0)
		err = message_enable(m, true);
	return err;
}

static int line_take(const struct ioapic *a, enum irq_id id, u32 gsi, bool level, u32 cpu)
{
	struct message_irq *m = &listened[id].irq;
	int err;

	*m = (struct message_irq){ .index = gsi,
				   .cpu = cpu,
				   .level = level,
				   .fn = line_taken,
				   .ctx = (void *)(uintptr_t)id };
	err = irq_take(a, m);
	listened[id].taken = err == 0;
	listened[id].gsi = gsi;
	return err;
}

/* Moved by another entry, or by another message. */
static int line_move(enum irq_id id, u32 cpu)
{
	struct message_irq *m = &listened[id].irq;
	const int err = message_route(m, cpu);

	if (err != BH_ENOTSUP)
		return err;
	m->cpu = cpu;
	return 0;
}

static int ioapic_listen(enum irq_id id, u32 line, bool level, u32 cpu)
{
	const struct ioapic *a = ioapic_of(line);
	int err;

	if (a == NULL)
		return BH_ENOENT;
	if (listened[id].taken && listened[id].gsi != line) {
		line_mask(listened[id].gsi);
		(void)message_release(&listened[id].irq);
		listened[id].taken = false;
	}
	err = listened[id].taken ? line_move(id, cpu) : line_take(a, id, line, level, cpu);
	if (err == 0)
		line_set(a, line, line_entry(&listened[id].irq));
	return err;
}

/* ---- guests' lines ---- */

static struct given *given_find(u32 gsi)
{
	for (u32 i = 0; i < given_count; i++) {
		if (given[i].gsi == gsi)
			return &given[i];
	}
	return NULL;
}

static bool is_listened(u32 gsi)
{
	for (u32 i = 0; i < ARRAY_SIZE(listened); i++) {
		if (listened[i].taken && listened[i].gsi == gsi)
			return true;
	}
	return false;
}

int ioapic_line_give(u32 gsi, bool level, u32 cpu, void (*fn)(void *ctx), void *ctx)
{
	struct given *g = &given[given_count];
	u64 entry;
	int err;

	if (given_count == ARRAY_SIZE(given))
		return trace_error(BH_EOVERFLOW);
	if (given_find(gsi) != NULL || is_listened(gsi))
		return trace_error(BH_EBUSY);
	*g = (struct given){
		.irq = { .index = gsi, .cpu = cpu, .level = level, .fn = fn, .ctx = ctx },
		.at = ioapic_of(gsi),
		.gsi = gsi,
	};
	if (g->at == NULL)
		return trace_error(BH_ENOENT);
	err = irq_take(g->at, &g->irq);
	if (err != 0)
		return err;
	entry = line_entry(&g->irq) | (level ? REDIR_LOW : 0ULL);
	g->low = (u32)entry;
	line_set(g->at, gsi, entry | REDIR_MASKED);
	given_count++;
	return 0;
}

void ioapic_line_open(u32 gsi, bool open)
{
	const struct given *g = given_find(gsi);

	if (g == NULL)
		return;
	spin_lock(&lock);
	ioapic_write(g->at->regs, IOREDTBL + 2U * (gsi - g->at->gsi),
		     open ? g->low : g->low | (u32)REDIR_MASKED);
	spin_unlock(&lock);
}

static int ioapic_init(void)
{
	int err = BH_ENODEV;

	if (machine.has_8259)
		pics_silence();
	for (u32 i = 0; i < machine.irqchip_count; i++) {
		if (machine.irqchip[i].kind != IRQCHIP_IOAPIC)
			continue;
		err = ioapic_mask_all(&machine.irqchip[i]);
		if (err != 0)
			break;
	}
	if (err == 0)
		lapic_listen_set(ioapic_listen);
	return err;
}
UNIT_DEFINE(ioapic, 4, 30, ioapic_init);
