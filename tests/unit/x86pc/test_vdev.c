// SPDX-License-Identifier: Apache-2.0
/* The PC around a guest, as its drivers see it by ports. */
#include <asm/vdev.h>
#include <asm/wallclock.h>
#include <bulkhead/arch/regs.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/arch/upcall.h>
#include <state_check.h>
#include <unit.h>

#define HZ 1000000ULL
#define NOBODY 0xffffffffU

static struct vdev pc;
static struct vcpu_arch vcpu;
static u32 asked; /* enum guest_power + 1 */

/* The machine's own RTC: 2024-02-29 23:59:58, BCD, 24 hours. */
static u8 cmos[128] = {
	[0] = 0x58, [2] = 0x59, [4] = 0x23, [7] = 0x29, [8] = 0x02, [9] = 0x24, [0x0b] = 0x02
};
static u8 cmos_index;

enum trap_result upcall_guest_power(struct vcpu_arch *v, enum guest_power what)
{
	assert_ptr_equal(v, &vcpu);
	asked = (u32)what + 1U;
	return TRAP_PARK;
}

static u64 cmos_read(void *ctx, u64 off, u32 width)
{
	(void)ctx;
	assert_int_equal(off, 1);
	assert_int_equal(width, 1);
	return cmos[cmos_index];
}

static void cmos_write(void *ctx, u64 off, u32 width, u64 v)
{
	(void)ctx;
	(void)width;
	assert_int_equal(off, 0);
	cmos_index = (u8)v;
}

static const struct fake_device rtc = { cmos_read, cmos_write, NULL };

static int setup(void **state)
{
	(void)state;
	fake_reset();
	fake_tick_step_set(0);
	assert_int_equal(timer_cpu_init(), 0);
	fake_port_add(0x70, 2, &rtc);
	vdev_init(&pc, &vcpu);
	wallclock_init();
	asked = 0;
	return 0;
}

static enum trap_result go(u16 port, u32 size, bool write, u64 *value)
{
	struct mmio_access a = { .size = size, .write = write, .value = *value };
	enum trap_result r;

	for (u32 i = 0; i < vdev_ports_count; i++) {
		const struct vdev_ports *p = &vdev_ports[i];

		if (port < p->port || port + size > (u32)p->port + p->size)
			continue;
		a.offset = (u64)port - p->port;
		r = p->fn(&pc, &a);
		*value = a.value;
		return r;
	}
	return TRAP_RESUME;
}

static u32 in(u16 port, u32 size)
{
	u64 value = ~0ULL >> (64U - 8U * size);

	assert_int_equal(go(port, size, false, &value), TRAP_RESUME);
	return (u32)value;
}

static void out(u16 port, u32 size, u64 value)
{
	assert_int_equal(go(port, size, true, &value), TRAP_RESUME);
}

static u8 rtc_get(u8 index)
{
	out(0x70, 1, index);
	return (u8)in(0x71, 1);
}

static void rtc_put(u8 index, u8 value)
{
	out(0x70, 1, index);
	out(0x71, 1, value);
}

/* ---- every port ---- */

/* What each port reads after reset with time standing still; all others are nobody's. */
static const struct {
	u16 port;
	u8 size;
	u32 reads;
} table[] = {
	{ 0x40, 1, 0x00 },  { 0x43, 1, 0xff },   { 0x61, 1, 0x00 },    { 0x64, 1, 0xff },
	{ 0x70, 1, 0xff },  { 0x71, 1, 0x58 },   { 0x92, 1, 0x02 },    { 0x600, 2, 0 },
	{ 0x602, 2, 0 },    { 0x604, 2, 1 },     { 0x608, 4, 0 },      { 0x80, 1, 0xff },
	{ 0xed, 1, 0xff },  { 0x60, 1, 0xff },   { 0xcf9, 1, 0 },      { 0xcf8, 4, 0 },
	{ 0xcf8, 1, 0xff }, { 0xcfb, 1, 0xff },  { 0xcfc, 4, NOBODY }, { 0xcfc, 2, 0xffff },
	{ 0xcff, 1, 0xff }, { 0x2f8, 1, 0xff },  { 0x604, 1, 1 },      { 0x605, 1, 0 },
	{ 0x600, 4, 0 },    { 0x70, 2, 0x58ff }, { 0xffff, 1, 0xff },  { 0x60c, 4, NOBODY },
};

