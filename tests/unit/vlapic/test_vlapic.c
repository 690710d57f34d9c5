// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/lib/error.h>
#include <unit.h>

#include "machine.h"

#define ICR 0x830U
#define X2(n) ((u64)(n) << 32)

static int vlapic_setup(void **state)
{
	const int err = unit_setup(state);

	machine_reset();
	return err;
}

/* ---- the table ---- */

TEST(the_table_is_in_order_and_its_rows_lie_apart)
{
	u32 none = 0;

	for (u32 i = 0; i < vlapic_row_count; i++) {
		const struct vlapic_row *r = &vlapic_rows[i];

		assert_int_equal(r->offset % 16U, 0);
		if (i > 0U)
			assert_true(r[-1].offset + 16U * r[-1].count <= r->offset);
		assert_true(r->kind == VLAPIC_NONE || r->read != NULL || r->write != NULL);
		assert_true((r->kind == VLAPIC_RW || r->kind == VLAPIC_WO) == (r->write != NULL));
		none += r->kind == VLAPIC_NONE ? 1U : 0U;
	}
	assert_true(none <= 5U);
}

static const struct vlapic_row *row_at(u32 offset, u32 mode)
{
	for (u32 i = 0; i < vlapic_row_count; i++) {
		const struct vlapic_row *r = &vlapic_rows[i];

		if (offset >= r->offset && offset < r->offset + 16U * r->count)
			return (r->modes & mode) != 0U ? r : NULL;
	}
	return NULL;
}

/* Every offset and width of the page: reset values, nothing else, and an error where nothing is. */
TEST(every_offset_of_the_page_reads_as_the_table_says)
{
	for (u32 at = 0; at < 0x1000U; at++) {
		for (u32 size = 1; size <= 8U; size *= 2U) {
			const struct vlapic_row *r = row_at(at & ~0xfU, IN_XAPIC);
			const bool whole = size == 4U && at % 16U == 0U;
			u64 value = 0x5555;

			machine_reset();
			assert_int_equal(vlapic_page(&q, 0, at, size, false, &value), TRAP_RESUME);
			if (r != NULL && whole)
				assert_int_equal(value, r->kind == VLAPIC_RO || r->kind == VLAPIC_RW
								? r->reset
								: 0U);
			else
				assert_int_equal(value, 0);
			assert_int_equal(q.s.cpu[0].errors, r == NULL ? ESR_REGISTER : 0U);
		}
	}
}

TEST(every_msr_reads_and_writes_as_the_table_says)
{
	for (u32 i = 0; i < 0x100U; i++) {
		const u32 msr = VLAPIC_MSR_FIRST + i;
		const struct vlapic_row *r = row_at(i * 16U, IN_X2APIC);
		const bool reads = r != NULL && r->read != NULL;
		const bool writes = r != NULL && r->write != NULL && !r->x2_read_only;
		u64 value = 0;

		machine_reset();
		assert_false(msr_read(0, msr, &value));
		assert_false(msr_write(0, msr, 0));
		machine_run(true);
		assert_int_equal(msr_read(0, msr, &value), reads);
		for (u32 bit = 0; bit < 64U && writes; bit++) {
			const bool legal = (r->reserved & BIT(bit)) == 0U;

			assert_int_equal(msr_write(0, msr, BIT(bit)), legal);
		}
		assert_int_equal(msr_write(0, msr, 0), writes);
	}
}

TEST(reserved_bits_of_the_page_are_dropped)
{
	for (u32 i = 0; i < vlapic_row_count; i++) {
		const struct vlapic_row *r = &vlapic_rows[i];

		if (r->kind != VLAPIC_RW || (r->modes & IN_XAPIC) == 0U || r->reserved == ~0ULL)
			continue;
		machine_reset();
		machine_run(false);
		page_write(0, r->offset, (u32)r->reserved);
		/* What is fixed at one stays so, and an LVT entry is unmasked. */
		assert_int_equal(page_read(0, r->offset), r->offset == 0xe0U ? 0x0fffffffU : 0U);
	}
}

/* ---- a local APIC by itself ---- */

