// SPDX-License-Identifier: Apache-2.0
/*
 * A pair of 8259A as PCs have them: the second on input 2 of the first, ELCR at 4D0h. It masks and
 * answers; what it has to say reaches a vcpu only whose LINT0 is set to ExtINT. Pure; LOCK_VIRQ is
 * held. Source: Intel 8259A data sheet.
 */
#include <asm/vlapic.h>

#define CASCADE 2U
#define ELCR_PORT 0x4d0U
#define ICW1 BIT(4)
#define ICW1_NEEDS_4 BIT(0)
#define ICW4_AUTO_EOI BIT(1)
#define OCW3 BIT(3)
#define ELCR_FIRST 0xf8U  /* inputs that may be levels: not timer, keyboard, cascade */
#define ELCR_SECOND 0xdeU /* not the clock, not the FPU */
#define SPURIOUS 7U
#define NONE 8U

/* Distance from the most urgent input: 0 to 7. */
static u32 rank(const struct vpic_chip *c, u32 input)
{
	return (input - c->lowest - 1U) & 7U;
}

static u32 first(const struct vpic_chip *c, u32 set)
{
	for (u32 i = 1; i <= 8U; i++) {
		const u32 input = (c->lowest + i) & 7U;

		if ((set & 1U << input) != 0U)
			return input;
	}
	return NONE;
}

/* The input to be served now, or NONE. Special mask mode looks at no priority in service. */
static u32 request(const struct vpic_chip *c)
{
	const u32 input = first(c, c->irr & ~(u32)c->imr);
	const u32 service = first(c, c->special_mask ? 0U : c->isr);

	if (!c->ready || input == NONE)
		return NONE;
	return service == NONE || rank(c, input) < rank(c, service) ? input : NONE;
}

/* An edge is remembered until it is taken, a level as long as it is there. */
static void chip_line(struct vpic_chip *c, u32 input, bool level, bool high)
{
	const u8 bit = (u8)(1U << input);

	if (high && (level || (c->line & bit) == 0U))
		c->irr |= bit;
	else if (!high && level)
		c->irr &= (u8)~bit;
	c->line = high ? c->line | bit : c->line & (u8)~bit;
}

static void cascade(struct vpic *p)
{
	chip_line(&p->chip[0], CASCADE, true, request(&p->chip[1]) != NONE);
}

bool vpic_waits(const struct vpic *p)
{
	return request(&p->chip[0]) != NONE;
}

/* Vcpus that take ExtINT look again. */
static void announce(struct virq *q)
{
	cascade(&q->s.pic);
	if (!vpic_waits(&q->s.pic))
		return;
	for (u32 n = 0; n < q->s.vcpus; n++) {
		if (vlapic_takes_pic(&q->s.cpu[n]))
			ipi_post_events(q, n, VLAPIC_LOOK);
	}
}

void vpic_line(struct virq *q, u32 irq, bool high)
{
	struct vpic_chip *c = &q->s.pic.chip[irq / 8U];

	if (irq == CASCADE)
		return;
	chip_line(c, irq % 8U, (c->elcr & 1U << (irq % 8U)) != 0U, high);
	announce(q);
}

static u32 chip_take(struct vpic_chip *c)
{
	const u32 input = request(c);
	const u8 bit = (u8)(1U << (input & 7U));

	if (input == NONE)
		return c->vector + SPURIOUS;
	if ((c->elcr & bit) == 0U)
		c->irr &= (u8)~bit;
	if (!c->auto_eoi)
		c->isr |= bit;
	else if (c->rotate)
		c->lowest = (u8)input;
	return c->vector + input;
}

u32 vpic_take(struct vpic *p)
{
	const bool second = request(&p->chip[0]) == CASCADE;
	u32 vector = chip_take(&p->chip[0]);

	if (second)
		vector = chip_take(&p->chip[1]);
	cascade(p);
	return vector;
}

static void begin(struct vpic_chip *c, u8 value)
{
	const u8 elcr = c->elcr;
	const u8 line = c->line;

	*c = (struct vpic_chip){ .elcr = elcr, .line = line, .lowest = 7, .expects = 2 };
	c->irr = line & elcr;
	c->needs_4 = (value & ICW1_NEEDS_4) != 0U;
}

/* OCW2: what 7:5 ask of the input in 2:0, or of the most urgent one in service. */
static void command(struct vpic_chip *c, u8 value)
{
	const bool specific = (value & 0x40U) != 0U;
	const bool rotate = (value & 0x80U) != 0U;
	const bool eoi = (value & 0x20U) != 0U;
	const u32 input = specific ? value & 7U : first(c, c->isr);

	if (eoi && input != NONE)
		c->isr &= (u8) ~(1U << input);
	if (rotate && input != NONE && (eoi || specific))
		c->lowest = (u8)input;
	else if (!eoi && !specific)
		c->rotate = rotate;
}

static void operate(struct vpic_chip *c, u8 value)
{
	if ((value & OCW3) == 0U) {
		command(c, value);
		return;
	}
	c->poll = (value & 4U) != 0U;
	if ((value & 2U) != 0U)
		c->read_isr = (value & 1U) != 0U;
	if ((value & 0x40U) != 0U)
		c->special_mask = (value & 0x20U) != 0U;
}

static void data(struct vpic_chip *c, u8 value)
{
	switch (c->expects) {
	case 2:
		c->vector = value & 0xf8U;
		c->expects = 3;
		return;
	case 3:
		c->expects = c->needs_4 ? 4 : 0;
		break;
	case 4:
		c->auto_eoi = (value & ICW4_AUTO_EOI) != 0U;
		c->expects = 0;
		break;
	default:
		c->imr = value;
		break;
	}
	c->ready = c->expects == 0U;
}

void vpic_write(struct virq *q, u16 port, u8 value)
{
	struct vpic *p = &q->s.pic;
	struct vpic_chip *c = &p->chip[port >> 7 & 1U];

	if (port >= ELCR_PORT)
		p->chip[port & 1U].elcr = value & ((port & 1U) != 0U ? ELCR_SECOND : ELCR_FIRST);
	else if ((port & 1U) != 0U)
		data(c, value);
	else if ((value & ICW1) != 0U)
		begin(c, value);
	else
		operate(c, value);
	announce(q);
}

/* A poll is the acknowledgement: bit 7 says whether there was one. */
static u8 poll(struct vpic_chip *c)
{
	const bool waits = request(c) != NONE;

	c->poll = false;
	return (u8)(waits ? 0x80U | (chip_take(c) & 7U) : 0U);
}

u8 vpic_read(struct vpic *p, u16 port)
{
	struct vpic_chip *c = &p->chip[port >> 7 & 1U];
	u8 value;

	if (port >= ELCR_PORT)
		return p->chip[port & 1U].elcr;
	if (c->poll)
		value = poll(c);
	else if ((port & 1U) != 0U)
		value = c->imr;
	else
		value = c->read_isr ? c->isr : c->irr;
	cascade(p);
	return value;
}
