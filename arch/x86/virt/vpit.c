// SPDX-License-Identifier: Apache-2.0
/*
 * The interval timer (Intel 8254) and port 61h. Counters are computed from the time base when they
 * are read; channel 0 interrupts nobody, channel 2 is seen at port 61h. They count in binary: the
 * BCD bit reads 0.
 */
#include <asm/vdev.h>
#include <bulkhead/lib/string.h>

/* The PM timer counts three times as fast. */
#define PM_PER_PIT 3U

#define CONTROL 3U
#define CONTROL_CHANNEL 6U /* shift */
#define CONTROL_KEPT 0x3eU
#define NO_CONTROL ((u8)0xffU)
#define ACCESS(control) ((u32)(control) >> 4 & 3U)
#define ACCESS_LATCH 0U
#define ACCESS_LOW 1U
#define ACCESS_HIGH 2U
#define READ_BACK 3U
#define READ_BACK_NO_COUNT 0x20U
#define READ_BACK_NO_STATUS 0x10U
#define STATUS_OUT 0x80U
#define STATUS_NULL 0x40U

#define PORT_B_GATE 0x01U
#define PORT_B_KEPT 0x0fU
#define PORT_B_REFRESH 0x10U
#define PORT_B_OUT 0x20U
#define SPEAKER 2U
/* The refresh request toggles every 15.09 us. */
#define REFRESH_PM_TICKS 54U

enum mode { MODE_COUNT, MODE_ONE_SHOT, MODE_RATE, MODE_SQUARE, MODE_STROBE, MODE_TRIGGERED };

/* Modes 6 and 7 are 2 and 3. */
static enum mode mode_of(const struct vpit_channel *c)
{
	const u32 mode = (u32)c->control >> 1 & 7U;

	return mode > MODE_TRIGGERED ? mode - 4U : mode;
}

static bool gate(const struct vdev *d, const struct vpit_channel *c)
{
	return c != &d->pit.channel[SPEAKER] || (d->pit.port_b & PORT_B_GATE) != 0U;
}

/* How often it has counted since it was loaded. */
static u64 elapsed(const struct vdev *d, const struct vpit_channel *c)
{
	return gate(d, c) ? (vdev_pm_ticks(d) - c->start) / PM_PER_PIT : c->held;
}

static u16 counter(const struct vdev *d, const struct vpit_channel *c)
{
	const u64 n = elapsed(d, c);

	switch (mode_of(c)) {
	case MODE_RATE:
		return (u16)(c->count - n % c->count);
	case MODE_SQUARE:
		return (u16)((c->count - 2U * n % c->count) & ~1U);
	default:
		return (u16)(c->count - n);
	}
}

static bool output(const struct vdev *d, const struct vpit_channel *c)
{
	const u64 n = elapsed(d, c);

	switch (mode_of(c)) {
	case MODE_COUNT:
	case MODE_ONE_SHOT:
		return c->set && n >= c->count;
	case MODE_RATE:
		return n % c->count != c->count - 1U;
	case MODE_SQUARE:
		return n % c->count < (c->count + 1U) / 2U;
	default:
		return true;
	}
}

static void load(const struct vdev *d, struct vpit_channel *c, u32 value)
{
	c->count = value != 0U ? value : 0x10000U;
	c->start = vdev_pm_ticks(d);
	c->held = 0;
	c->set = true;
}

static void latch_count(const struct vdev *d, struct vpit_channel *c)
{
	if (c->latches != 0U)
		return;
	c->latch = counter(d, c);
	c->latches = ACCESS(c->control) == 3U ? 2U : 1U;
	if (ACCESS(c->control) == ACCESS_HIGH)
		c->latch = (u16)(c->latch >> 8);
}

static void latch_status(const struct vdev *d, struct vpit_channel *c)
{
	if (c->status_latched)
		return;
	c->status_latched = true;
	c->status =
		(u8)(c->control | (output(d, c) ? STATUS_OUT : 0U) | (c->set ? 0U : STATUS_NULL));
}