TEST(after_reset_the_apic_is_software_disabled_and_everything_is_masked)
{
	assert_int_equal(page_read(0, 0xf0), 0xff);
	assert_int_equal(page_read(0, 0x350), 0x10000);
	page_write(0, 0x350, 0x30);
	assert_int_equal(page_read(0, 0x350), 0x10030);
	page_write(0, 0x310, 0);
	page_write(0, 0x300, 0x40);
	assert_int_equal(take(0), 0);
	assert_int_equal(page_read(0, 0x20), 0);
	assert_int_equal(page_read(2, 0x20), 0x02000000);
}

TEST(the_most_urgent_interrupt_is_served_first_and_keeps_the_others_out)
{
	machine_run(true);
	(void)msr_write(0, 0x83f, 0x41);
	(void)msr_write(0, 0x83f, 0x82);
	assert_int_equal(take(0), 0x82);
	assert_int_equal(take(0), 0);
	(void)msr_write(0, 0x83f, 0x8f);
	assert_int_equal(take(0), 0);
	(void)msr_write(0, 0x83f, 0x91);
	assert_int_equal(take(0), 0x91);
	assert_int_equal(vlapic_ppr(&q.s.cpu[0]), 0x90);
	vlapic_end(&q, 0);
	assert_int_equal(vlapic_ppr(&q.s.cpu[0]), 0x80);
	vlapic_end(&q, 0);
	assert_int_equal(take(0), 0x8f);
	vlapic_end(&q, 0);
	assert_int_equal(take(0), 0x41);
}

TEST(the_task_priority_keeps_its_class_and_those_below_out)
{
	struct vlapic *a = &q.s.cpu[0];
	bool blocked;

	machine_run(true);
	(void)msr_write(0, 0x808, 0x45);
	(void)msr_write(0, 0x83f, 0x4f);
	assert_int_equal(vlapic_next(a, &blocked), 0);
	assert_true(blocked);
	assert_int_equal(vlapic_ppr(a), 0x45);
	(void)msr_write(0, 0x808, 0x3f);
	assert_int_equal(vlapic_next(a, &blocked), 0x4f);
	assert_false(blocked);
}

TEST(an_illegal_vector_is_an_error_and_nothing_is_sent)
{
	u64 esr = 0;

	machine_run(true);
	(void)msr_write(0, 0x837, 0xfe);
	assert_true(msr_write(0, ICR, X2(1) | 0x0f));
	assert_true(msr_write(0, 0x83f, 3));
	assert_int_equal(take(1), 0);
	assert_int_equal(take(0), 0xfe);
	(void)msr_read(0, 0x828, &esr);
	assert_int_equal(esr, 0);
	assert_false(msr_write(0, 0x828, 1));
	(void)msr_write(0, 0x828, 0);
	(void)msr_read(0, 0x828, &esr);
	assert_int_equal(esr, ESR_SEND_VECTOR);
	(void)msr_write(0, 0x828, 0);
	(void)msr_read(0, 0x828, &esr);
	assert_int_equal(esr, 0);
}

TEST(a_reserved_bit_of_a_command_is_a_fault_and_nothing_is_sent)
{
	machine_run(true);
	for (u32 bit = 0; bit < 32U; bit++) {
		const bool reserved = bit == 13U || bit == 16U || bit == 17U || bit >= 20U;

		if (!reserved)
			continue;
		assert_false(msr_write(0, ICR, X2(1) | BIT(bit) | 0x40U));
		assert_int_equal(take(1), 0);
	}
	/* Delivery status is ignored. */
	assert_true(msr_write(0, ICR, X2(1) | BIT(12) | 0x40U));
	assert_int_equal(take(1), 0x40);
}

TEST(the_apic_changes_its_mode_only_as_the_figure_says)
{
	static const u64 off = 0xfee00000, on = 0xfee00800, x2 = 0xfee00c00, bad = 0xfee00400;
	static const struct {
		u64 from, to;
		bool legal;
	} steps[] = {
		{ off, off, true }, { off, on, true }, { off, x2, false }, { off, bad, false },
		{ on, off, true },  { on, on, true },  { on, x2, true },   { on, bad, false },
		{ x2, off, true },  { x2, on, false }, { x2, x2, true },   { x2, bad, false },
	};

	for (u32 i = 0; i < ARRAY_SIZE(steps); i++) {
		machine_reset();
		if (steps[i].from == x2)
			assert_true(msr_write(1, VLAPIC_MSR_BASE, on));
		assert_true(msr_write(1, VLAPIC_MSR_BASE, steps[i].from));
		assert_int_equal(msr_write(1, VLAPIC_MSR_BASE, steps[i].to), steps[i].legal);
		assert_int_equal(q.s.cpu[1].base, steps[i].legal ? steps[i].to : steps[i].from);
	}
	assert_false(msr_write(0, VLAPIC_MSR_BASE, 0xfed00800));
	assert_false(msr_write(0, VLAPIC_MSR_BASE, 0xfee00801));
}