TEST(every_port_reads_after_reset_as_the_table_says)
{
	for (u32 i = 0; i < ARRAY_SIZE(table); i++)
		assert_int_equal(in(table[i].port, table[i].size), table[i].reads);
}

TEST(the_table_of_ports_is_in_order_and_nothing_overlaps)
{
	for (u32 i = 1; i < vdev_ports_count; i++)
		assert_true(vdev_ports[i - 1U].port + vdev_ports[i - 1U].size <=
			    vdev_ports[i].port);
}

/* Any value to any port at any width: the reset or off that the value asks for, and no other. */
TEST(no_write_does_more_than_its_register)
{
	static const u8 sizes[] = { 1, 2, 4 };

	for (u32 port = 0; port < 0x1000U; port++) {
		for (u32 k = 0; k < 3U; k++) {
			for (u32 value = 0; value < 256U; value++) {
				const u32 size = sizes[k];
				const bool wide = port == 0x603U && size == 4U;
				u64 v = value * 0x01010101ULL;
				const bool cf9 = port == 0xcf9U && size == 1U && (value & 4U) != 0U;
				const bool kbd = port == 0x64U && size == 1U && value == 0xfeU;
				const bool fast = port == 0x92U && size == 1U && (value & 1U) != 0U;
				const bool off = (value & 0x20U) != 0U &&
						 ((port == 0x604U && size == 2U) ||
						  (port == 0x605U && size == 1U));
				const u32 want = cf9 || kbd || fast ? GUEST_RESET + 1U
						 : off              ? GUEST_OFF + 1U
								    : 0U;

				asked = 0;
				assert_false(wide && go((u16)port, size, true, &v) != TRAP_RESUME);
				assert_int_equal(go((u16)port, size, true, &v),
						 want != 0U ? TRAP_PARK : TRAP_RESUME);
				assert_int_equal(asked, want);
			}
		}
	}
}

/* ---- PM ---- */

TEST(the_pm_timer_counts_at_its_frequency)
{
	assert_int_equal(in(0x608, 4), 0);
	fake_time_set(HZ);
	assert_in_range(in(0x608, 4), 3579544, 3579545);
	fake_time_set(3600U * HZ);
	assert_in_range(in(0x608, 4), (u32)(3600ULL * 3579545U) - 1U, (u32)(3600ULL * 3579545U));
	out(0x608, 4, 0);
	assert_in_range(in(0x608, 4), (u32)(3600ULL * 3579545U) - 1U, (u32)(3600ULL * 3579545U));
}

TEST(pm1_keeps_what_can_be_enabled)
{
	out(0x602, 2, 0xffff);
	assert_int_equal(in(0x602, 2), 0x0721);
	assert_int_equal(in(0x600, 2), 0);
	out(0x604, 2, 0x1402);
	assert_int_equal(in(0x604, 2), 0x1403);
	vdev_reset(&pc);
	assert_int_equal(in(0x602, 2), 0);
	assert_int_equal(in(0x604, 2), 1);
}

/* ---- RTC ---- */

static void assert_time(u8 century, u8 year, u8 month, u8 day, u8 hour, u8 minute, u8 second)
{
	assert_int_equal(rtc_get(0x32), century);
	assert_int_equal(rtc_get(9), year);
	assert_int_equal(rtc_get(8), month);
	assert_int_equal(rtc_get(7), day);
	assert_int_equal(rtc_get(4), hour);
	assert_int_equal(rtc_get(2), minute);
	assert_int_equal(rtc_get(0), second);
}

TEST(the_clock_is_the_machines_and_goes_on)
{
	assert_time(0x20, 0x24, 0x02, 0x29, 0x23, 0x59, 0x58);
	assert_int_equal(rtc_get(6), 5);
	fake_time_set(2U * HZ);
	assert_time(0x20, 0x24, 0x03, 0x01, 0x00, 0x00, 0x00);
	assert_int_equal(rtc_get(6), 6);
	fake_time_set((86400U * 366ULL + 2U) * HZ);
	assert_time(0x20, 0x25, 0x03, 0x02, 0x00, 0x00, 0x00);
}