static void read_back(struct vdev *d, u8 value)
{
	for (u32 i = 0; i < VPIT_CHANNELS; i++) {
		if (((u32)value >> (i + 1U) & 1U) == 0U)
			continue;
		if ((value & READ_BACK_NO_COUNT) == 0U)
			latch_count(d, &d->pit.channel[i]);
		if ((value & READ_BACK_NO_STATUS) == 0U)
			latch_status(d, &d->pit.channel[i]);
	}
}

static void control_write(struct vdev *d, u8 value)
{
	const u32 i = (u32)value >> CONTROL_CHANNEL;
	struct vpit_channel *c;

	if (i == READ_BACK) {
		read_back(d, value);
		return;
	}
	c = &d->pit.channel[i];
	if (ACCESS(value) == ACCESS_LATCH) {
		latch_count(d, c);
		return;
	}
	*c = (struct vpit_channel){ .control = value & CONTROL_KEPT, .count = 0x10000U };
	c->start = vdev_pm_ticks(d);
}

static void count_write(struct vdev *d, struct vpit_channel *c, u8 value)
{
	switch (ACCESS(c->control)) {
	case ACCESS_LOW:
		load(d, c, value);
		break;
	case ACCESS_HIGH:
		load(d, c, (u32)value << 8);
		break;
	default:
		if (c->write_high_next)
			load(d, c, (u32)value << 8 | c->write_low);
		c->write_low = value;
		c->write_high_next = !c->write_high_next;
		break;
	}
}

static u8 latch_read(struct vpit_channel *c)
{
	const u8 value = (u8)c->latch;

	c->latches--;
	c->latch = (u16)(c->latch >> 8);
	return value;
}

static u8 count_read(const struct vdev *d, struct vpit_channel *c)
{
	const u16 now = counter(d, c);

	if (c->status_latched) {
		c->status_latched = false;
		return c->status;
	}
	if (c->latches != 0U)
		return latch_read(c);
	if (ACCESS(c->control) == ACCESS_LOW)
		return (u8)now;
	if (ACCESS(c->control) == ACCESS_HIGH)
		return (u8)(now >> 8);
	c->high_next = !c->high_next;
	return c->high_next ? (u8)now : (u8)(now >> 8);
}

/* The control word cannot be read. */
static u8 read(struct vdev *d, u32 offset)
{
	return offset == CONTROL ? NO_CONTROL : count_read(d, &d->pit.channel[offset]);
}

static void write(struct vdev *d, u32 offset, u8 value)
{
	if (offset == CONTROL)
		control_write(d, value);
	else
		count_write(d, &d->pit.channel[offset], value);
}

enum trap_result vpit_access(void *ctx, struct mmio_access *a)
{
	return vdev_bytes(ctx, a, read, write);
}

static u8 port_b_read(struct vdev *d, u32 offset __unused)
{
	const bool refresh = (vdev_pm_ticks(d) / REFRESH_PM_TICKS & 1U) != 0U;

	return (u8)(d->pit.port_b | (refresh ? PORT_B_REFRESH : 0U) |
		    (output(d, &d->pit.channel[SPEAKER]) ? PORT_B_OUT : 0U));
}

/* A gate that falls stops the count; that it rises starts it anew in all modes but 0 and 4. */
static void port_b_write(struct vdev *d, u32 offset __unused, u8 value)
{
	struct vpit_channel *c = &d->pit.channel[SPEAKER];
	const u32 changed = ((u32)d->pit.port_b ^ value) & PORT_B_GATE;
	const u64 n = elapsed(d, c);

	d->pit.port_b = value & PORT_B_KEPT;
	if (changed == 0U)
		return;
	c->held = n;
	c->start = vdev_pm_ticks(d);
	if (mode_of(c) == MODE_COUNT || mode_of(c) == MODE_STROBE)
		c->start -= n * PM_PER_PIT;
}

enum trap_result vpit_port_b_access(void *ctx, struct mmio_access *a)
{
	return vdev_bytes(ctx, a, port_b_read, port_b_write);
}

void vpit_reset(struct vpit *p)
{
	memset(p->channel, 0, sizeof(p->channel));
	for (u32 i = 0; i < VPIT_CHANNELS; i++)
		p->channel[i].count = 0x10000U;
}