TEST(a_disabled_apic_forgets_and_its_page_is_not_there)
{
	u64 value = 0;

	machine_run(false);
	page_write(0, 0x80, 0x20);
	assert_true(msr_write(0, VLAPIC_MSR_BASE, 0xfee00000));
	assert_int_equal(page_read(0, 0x80), 0xffffffff);
	page_write(0, 0x300, 0x40);
	assert_true(msr_write(0, VLAPIC_MSR_BASE, 0xfee00900));
	assert_int_equal(page_read(0, 0x80), 0);
	assert_int_equal(page_read(0, 0xf0), 0xff);
	assert_true(msr_write(0, VLAPIC_MSR_BASE, 0xfee00d00));
	assert_int_equal(page_read(0, 0x80), 0xffffffff);
	assert_true(msr_read(0, 0x802, &value));
	assert_int_equal(value, 0);
	(void)msr_write(3, VLAPIC_MSR_BASE, 0xfee00c00);
	assert_true(msr_read(3, 0x80d, &value));
	assert_int_equal(value, 8);
}

/* ---- commands: every mode, shorthand and kind of destination ---- */

/* What vcpu @n has got: bits 7:0 of a vector, NMI, INIT, SIPI. */
#define GOT_NMI 0x100U
#define GOT_INIT 0x200U
#define GOT_SIPI 0x400U

static u32 got(u32 n)
{
	const u32 vector = take(n);

	return vector | (q.s.cpu[n].nmi ? GOT_NMI : 0U) | (vcpus[n].started != 0U ? GOT_SIPI : 0U) |
	       (vcpus[n].off ? GOT_INIT : 0U);
}

static u32 expected_of(u32 mode, bool member)
{
	static const u32 by_mode[] = { 0x55, 0x55, 0, 0, GOT_NMI, GOT_INIT, GOT_SIPI, 0 };

	return member ? by_mode[mode] : 0U;
}

static u32 set_of(u32 shorthand, u32 self, u32 set)
{
	switch (shorthand) {
	case IPI_SELF:
		return 1U << self;
	case IPI_ALL:
		return 0xf;
	case IPI_OTHERS:
		return 0xfU & ~(1U << self);
	default:
		return set;
	}
}

/* Vcpu 1 sends to @dest, which names @set. Lowest priority: the lowest of equals. */
static void check_sent(u32 mode, u32 shorthand, bool logical, u64 dest, u32 set, bool x2apic)
{
	const u32 low = mode << 8 | shorthand << 18 | (logical ? 1U << 11 : 0U) | 0x4055U;

	set = set_of(shorthand, 1, set);
	if (mode == MODE_LOWEST)
		set &= 0U - set;
	for (u32 n = 0; n < VCPUS; n++)
		vcpus[n].off = mode == MODE_STARTUP;
	if (x2apic) {
		(void)msr_write(1, ICR, X2(dest) | low);
	} else {
		page_write(1, 0x310, (u32)dest << 24);
		page_write(1, 0x300, low);
	}
	for (u32 n = 0; n < VCPUS; n++) {
		u32 found = got(n);

		if (mode == MODE_STARTUP)
			found &= ~GOT_INIT;
		assert_int_equal(found, expected_of(mode, (set & 1U << n) != 0U));
	}
}

static void each_command(bool x2apic, bool logical, u64 dest, u32 set, void (*prepare)(void))
{
	for (u32 mode = 0; mode < 8U; mode++) {
		for (u32 shorthand = 0; shorthand < 4U; shorthand++) {
			machine_reset();
			machine_run(x2apic);
			if (prepare != NULL)
				prepare();
			check_sent(mode, shorthand, logical, dest, set, x2apic);
		}
	}
}

static void flat(void)
{
	for (u32 n = 0; n < VCPUS; n++)
		page_write(n, 0xd0, 1U << (24U + n));
}