TEST(an_update_is_announced)
{
	fake_time_set(HZ - 245U);
	assert_int_equal(rtc_get(0x0a), 0x26);
	fake_time_set(HZ - 244U);
	assert_int_equal(rtc_get(0x0a), 0xa6);
	fake_time_set(HZ);
	assert_int_equal(rtc_get(0x0a), 0x26);
	assert_int_equal(rtc_get(0x0c), 0);
	assert_int_equal(rtc_get(0x0d), 0x80);
}

TEST(time_has_each_of_its_forms)
{
	rtc_put(0x0b, 0x06);
	assert_time(20, 24, 2, 29, 23, 59, 58);
	rtc_put(0x0b, 0x00);
	assert_time(0x20, 0x24, 0x02, 0x29, 0x91, 0x59, 0x58);
	fake_time_set(2U * HZ);
	assert_int_equal(rtc_get(4), 0x12);
	fake_time_set((12U * 3600U + 2U) * HZ);
	assert_int_equal(rtc_get(4), 0x92);
	rtc_put(0x0b, 0xff);
	assert_int_equal(rtc_get(0x0b), 0x87);
}

TEST(a_guest_sets_its_clock_and_keeps_it_over_a_reset)
{
	rtc_put(0x0b, 0x82);
	rtc_put(0, 0x01);
	rtc_put(2, 0x02);
	rtc_put(4, 0x03);
	rtc_put(7, 0x04);
	rtc_put(8, 0x05);
	rtc_put(9, 0x30);
	fake_time_set(HZ);
	assert_int_equal(rtc_get(0), 0x01);
	rtc_put(0x0b, 0x02);
	assert_time(0x20, 0x30, 0x05, 0x04, 0x03, 0x02, 0x01);
	vdev_reset(&pc);
	fake_time_set(2U * HZ);
	assert_time(0x20, 0x30, 0x05, 0x04, 0x03, 0x02, 0x02);
	/* What is no date leaves the clock as it is. */
	rtc_put(0x0b, 0x82);
	rtc_put(8, 0x13);
	rtc_put(0x0b, 0x02);
	assert_time(0x20, 0x30, 0x05, 0x04, 0x03, 0x02, 0x02);
}

TEST(a_time_in_12_hours_is_set_as_well)
{
	rtc_put(0x0b, 0x80);
	rtc_put(4, 0x92);
	rtc_put(0x0b, 0x00);
	assert_int_equal(rtc_get(4), 0x92);
	rtc_put(0x0b, 0x02);
	assert_int_equal(rtc_get(4), 0x12);
}

TEST(memory_of_the_clock_is_memory_until_a_reset)
{
	for (u8 i = 0x0e; i < 128U; i++) {
		if (i == 0x32U)
			continue;
		rtc_put((u8)(i | 0x80U), i);
		assert_int_equal(rtc_get(i), i);
	}
	vdev_reset(&pc);
	assert_int_equal(rtc_get(0x40), 0);
}

TEST(dates_are_right_over_400_years)
{
	u64 seconds = 0;

	for (u32 year = 1970; year < 2400U; year++) {
		const bool leap = (year % 4U == 0U && year % 100U != 0U) || year % 400U == 0U;
		const struct date d = { .year = year, .month = 1, .day = 1 };
		struct date back;

		assert_true(date_seconds(&d) == seconds);
		seconds += 86400ULL * (leap ? 366U : 365U);
		back = date_of(seconds - 1U);
		assert_int_equal(back.year, year);
		assert_int_equal(back.month, 12);
		assert_int_equal(back.day, 31);
		assert_int_equal(back.second, 59);
	}
}

TEST(without_a_plausible_clock_it_is_2000)
{
	u32 us, ns;
	u64 seconds;

	cmos[8] = 0;
	wallclock_init();
	assert_true(wallclock_now(&us) == 946684800U);
	cmos[8] = 0x02;
	fake_time_set(HZ / 4U);
	wallclock_init();
	assert_true(wallclock_now(&us) == 1709251198U);
	wallclock_at_zero(&seconds, &ns);
	assert_true(seconds == 1709251197U);
	assert_int_equal(ns, 750000000U);
}

/* ---- 8254 ---- */

