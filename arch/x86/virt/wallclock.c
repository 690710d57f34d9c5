// SPDX-License-Identifier: Apache-2.0
#include <asm/wallclock.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/timer.h>

#define CMOS_INDEX 0x70U
#define CMOS_DATA 0x71U
#define RTC_SECONDS 0U
#define RTC_MINUTES 2U
#define RTC_HOURS 4U
#define RTC_DAY 7U
#define RTC_MONTH 8U
#define RTC_YEAR 9U
#define RTC_B 0x0bU
#define B_24_HOURS 0x02U
#define B_BINARY 0x04U
#define HOURS_PM 0x80U

/* Two readings that agree were not in the middle of an update. */
#define READINGS_MAX 4U

#define DAYS_1970 719468U /* from 0000-03-01 on */
#define DAYS_400_YEARS 146097U
#define DAY_SECONDS 86400U
#define SECONDS_2000 946684800ULL
#define NS 1000000000ULL

/* Seconds since 1970 when the time base was at `base`. */
static u64 epoch = SECONDS_2000;
static u64 base;

/* Years begin in March, so that the odd day comes last (H. Hinnant, days_from_civil). */
u64 date_seconds(const struct date *d)
{
	const u64 y = d->month <= 2U ? d->year - 1U : d->year;
	const u64 m = d->month <= 2U ? d->month + 9U : d->month - 3U;
	const u64 days =
		y * 365U + y / 4U - y / 100U + y / 400U + (153U * m + 2U) / 5U + d->day - 1U;

	return (days - DAYS_1970) * DAY_SECONDS + d->hour * 3600ULL + d->minute * 60ULL + d->second;
}

struct date date_of(u64 seconds)
{
	const u64 days = seconds / DAY_SECONDS + DAYS_1970;
	const u32 rest = (u32)(seconds % DAY_SECONDS);
	const u32 era = (u32)(days / DAYS_400_YEARS);
	const u32 doe = (u32)(days % DAYS_400_YEARS);
	const u32 yoe = (doe - doe / 1460U + doe / 36524U - doe / 146096U) / 365U;
	const u32 doy = doe - (365U * yoe + yoe / 4U - yoe / 100U);
	const u32 mp = (5U * doy + 2U) / 153U;

	return (struct date){
		.year = yoe + era * 400U + (mp >= 10U ? 1U : 0U),
		.month = (u8)(mp < 10U ? mp + 3U : mp - 9U),
		.day = (u8)(doy - (153U * mp + 2U) / 5U + 1U),
		.hour = (u8)(rest / 3600U),
		.minute = (u8)(rest / 60U % 60U),
		.second = (u8)(rest % 60U),
		.weekday = (u8)((days + 3U) % 7U + 1U),
	};
}

static u8 cmos(u8 index)
{
	port_write8(CMOS_INDEX, index);
	return port_read8(CMOS_DATA);
}

static u8 plain(u8 value, u8 b)
{
	return (b & B_BINARY) != 0U ? value : (u8)((value >> 4) * 10U + (value & 0xfU));
}

static u64 read_rtc(void)
{
	const u8 b = cmos(RTC_B);
	const u8 hours = cmos(RTC_HOURS);
	struct date d = {
		.year = 2000U + plain(cmos(RTC_YEAR), b),
		.month = plain(cmos(RTC_MONTH), b),
		.day = plain(cmos(RTC_DAY), b),
		.hour = plain(hours, b),
		.minute = plain(cmos(RTC_MINUTES), b),
		.second = plain(cmos(RTC_SECONDS), b),
	};

	if ((b & B_24_HOURS) == 0U)
		d.hour = (u8)(plain(hours & (u8)~HOURS_PM, b) % 12U +
			      ((hours & HOURS_PM) != 0U ? 12U : 0U));
	if (d.month < 1U || d.month > 12U || d.day < 1U || d.day > 31U || d.hour > 23U ||
	    d.minute > 59U || d.second > 59U)
		return 0;
	return date_seconds(&d);
}

void wallclock_init(void)
{
	u64 before = 0;

	epoch = SECONDS_2000;
	base = 0;
	for (u32 i = 0; i < READINGS_MAX; i++) {
		const u64 now = read_rtc();

		if (now != 0U && now == before) {
			epoch = now;
			base = timer_now();
			return;
		}
		before = now;
	}
}

u64 wallclock_now(u32 *us)
{
	const u64 hz = timer_hz();
	const u64 since = timer_now() - base;

	*us = 0;
	if (hz == 0U)
		return epoch;
	*us = (u32)(since % hz * 1000000U / hz);
	return epoch + since / hz;
}

void wallclock_at_zero(u64 *seconds, u32 *ns)
{
	const u64 hz = timer_hz();
	u64 rest = 0;

	*seconds = epoch;
	if (hz != 0U) {
		*seconds -= base / hz;
		rest = base % hz * NS / hz;
	}
	/* Back by the rest of a second. */
	*ns = rest != 0U ? (u32)(NS - rest) : 0U;
	*seconds -= rest != 0U ? 1U : 0U;
}