/* Vcpus 0 and 1 in cluster 2, the others in cluster 5. */
static void cluster(void)
{
	for (u32 n = 0; n < VCPUS; n++) {
		page_write(n, 0xe0, 0);
		page_write(n, 0xd0, (n < 2U ? 0x20U : 0x50U) << 24 | 1U << (24U + n % 2U));
	}
}

TEST(every_command_reaches_exactly_those_it_names)
{
	each_command(false, false, 2, 0x4, NULL);
	each_command(false, false, 0xff, 0xf, NULL);
	each_command(false, false, 9, 0, NULL);
	each_command(false, true, 0x5, 0x5, flat);
	each_command(false, true, 0xf0, 0, flat);
	each_command(false, true, 0x51, 0x4, cluster);
	each_command(false, true, 0x23, 0x3, cluster);
	each_command(false, true, 0xff, 0xf, cluster);
	each_command(true, false, 3, 0x8, NULL);
	each_command(true, false, 0xff, 0, NULL);
	each_command(true, false, 0xffffffff, 0xf, NULL);
	each_command(true, true, 0x0000000a, 0xa, NULL);
	each_command(true, true, 0x0001000a, 0, NULL);
	each_command(true, true, 0xffffffff, 0xf, NULL);
}

TEST(lowest_priority_goes_to_the_one_that_does_the_least)
{
	machine_run(false);
	flat();
	page_write(0, 0x80, 0x30);
	page_write(1, 0x80, 0x20);
	page_write(3, 0x80, 0x10);
	page_write(2, 0xf0, 0xff);
	page_write(0, 0x310, 0x0f000000);
	page_write(0, 0x300, 0x4955);
	assert_int_equal(take(3), 0x55);
	assert_int_equal(take(2) + take(1) + take(0), 0);
}

TEST(only_a_single_fixed_target_goes_the_short_way)
{
	machine_run(true);
	assert_true(msr_write(0, ICR, X2(1) | 0x40U));
	assert_true(msr_write(0, ICR, X2(0) | 0x41U));
	assert_int_equal(q.s.cpu[0].sent_fast, 2);
	assert_int_equal(q.s.cpu[0].sent_slow, 0);
	assert_true(msr_write(0, ICR, 0xc0040U));
	assert_true(msr_write(0, ICR, X2(0xffffffff) | 0x40U));
	assert_true(msr_write(0, ICR, X2(1) | 0x440U));
	assert_true(msr_write(0, ICR, X2(99) | 0x40U));
	assert_int_equal(q.s.cpu[0].sent_fast, 2);
	assert_int_equal(q.s.cpu[0].sent_slow, 4);
}

TEST(a_receiver_is_kicked_once_until_it_looks)
{
	machine_run(true);
	vcpus[1].kicks = 0;
	for (u32 i = 0; i < 5U; i++)
		assert_true(msr_write(0, ICR, X2(1) | (0x40U + i)));
	assert_int_equal(vcpus[1].kicks, 1);
	assert_int_equal(take(1), 0x44);
	assert_true(msr_write(0, ICR, X2(1) | 0x60U));
	assert_int_equal(vcpus[1].kicks, 2);
}

TEST(init_is_tried_again_until_the_receiver_is_off_and_resets_its_apic)
{
	machine_run(true);
	vcpus[1].leaves_after = 2;
	(void)msr_write(1, 0x808, 0x70);
	assert_int_equal(vlapic_wrmsr(&q, 0, ICR, X2(1) | 0x4500U), TRAP_RETRY);
	assert_int_equal(vlapic_wrmsr(&q, 0, ICR, X2(1) | 0x4500U), TRAP_RETRY);
	assert_int_equal(q.s.cpu[0].icr, 0);
	assert_int_equal(vlapic_wrmsr(&q, 0, ICR, X2(1) | 0x4500U), TRAP_RESUME);
	assert_int_equal(q.s.cpu[0].icr, X2(1) | 0x4500U);
	assert_int_equal(q.s.cpu[1].tpr, 0);
	/* INIT keeps the mode, and with it the logical id. */
	assert_true(vlapic_x2(&q.s.cpu[1]));
	assert_int_equal(vlapic_ldr(&q.s.cpu[1]), 2);
	assert_int_equal(vlapic_wrmsr(&q, 0, ICR, X2(1) | 0x4699U), TRAP_RESUME);
	assert_int_equal(vcpus[1].page, 0x99);
	assert_int_equal(vlapic_wrmsr(&q, 0, ICR, X2(1) | 0x4698U), TRAP_RESUME);
	assert_int_equal(vcpus[1].started, 1);
	assert_int_equal(vlapic_wrmsr(&q, 0, ICR, X2(0) | 0x4500U), TRAP_PARK);
}