TEST(a_count_goes_down_and_is_seen_at_port_61)
{
	out(0x61, 1, 0x01);
	out(0x43, 1, 0xb0);
	assert_int_equal(in(0x61, 1) & 0x2fU, 0x01);
	out(0x42, 1, 0x9b);
	out(0x42, 1, 0x2e);
	assert_int_equal(in(0x42, 1), 0x9b);
	assert_int_equal(in(0x42, 1), 0x2e);
	fake_time_set(9990);
	assert_int_equal(in(0x61, 1) & 0x20U, 0);
	fake_time_set(10001);
	assert_int_equal(in(0x61, 1) & 0x20U, 0x20);
}

TEST(the_gate_stops_the_count)
{
	out(0x61, 1, 0x01);
	out(0x43, 1, 0xb0);
	out(0x42, 1, 0x00);
	out(0x42, 1, 0x00);
	fake_time_set(1000);
	out(0x61, 1, 0x00);
	out(0x43, 1, 0x80);
	const u32 low = in(0x42, 1), high = in(0x42, 1);

	assert_in_range(low | high << 8, 0x10000 - 1194, 0x10000 - 1192);
	fake_time_set(5000);
	out(0x43, 1, 0x80);
	assert_int_equal(in(0x42, 1), low);
	assert_int_equal(in(0x42, 1), high);
	out(0x61, 1, 0x01);
	fake_time_set(6000);
	out(0x43, 1, 0x80);
	const u32 now = in(0x42, 1) | in(0x42, 1) << 8;

	assert_in_range(now, 0x10000 - 2388, 0x10000 - 2384);
}

TEST(rate_and_square_wave_repeat)
{
	u32 ones = 0;

	out(0x61, 1, 0x01);
	out(0x43, 1, 0x94); /* channel 2, low byte, mode 2 */
	out(0x42, 1, 10);
	for (u32 t = 0; t < 100U; t++) {
		fake_time_set(t);
		assert_in_range(in(0x42, 1), 1, 10);
	}
	out(0x43, 1, 0xb6); /* mode 3 */
	out(0x42, 1, 0xe8);
	out(0x42, 1, 0x03);
	for (u32 t = 0; t < 8381U; t++) {
		fake_time_set(100U + t);
		ones += (in(0x61, 1) & 0x20U) != 0U ? 1U : 0U;
	}
	assert_in_range(ones, 4150, 4230);
}

TEST(read_back_latches_status_and_count)
{
	out(0x43, 1, 0x34);
	out(0x43, 1, 0xe2);
	assert_int_equal(in(0x40, 1) & 0x7fU, 0x74);
	out(0x40, 1, 0x00);
	out(0x40, 1, 0x80);
	out(0x43, 1, 0xc2);
	fake_time_set(1000);
	assert_int_equal(in(0x40, 1), 0xb4);
	assert_int_equal(in(0x40, 1), 0x00);
	assert_int_equal(in(0x40, 1), 0x80);
	out(0x43, 1, 0x20); /* channel 0, high byte only */
	out(0x40, 1, 0x12);
	assert_int_equal(in(0x40, 1), 0x12);
}

TEST(port_b_keeps_four_bits_and_toggles_its_refresh)
{
	out(0x61, 1, 0xff);
	assert_int_equal(in(0x61, 1) & 0x0fU, 0x0f);
	fake_time_set(16);
	assert_int_equal(in(0x61, 1) & 0x10U, 0x10);
	fake_time_set(31);
	assert_int_equal(in(0x61, 1) & 0x10U, 0);
}

/* ---- PCI ---- */

TEST(the_configuration_mechanism_is_there_and_nothing_behind_it)
{
	out(0xcf8, 4, 0x80000000U);
	assert_int_equal(in(0xcf8, 4), 0x80000000U);
	assert_int_equal(in(0xcfc, 4), NOBODY);
	out(0xcf8, 4, NOBODY);
	assert_int_equal(in(0xcf8, 4), 0x80fffffcU);
	out(0xcf8, 2, 0);
	out(0xcfb, 1, 1);
	out(0xcfc, 4, 0);
	assert_int_equal(in(0xcf8, 4), 0x80fffffcU);
	out(0xcf9, 1, 0x02);
	assert_int_equal(in(0xcf9, 1), 0x02);
	assert_int_equal(in(0xcf8, 4), 0x80fffffcU);
}

