// SPDX-License-Identifier: Apache-2.0
/*
 * The real-time clock (Motorola MC146818A) and its CMOS memory. Time is Bulkhead's, plus what the
 * guest has set it ahead. Alarm, update and periodic interrupts are not there: their enable bits
 * stay clear.
 */
#include <asm/vdev.h>
#include <asm/wallclock.h>

#define SECONDS 0U
#define MINUTES 2U
#define HOURS 4U
#define WEEKDAY 6U
#define DAY 7U
#define MONTH 8U
#define YEAR 9U
#define REG_A 0x0aU
#define REG_B 0x0bU
#define REG_C 0x0cU
#define REG_D 0x0dU

#define A_UIP 0x80U
#define A_RESET 0x26U
#define B_SET 0x80U
#define B_KEPT 0x87U /* SET, DM, 24/12, DSE */
#define B_BINARY 0x04U
#define B_24_HOURS 0x02U
#define D_VRT 0x80U
#define HOURS_PM 0x80U
#define NO_INDEX ((u8)0xffU)

/* An update is announced so long before (MC146818A, figure 15). */
#define UIP_US 244U

/* What is no plain memory. */
static const u8 times[] = { SECONDS, MINUTES, HOURS, WEEKDAY, DAY, MONTH, YEAR, VRTC_CENTURY };

static bool is_time(u32 i)
{
	return i == SECONDS || i == MINUTES || i == HOURS || (i >= WEEKDAY && i <= YEAR) ||
	       i == VRTC_CENTURY;
}

static u8 encode(const struct vrtc *r, u32 value)
{
	return (u8)((r->b & B_BINARY) != 0U ? value : (value / 10U) << 4 | value % 10U);
}

static u32 decode(const struct vrtc *r, u8 value)
{
	return (r->b & B_BINARY) != 0U ? value : (value >> 4) * 10U + (value & 0xfU);
}

static u8 encode_hours(const struct vrtc *r, u32 hour)
{
	if ((r->b & B_24_HOURS) != 0U)
		return encode(r, hour);
	return (u8)(encode(r, (hour + 11U) % 12U + 1U) | (hour >= 12U ? HOURS_PM : 0U));
}

static u32 decode_hours(const struct vrtc *r, u8 value)
{
	if ((r->b & B_24_HOURS) != 0U)
		return decode(r, value);
	return decode(r, value & (u8)~HOURS_PM) % 12U + ((value & HOURS_PM) != 0U ? 12U : 0U);
}

static u64 guest_now(const struct vrtc *r, u32 *us)
{
	return wallclock_now(us) + (u64)r->offset;
}

static struct date date_now(const struct vrtc *r)
{
	u32 us;

	return date_of(guest_now(r, &us));
}

static u8 time_byte(const struct vrtc *r, const struct date *d, u32 i)
{
	switch (i) {
	case SECONDS:
		return encode(r, d->second);
	case MINUTES:
		return encode(r, d->minute);
	case HOURS:
		return encode_hours(r, d->hour);
	case WEEKDAY:
		return encode(r, d->weekday);
	case DAY:
		return encode(r, d->day);
	case MONTH:
		return encode(r, d->month);
	case YEAR:
		return encode(r, d->year % 100U);
	default:
		return encode(r, d->year / 100U);
	}
}

static u8 time_read(const struct vrtc *r, u32 i)
{
	const struct date d = date_now(r);

	return time_byte(r, &d, i);
}

/* The clock stands: what it showed last. */
static void time_keep(struct vrtc *r)
{
	const struct date d = date_now(r);

	for (size_t i = 0; i < ARRAY_SIZE(times); i++)
		r->byte[times[i]] = time_byte(r, &d, times[i]);
}

/* What was written while the clock stood becomes its time; what is no date is none. */
static void time_set(struct vrtc *r)
{
	const struct date d = {
		.year = decode(r, r->byte[VRTC_CENTURY]) * 100U + decode(r, r->byte[YEAR]),
		.month = (u8)decode(r, r->byte[MONTH]),
		.day = (u8)decode(r, r->byte[DAY]),
		.hour = (u8)decode_hours(r, r->byte[HOURS]),
		.minute = (u8)decode(r, r->byte[MINUTES]),
		.second = (u8)decode(r, r->byte[SECONDS]),
	};
	u32 us;

	if (d.year < 1970U || d.year > 2399U || d.month < 1U || d.month > 12U || d.day < 1U)
		return;
	r->offset = (s64)(date_seconds(&d) - wallclock_now(&us));
}

static void b_write(struct vrtc *r, u8 value)
{
	const bool stands = (r->b & B_SET) != 0U;

	if (!stands && (value & B_SET) != 0U)
		time_keep(r);
	if (stands && (value & B_SET) == 0U)
		time_set(r);
	r->b = value & B_KEPT;
}

static u8 a_read(const struct vrtc *r)
{
	u32 us;

	(void)guest_now(r, &us);
	return (u8)(r->a | ((r->b & B_SET) == 0U && us >= 1000000U - UIP_US ? A_UIP : 0U));
}

static u8 data_read(const struct vrtc *r)
{
	switch (r->index) {
	case REG_A:
		return a_read(r);
	case REG_B:
		return r->b;
	case REG_C:
		return 0;
	case REG_D:
		return D_VRT;
	default:
		return is_time(r->index) && (r->b & B_SET) == 0U ? time_read(r, r->index)
								 : r->byte[r->index];
	}
}

/* A time written while the clock runs is overwritten by the next update: nothing comes of it. */
static void data_write(struct vrtc *r, u8 value)
{
	switch (r->index) {
	case REG_A:
		r->a = value & (u8)~A_UIP;
		break;
	case REG_B:
		b_write(r, value);
		break;
	case REG_C:
	case REG_D:
		break;
	default:
		r->byte[r->index] = value;
		break;
	}
}

/* The index cannot be read. */
static u8 read(struct vdev *d, u32 offset)
{
	return offset == 0U ? NO_INDEX : data_read(&d->rtc);
}

/* Bit 7 of the index masks NMIs on a PC; there is no source of them behind it. */
static void write(struct vdev *d, u32 offset, u8 value)
{
	if (offset == 0U)
		d->rtc.index = value % VRTC_BYTES;
	else
		data_write(&d->rtc, value);
}

enum trap_result vrtc_access(void *ctx, struct mmio_access *a)
{
	return vdev_bytes(ctx, a, read, write);
}

void vrtc_reset(struct vrtc *r)
{
	r->a = A_RESET;
	r->b = B_24_HOURS;
}