TEST(messages_of_devices_reach_whom_they_name)
{
	machine_run(false);
	flat();
	assert_true(ipi_message(&q, 0xfee02000, 0x61));
	assert_int_equal(take(2), 0x61);
	assert_true(ipi_message(&q, 0xfee0a004, 0x62));
	assert_int_equal(take(1), 0x62);
	assert_int_equal(take(3), 0x62);
	assert_true(ipi_message(&q, 0xfee01000, 0x400));
	(void)vlapic_fold(&q.s.cpu[1]);
	assert_true(q.s.cpu[1].nmi);
	assert_true(ipi_message(&q, 0xfee01000, 0x07));
	(void)vlapic_fold(&q.s.cpu[1]);
	assert_int_equal(q.s.cpu[1].errors, ESR_RECEIVE_VECTOR);
	assert_false(ipi_message(&q, 0xfef00000, 0x61));
}

/* ---- timer ---- */

static void elapse(u32 n, u64 ticks)
{
	machine_time += ticks;
	if (vcpus[n].alarm <= machine_time)
		vcpus[n].alarm = vtimer_look(&q.s.cpu[n], machine_time);
}

TEST(a_one_shot_timer_fires_once)
{
	machine_run(false);
	page_write(0, 0x3e0, 0xb);
	page_write(0, 0x320, 0x30);
	page_write(0, 0x380, 5000);
	assert_int_equal(vcpus[0].alarm, machine_time + 5000U);
	elapse(0, 4000);
	assert_int_equal(page_read(0, 0x390), 1000);
	assert_int_equal(take(0), 0);
	elapse(0, 1000);
	assert_int_equal(take(0), 0x30);
	assert_int_equal(page_read(0, 0x390), 0);
	assert_int_equal(vcpus[0].alarm, VTIMER_OFF);
}

TEST(a_periodic_timer_fires_again_and_forgets_what_was_missed)
{
	u8 v[8];

	machine_run(false);
	page_write(0, 0x3e0, 0);
	page_write(0, 0x320, 0x20031);
	page_write(0, 0x380, 4000);
	for (u32 i = 0; i < 3U; i++) {
		elapse(0, 8000);
		assert_int_equal(drain(0, v, 8), 1);
	}
	elapse(0, 80000);
	assert_int_equal(drain(0, v, 8), 1);
	assert_int_equal(vcpus[0].alarm, machine_time + 8000U);
	page_write(0, 0x380, 0);
	assert_int_equal(vcpus[0].alarm, VTIMER_OFF);
	/* A period that would leave the guest no time is longer. */
	page_write(0, 0x380, 1);
	elapse(0, 2);
	assert_true(vcpus[0].alarm > machine_time + 1000U);
}

TEST(a_tsc_deadline_is_one_only_in_its_mode)
{
	u64 value = 1;

	machine_run(true);
	assert_true(msr_write(0, VLAPIC_MSR_DEADLINE, 9000));
	assert_true(msr_read(0, VLAPIC_MSR_DEADLINE, &value));
	assert_int_equal(value, 0);
	assert_true(msr_write(0, 0x832, 0x40032));
	assert_true(msr_write(0, 0x838, 77));
	assert_int_equal(vcpus[0].alarm, VTIMER_OFF);
	assert_true(msr_write(0, VLAPIC_MSR_DEADLINE, 9000));
	assert_int_equal(vcpus[0].alarm, 9000);
	elapse(0, 10000);
	assert_int_equal(take(0), 0x32);
	assert_true(msr_read(0, VLAPIC_MSR_DEADLINE, &value));
	assert_int_equal(value, 0);
	assert_true(msr_write(0, VLAPIC_MSR_DEADLINE, ~0ULL - 1U));
	assert_true(msr_write(0, 0x832, 0x32));
	assert_int_equal(vcpus[0].alarm, VTIMER_OFF);
}

/* ---- I/O APIC ---- */

static u32 io_read(u32 reg)
{
	vioapic_write(&q, 0, 4, reg);
	return (u32)vioapic_read(&q, 0x10, 4);
}