static void start(void *unit)
{
	vdev_reset(unit);
}

TEST(whatever_byte_of_its_state_changes_a_reset_brings_it_back)
{
	static struct vdev fresh;

	state_is_complete(vdev_fields, vdev_field_count, sizeof(struct vdev));
	fresh = pc;
	state_mutate(vdev_fields, vdev_field_count, &pc, &fresh, NULL, start);
}

/* The last access to configuration space. */
static struct {
	u32 count;
	struct mmio_access last;
	enum trap_result answer;
} space;

static enum trap_result space_access(void *ctx, struct mmio_access *a)
{
	assert_ptr_equal(ctx, &space);
	space.count++;
	space.last = *a;
	if (!a->write)
		a->value = 0x12345678U;
	return space.answer;
}

TEST(the_configuration_ports_lead_to_bus_0)
{
	static const struct {
		u32 address;
		u16 port;
		u8 size;
		u64 offset;
	} reached[] = {
		{ 0x80000000U, 0xcfc, 4, 0x0 },     { 0x80000004U, 0xcfe, 2, 0x6 },
		{ 0x8000083cU, 0xcff, 1, 0x803f },  { 0x80000810U, 0xcfd, 2, 0x8011 },
		{ 0x8000fffcU, 0xcfc, 4, 0xff0fc }, { 0x8000fff0U, 0xcfd, 1, 0xff0f1 },
	};

	memset(&space, 0, sizeof(space));
	vdev_pci_set(&pc, space_access, &space);
	for (u32 i = 0; i < ARRAY_SIZE(reached); i++) {
		out(0xcf8, 4, reached[i].address);
		space.last.offset = ~0ULL;
		out(reached[i].port, reached[i].size, 0x5aU);
		assert_int_equal(space.last.offset, reached[i].offset);
		assert_int_equal(space.last.size, reached[i].size);
		assert_true(space.last.write && space.last.value == 0x5aU);
		assert_int_equal(in(reached[i].port, reached[i].size), 0x12345678U);
		assert_int_equal(space.last.offset, reached[i].offset);
		assert_false(space.last.write);
	}
	assert_int_equal(space.count, 2U * ARRAY_SIZE(reached));
	/* Not enabled, another bus: nobody. */
	out(0xcf8, 4, 0x00000800U);
	assert_int_equal(in(0xcfc, 4), NOBODY);
	out(0xcf8, 4, 0x80010000U);
	assert_int_equal(in(0xcfc, 4), NOBODY);
	out(0xcfc, 4, 0);
	assert_int_equal(space.count, 2U * ARRAY_SIZE(reached));
	/* A reset of the PC takes the address back, and leaves the host. */
	vdev_reset(&pc);
	assert_int_equal(in(0xcf8, 4), 0);
	out(0xcf8, 4, 0x80000000U);
	assert_int_equal(in(0xcfc, 4), 0x12345678U);
}

#define T(name) cmocka_unit_test_setup(name, setup)

UNIT_TESTS(T(whatever_byte_of_its_state_changes_a_reset_brings_it_back),
	   T(every_port_reads_after_reset_as_the_table_says),
	   T(the_table_of_ports_is_in_order_and_nothing_overlaps),
	   T(no_write_does_more_than_its_register), T(the_pm_timer_counts_at_its_frequency),
	   T(pm1_keeps_what_can_be_enabled), T(the_clock_is_the_machines_and_goes_on),
	   T(an_update_is_announced), T(time_has_each_of_its_forms),
	   T(a_guest_sets_its_clock_and_keeps_it_over_a_reset),
	   T(a_time_in_12_hours_is_set_as_well), T(memory_of_the_clock_is_memory_until_a_reset),
	   T(dates_are_right_over_400_years), T(without_a_plausible_clock_it_is_2000),
	   T(a_count_goes_down_and_is_seen_at_port_61), T(the_gate_stops_the_count),
	   T(rate_and_square_wave_repeat), T(read_back_latches_status_and_count),
	   T(port_b_keeps_four_bits_and_toggles_its_refresh),
	   T(the_configuration_mechanism_is_there_and_nothing_behind_it),
	   T(the_configuration_ports_lead_to_bus_0));