static void io_write(u32 reg, u32 value)
{
	vioapic_write(&q, 0, 4, reg);
	vioapic_write(&q, 0x10, 4, value);
}

TEST(the_registers_of_the_io_apic_keep_what_they_may)
{
	assert_int_equal(io_read(1), 0x170020);
	io_write(0, 0xffffffff);
	assert_int_equal(io_read(0), 0x0f000000);
	assert_int_equal(io_read(0x10), 0x10000);
	io_write(0x10, 0xffffffff);
	assert_int_equal(io_read(0x10), 0x1afff);
	io_write(0x11, 0xffffffff);
	assert_int_equal(io_read(0x11), 0xff000000);
	io_write(0x40, 0);
	assert_int_equal(io_read(0x40), 0);
	assert_int_equal(vioapic_read(&q, 0x20, 4), 0);
}

TEST(an_edge_is_delivered_once_and_lost_while_it_is_masked)
{
	machine_run(false);
	vioapic_edge(&q, 5);
	io_write(0x1b, 1U << 24);
	io_write(0x1a, 0x45);
	assert_int_equal(take(1), 0);
	vioapic_line(&q, 5, true);
	vioapic_line(&q, 5, true);
	assert_int_equal(take(1), 0x45);
	vlapic_end(&q, 1);
	assert_int_equal(take(1), 0);
	vioapic_line(&q, 5, false);
	vioapic_line(&q, 5, true);
	assert_int_equal(take(1), 0x45);
}

TEST(a_level_comes_again_until_it_is_gone)
{
	machine_run(false);
	io_write(0x18, 0x8046);
	vioapic_line(&q, 4, true);
	assert_int_equal(io_read(0x18) & 0x4000U, 0x4000);
	assert_int_equal(take(0), 0x46);
	assert_int_equal(page_read(0, 0x1a0), 0x40);
	vlapic_end(&q, 0);
	assert_int_equal(take(0), 0x46);
	vioapic_line(&q, 4, false);
	vlapic_end(&q, 0);
	assert_int_equal(take(0), 0);
	assert_int_equal(io_read(0x18) & 0x4000U, 0);
}

TEST(without_broadcast_the_io_apic_waits_for_its_own_end_of_interrupt)
{
	machine_run(false);
	page_write(0, 0xf0, 0x11ff);
	io_write(0x18, 0x8046);
	vioapic_line(&q, 4, true);
	assert_int_equal(take(0), 0x46);
	vlapic_end(&q, 0);
	assert_int_equal(take(0), 0);
	vioapic_write(&q, 0x40, 4, 0x46);
	assert_int_equal(take(0), 0x46);
}

TEST(a_level_that_was_masked_comes_when_it_is_unmasked)
{
	machine_run(false);
	vioapic_line(&q, 4, true);
	io_write(0x18, 0x18046);
	assert_int_equal(take(0), 0);
	io_write(0x18, 0x8046);
	assert_int_equal(take(0), 0x46);
	/* Made edge-triggered and level-triggered again, it forgets that it waits. */
	io_write(0x18, 0x10046);
	io_write(0x18, 0x8046);
	vlapic_end(&q, 0);
	assert_int_equal(take(0), 0x46);
}

/* The board's line @pin is asserted: taken if it is open. */
static bool board(u32 pin)
{
	if ((lines_open & 1U << pin) == 0U)
		return false;
	lines_open &= ~(1U << pin);
	vioapic_line(&q, pin, true);
	return true;
}

TEST(a_line_of_the_board_is_open_while_its_entry_could_deliver_it)
{
	machine_run(false);
	q.bound = 1U << 10;
	io_write(0x24, 0x1804a);
	assert_false(board(10));
	io_write(0x24, 0x804a);
	assert_int_equal(lines_open, 1U << 10);
	assert_true(board(10));
	assert_int_equal(take(0), 0x4a);
	assert_false(board(10));
	/* Ended, the board says whether it is asserted still. */
	vlapic_end(&q, 0);
	assert_int_equal(take(0), 0);
	assert_true(board(10));
	assert_int_equal(take(0), 0x4a);
	/* Masked in service it stays closed, and what has gone meanwhile does not come. */
	io_write(0x24, 0x1804a);
	vlapic_end(&q, 0);
	assert_false(board(10));
	io_write(0x24, 0x804a);
	assert_int_equal(take(0), 0);
	assert_int_equal(lines_open, 1U << 10);
	/* Taken just before it was masked. */
	vioapic_line(&q, 10, false);
	io_write(0x24, 0x1804a);
	vioapic_line(&q, 10, true);
	assert_int_equal(take(0), 0);
	assert_int_equal(lines_open, 0);
	io_write(0x24, 0x804a);
	assert_true(board(10));
	assert_int_equal(take(0), 0x4a);
	vlapic_end(&q, 0);
	/* An edge leaves it open. */
	io_write(0x24, 0x4a);
	assert_int_equal(lines_open, 1U << 10);
	vioapic_edge(&q, 10);
	assert_int_equal(take(0), 0x4a);
	assert_int_equal(lines_open, 1U << 10);
}

/* ---- 8259 ---- */

static void pic_start(void)
{
	static const u8 first[] = { 0x20, 0x04, 0x01 };
	static const u8 second[] = { 0x28, 0x02, 0x01 };

	vpic_write(&q, 0x20, 0x11);
	vpic_write(&q, 0xa0, 0x11);
	for (u32 i = 0; i < 3U; i++) {
		vpic_write(&q, 0x21, first[i]);
		vpic_write(&q, 0xa1, second[i]);
	}
}

TEST(an_8259_that_was_not_started_delivers_nothing)
{
	vpic_line(&q, 1, true);
	assert_false(vpic_waits(&q.s.pic));
	vpic_write(&q, 0x21, 0xfb);
	assert_int_equal(vpic_read(&q.s.pic, 0x21), 0xfb);
}

TEST(the_8259_serves_by_priority_and_through_its_cascade)
{
	pic_start();
	vpic_write(&q, 0x21, 0x02);
	vpic_line(&q, 1, true);
	assert_false(vpic_waits(&q.s.pic));
	vpic_write(&q, 0x21, 0);
	assert_true(vpic_waits(&q.s.pic));
	vpic_line(&q, 12, true);
	assert_int_equal(vpic_take(&q.s.pic), 0x21);
	assert_false(vpic_waits(&q.s.pic));
	vpic_write(&q, 0x20, 0x20);
	assert_int_equal(vpic_take(&q.s.pic), 0x2c);
	vpic_write(&q, 0xa0, 0x0b);
	assert_int_equal(vpic_read(&q.s.pic, 0xa0), 0x10);
	vpic_write(&q, 0xa0, 0x20);
	vpic_write(&q, 0x20, 0x20);
	assert_int_equal(vpic_read(&q.s.pic, 0xa0), 0);
	assert_int_equal(vpic_take(&q.s.pic), 0x27);
}

TEST(only_who_has_lint0_for_it_hears_of_the_8259)
{
	pic_start();
	machine_run(false);
	assert_false(vlapic_takes_pic(&q.s.cpu[0]));
	page_write(0, 0x350, 0x700);
	assert_true(vlapic_takes_pic(&q.s.cpu[0]));
	vcpus[0].kicks = 0;
	(void)vlapic_fold(&q.s.cpu[0]);
	vpic_line(&q, 3, true);
	assert_int_equal(vcpus[0].kicks, 1);
	(void)msr_write(0, VLAPIC_MSR_BASE, 0xfee00000);
	assert_true(vlapic_takes_pic(&q.s.cpu[0]));
	(void)msr_write(1, VLAPIC_MSR_BASE, 0xfee00000);
	assert_false(vlapic_takes_pic(&q.s.cpu[1]));
}

TEST(elcr_keeps_only_inputs_that_can_be_levels)
{
	vpic_write(&q, 0x4d0, 0xff);
	vpic_write(&q, 0x4d1, 0xff);
	assert_int_equal(vpic_read(&q.s.pic, 0x4d0), 0xf8);
	assert_int_equal(vpic_read(&q.s.pic, 0x4d1), 0xde);
	pic_start();
	vpic_line(&q, 5, true);
	assert_int_equal(vpic_take(&q.s.pic), 0x25);
	vpic_write(&q, 0x20, 0x65);
	assert_int_equal(vpic_take(&q.s.pic), 0x25);
	vpic_write(&q, 0x20, 0x65);
	vpic_line(&q, 5, false);
	assert_false(vpic_waits(&q.s.pic));
}

/* ---- reset ---- */

TEST(every_byte_of_the_state_is_in_the_table_of_fields)
{
	static u8 seen[sizeof(struct vlapic)];
	u32 pad = 0;

	memset(seen, 0, sizeof(seen));
	for (u32 i = 0; i < vapic_field_count; i++) {
		const struct vapic_field *f = &vapic_fields[i];

		assert_int_equal(f->size % f->width, 0);
		for (u32 b = 0; f->per_cpu && b < f->size; b++) {
			assert_int_equal(seen[f->offset + b], 0);
			seen[f->offset + b] = 1;
		}
	}
	for (u32 b = 0; b < sizeof(seen); b++)
		pad += seen[b] == 0U ? 1U : 0U;
	/* Alignment, in front of what other CPUs write and behind it. */
	assert_true(pad < 128U);
}

TEST(reset_makes_the_state_what_it_was_at_boot)
{
	static struct vapic_state at_boot;

	memcpy(&at_boot, &q.s, sizeof(at_boot));
	machine_run(true);
	pic_start();
	io_write(0x18, 0x8046);
	vioapic_line(&q, 4, true);
	for (u32 n = 0; n < VCPUS; n++) {
		for (u32 i = 0; i < 0x100U; i++)
			(void)msr_write(n, VLAPIC_MSR_FIRST + i, 0x41);
	}
	(void)take(0);
	/* A line may rise at any time. */
	for (u32 at = 0; vapic_reset_step(&q, &at) == BH_EAGAIN;) {
		vioapic_edge(&q, 5);
		vioapic_line(&q, 4, at % 2U == 0U);
		vpic_line(&q, 3, at % 2U == 0U);
		assert_in_range(at, 1, 3U * VCPUS + 1U);
	}
	for (u32 n = 0; n < VLAPIC_VCPUS_MAX; n++) {
		q.s.cpu[n].sent_fast = 0;
		q.s.cpu[n].sent_slow = 0;
	}
	assert_memory_equal(&at_boot, &q.s, sizeof(at_boot));
}

#define T(name) cmocka_unit_test_setup(name, vlapic_setup)
UNIT_TESTS(T(the_table_is_in_order_and_its_rows_lie_apart),
	   T(every_offset_of_the_page_reads_as_the_table_says),
	   T(every_msr_reads_and_writes_as_the_table_says),
	   T(reserved_bits_of_the_page_are_dropped),
	   T(after_reset_the_apic_is_software_disabled_and_everything_is_masked),
	   T(the_most_urgent_interrupt_is_served_first_and_keeps_the_others_out),
	   T(the_task_priority_keeps_its_class_and_those_below_out),
	   T(an_illegal_vector_is_an_error_and_nothing_is_sent),
	   T(a_reserved_bit_of_a_command_is_a_fault_and_nothing_is_sent),
	   T(the_apic_changes_its_mode_only_as_the_figure_says),
	   T(a_disabled_apic_forgets_and_its_page_is_not_there),
	   T(every_command_reaches_exactly_those_it_names),
	   T(lowest_priority_goes_to_the_one_that_does_the_least),
	   T(only_a_single_fixed_target_goes_the_short_way),
	   T(a_receiver_is_kicked_once_until_it_looks),
	   T(init_is_tried_again_until_the_receiver_is_off_and_resets_its_apic),
	   T(messages_of_devices_reach_whom_they_name), T(a_one_shot_timer_fires_once),
	   T(a_periodic_timer_fires_again_and_forgets_what_was_missed),
	   T(a_tsc_deadline_is_one_only_in_its_mode),
	   T(the_registers_of_the_io_apic_keep_what_they_may),
	   T(an_edge_is_delivered_once_and_lost_while_it_is_masked),
	   T(a_level_comes_again_until_it_is_gone),
	   T(without_broadcast_the_io_apic_waits_for_its_own_end_of_interrupt),
	   T(a_level_that_was_masked_comes_when_it_is_unmasked),
	   T(a_line_of_the_board_is_open_while_its_entry_could_deliver_it),
	   T(an_8259_that_was_not_started_delivers_nothing),
	   T(the_8259_serves_by_priority_and_through_its_cascade),
	   T(only_who_has_lint0_for_it_hears_of_the_8259),
	   T(elcr_keeps_only_inputs_that_can_be_levels),
	   T(every_byte_of_the_state_is_in_the_table_of_fields),
	   T(reset_makes_the_state_what_it_was_at_boot));
