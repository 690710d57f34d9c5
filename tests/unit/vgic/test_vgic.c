// SPDX-License-Identifier: Apache-2.0
#include <pthread.h>
#include <stdlib.h>

#include <bulkhead/arch/cpu.h>
#include <bulkhead/lib/error.h>
#include <rnd.h>
#include <unit.h>

#include "interface.h"

#define VCPUS 3U
#define SPI 40U

static struct virq q;

static void wrong(const char *what)
{
	fail_msg("%s", what);
}

static int vgic_setup(void **state)
{
	const int err = unit_setup(state);

	on_wrong = wrong;
	interface_reset();
	vgic_regs_init();
	vgic_init(&q, 3, VCPUS, &interface_ops);
	for (u32 n = 0; n < VCPUS; n++)
		load_cpu(&q, n);
	be_cpu(0);
	return err;
}

static u64 reg_read(enum vgic_frame frame, u32 cpu, u64 offset, u32 size)
{
	u64 value = 0;

	assert_int_equal(vgic_register(&q, 0, cpu, frame, offset, size, false, &value),
			 TRAP_RESUME);
	return value;
}

static void reg_write(enum vgic_frame frame, u32 cpu, u64 offset, u32 size, u64 value)
{
	assert_int_equal(vgic_register(&q, 0, cpu, frame, offset, size, true, &value), TRAP_RESUME);
}

static void enable_all(void)
{
	reg_write(VGIC_GICD, 0, 0x0, 4, 2);
	for (u32 word = 1; word < VGIC_WORDS; word++) {
		reg_write(VGIC_GICD, 0, 0x100U + 4U * word, 4, 0xffffffffU);
		reg_write(VGIC_GICD, 0, 0xc00U + 8U * word, 4, 0xaaaaaaaaU);
		reg_write(VGIC_GICD, 0, 0xc04U + 8U * word, 4, 0xaaaaaaaaU);
	}
	for (u32 n = 0; n < VCPUS; n++)
		reg_write(VGIC_SGI, n, 0x100, 4, 0xffffffffU);
}

TEST(the_table_is_in_order_and_its_rows_lie_apart)
{
	for (u32 i = 0; i < vgic_row_count; i++) {
		const struct vgic_row *r = &vgic_rows[i];

		assert_true(r->width == 4U || r->width == 8U);
		assert_int_equal(r->offset % r->width, 0);
		assert_true(r->offset + r->count * r->width <= 0x10000U);
		assert_true(r->kind == VGIC_RO || r->write != NULL);
		if (i > 0U && r[-1].frame == r->frame)
			assert_true(r[-1].offset + r[-1].count * r[-1].width <= r->offset);
		else if (i > 0U)
			assert_true(r[-1].frame < r->frame);
	}
}

static u64 mask_of(u32 size)
{
	return ~0ULL >> (64U - 8U * size);
}

/* What a register of @r reads once ones were written to all of it. */
static u64 after_ones(const struct vgic_row *r)
{
	const u64 fixed = r->reset & r->read_only;

	if (r->kind == VGIC_RO || r->kind == VGIC_WO)
		return r->reset;
	return r->kind == VGIC_CLEAR ? fixed : fixed | (~r->read_only & mask_of(r->width));
}

static void try_size(const struct vgic_row *r, u64 at, u32 byte, u32 size)
{
	const enum vgic_frame frame = (enum vgic_frame)r->frame;
	const bool computed = r->by_vcpu != 0U || (r->kind == VGIC_RO && r->read != NULL);
	const u64 clear = (at & 0xf00U) == 0xf00U ? at - 0x10U : at + 0x80U;
	const u64 undo = r->kind == VGIC_SET ? clear : at;
	const u64 reset = r->reset >> (8U * byte) & mask_of(size);

	if ((r->sizes & (1U << size)) == 0U) {
		assert_true(reg_read(frame, 1, at + byte, size) == 0U);
		reg_write(frame, 1, at + byte, size, ~0ULL);
		return;
	}
	if (!computed)
		assert_true(reg_read(frame, 1, at + byte, size) == reset);
	reg_write(frame, 1, at + byte, size, ~0ULL);
	/* What GICR_WAKER says of the children follows what was written. */
	if (!computed && (frame != VGIC_RD || at != 0x14U))
		assert_true(reg_read(frame, 1, at + byte, size) ==
			    (after_ones(r) >> (8U * byte) & mask_of(size)));
	reg_write(frame, 1, undo + byte, size,
		  r->kind == VGIC_SET ? ~0ULL : r->reset >> (8U * byte));
	if (!computed)
		assert_true(reg_read(frame, 1, at + byte, size) == reset);
}

TEST(every_register_has_its_reset_value_widths_and_fixed_bits)
{
	/* The other vcpus are not loaded, so that their state is in the model. */
	q.s.cpu[1].loaded_on = VGIC_NOWHERE;
	q.s.cpu[2].loaded_on = VGIC_NOWHERE;
	for (u32 i = 0; i < vgic_row_count; i++) {
		const struct vgic_row *r = &vgic_rows[i];

		q.version = r->frame == VGIC_GICD2 ? 2 : 3;
		for (u32 k = 0; k < r->count; k++) {
			for (u32 size = 1; size <= r->width; size *= 2U) {
				for (u32 byte = 0; byte < r->width; byte += size)
					try_size(r, r->offset + (u64)k * r->width, byte, size);
			}
		}
	}
}

TEST(between_the_registers_there_is_nothing)
{
	for (u32 frame = 0; frame < VGIC_FRAMES; frame++) {
		u32 at = 0;

		for (u32 i = 0; i <= vgic_row_count; i++) {
			const struct vgic_row *r = &vgic_rows[i];
			const u32 end = i == vgic_row_count ? 0x10000U : r->offset;

			if (i < vgic_row_count && r->frame != frame)
				continue;
			for (; at + 4U <= end; at += 4U) {
				reg_write((enum vgic_frame)frame, 0, at, 4, ~0ULL);
				assert_true(reg_read((enum vgic_frame)frame, 0, at, 4) == 0U);
			}
			if (i < vgic_row_count)
				at = r->offset + r->count * r->width;
		}
	}
}

/* Which bytes of the state a field of @kind covers; each is covered once. */
static u8 covered[sizeof(struct vgic_state)];

static void cover(void)
{
	memset(covered, 0xff, sizeof(covered));
	for (u32 i = 0; i < vgic_field_count; i++) {
		const struct vgic_field *f = &vgic_fields[i];
		const u32 copies = f->per_cpu ? VGIC_VCPUS_MAX : 1U;

		for (u32 n = 0; n < copies; n++) {
			u8 *at = covered + f->offset;

			if (f->per_cpu)
				at += offsetof(struct vgic_state, cpu) +
				      n * sizeof(struct vgic_cpu);
			for (u32 k = 0; k < f->size; k++) {
				assert_int_equal(at[k], 0xff);
				at[k] = f->kind;
			}
		}
	}
}

static void reset(void)
{
	u32 at = 0;

	while (vgic_reset_step(&q, &at) == BH_EAGAIN)
		continue;
}

TEST(whatever_byte_of_its_state_changes_a_reset_brings_it_back)
{
	static struct virq fresh;
	u32 left_out = 0;

	cover();
	vgic_init(&q, 3, VGIC_VCPUS_MAX, &interface_ops);
	memcpy(&fresh, &q, sizeof(q));
	for (u32 i = 0; i < sizeof(q.s); i++) {
		left_out += covered[i] == 0xffU;
		if (covered[i] != FIELD_RESET)
			continue;
		((u8 *)&q.s)[i] ^= 0xffU;
		reset();
		assert_memory_equal(&q.s, &fresh.s, sizeof(q.s));
	}
	/* Padding, to 64 bytes for each vcpu and before the first. */
	assert_true(left_out < 64U * (VGIC_VCPUS_MAX + 1U));
}

/* What comes from outside while no vcpu runs; SPIs 32 to 71 are bound. */
static void disturb(u32 step)
{
	const u32 taken = 32U + step % 40U;

	vgic_raise(&q, SPI + 60U + step % 8U);
	vgic_line(&q, SPI + 70U, step % 2U == 0U);
	/* It was on its way to another CPU. */
	physical_active[taken] = true;
	vgic_physical(&q, 0, taken);
}

TEST(between_two_steps_of_a_reset_anything_may_come)
{
	static struct virq fresh;
	u32 steps = 0;
	u32 at = 0;

	vgic_init(&q, 3, VCPUS, &interface_ops);
	memcpy(&fresh, &q, sizeof(q));
	q.bound[1] = 0xffffffffU;
	q.bound[2] = 0xffU;
	enable_all();
	disturb(0);
	while (vgic_reset_step(&q, &at) == BH_EAGAIN) {
		if (steps < 40U)
			disturb(steps);
		steps++;
		assert_in_range(steps, 1, 200);
	}
	/* 40 lines, 6 a step; three vcpus and what they share. */
	assert_true(steps >= 40U / 6U + VCPUS);
	for (u32 i = 0; i < VGIC_LINES; i++)
		assert_false(physical_active[i]);
	for (u32 n = 0; n < VCPUS; n++) {
		/* It looks, and finds nothing. */
		assert_int_equal(q.s.cpu[n].request & ~VGIC_REQUEST_LOOK, 0);
		q.s.cpu[n].request = 0;
		q.s.cpu[n].folds = 0;
	}
	assert_memory_equal(&q.s, &fresh.s, sizeof(q.s));
}

/* Targets a write of ICC_SGI1R_EL1 by vcpu @n has, by the words of the specification. */
static bool is_target(u32 n, u32 t, u64 value)
{
	const bool same = ((value >> 16) & 0xffU) == 0U && ((value >> 32) & 0xffU) == 0U &&
			  ((value >> 48) & 0xffU) == 0U && ((value >> 44) & 0xfU) == 0U;

	if ((value >> 40 & 1U) != 0U)
		return t != n;
	return same && (value >> t & 1U) != 0U;
}

TEST(an_sgi_reaches_exactly_the_vcpus_it_names)
{
	rnd_start();
	enable_all();
	for (u32 i = 0; i < 20000U; i++) {
		u64 value = rnd() & 0x00ff00ff0fffffffULL;
		const u32 n = (u32)rnd_below(VCPUS);
		const u32 intid = (u32)(value >> 24 & 0xfU);

		if (rnd_below(4) != 0U)
			value &= 0x0f00ffffULL;
		if (rnd_below(4) == 0U)
			value |= 1ULL << 40;
		if (rnd_below(8) == 0U)
			value |= (rnd() & 0xfU) << 44;
		be_cpu(n);
		vgic_sgi(&q, n, value);
		come_to_rest(&q);
		for (u32 t = 0; t < VCPUS; t++) {
			be_cpu(t);
			assert_int_equal(guest_take(&q, t),
					 is_target(n, t, value) ? intid : SPURIOUS);
			guest_end(&q, t, intid);
		}
	}
}

TEST(interrupts_are_taken_by_priority_however_many_there_are)
{
	rnd_start();
	enable_all();
	for (u32 round = 0; round < 200U; round++) {
		const u32 count = 1U + (u32)rnd_below(60);
		u32 last = 0;

		for (u32 i = 0; i < count; i++) {
			const u32 intid = SPI + i;

			reg_write(VGIC_GICD, 0, 0x400U + intid, 1, rnd() & 0xf8U);
			spin_lock(&q.lock);
			vgic_raise(&q, intid);
			spin_unlock(&q.lock);
		}
		come_to_rest(&q);
		be_cpu(0);
		for (u32 i = 0; i < count; i++) {
			const u32 intid = guest_take(&q, 0);

			assert_true(intid >= SPI && intid < SPI + count);
			assert_true(q.s.priority[intid] >= last);
			last = q.s.priority[intid];
			serve(&q, 0);
			guest_end(&q, 0, intid);
		}
		assert_int_equal(guest_take(&q, 0), SPURIOUS);
	}
}

/* ---- anything at all, in any order ---- */

struct guest {
	u32 stack[64];
	u32 depth;
};

static struct guest guests[VCPUS];

static void random_access(u32 n)
{
	const struct vgic_row *r = &vgic_rows[rnd_below(vgic_row_count)];
	const u32 size = 1U << rnd_below(4);
	const u64 offset = rnd_below(8) == 0U ? rnd_below(0x10000)
					      : r->offset + rnd_below(r->count * r->width);
	u64 value = rnd_below(2) == 0U ? rnd() : 1ULL << rnd_below(32);

	if (r->kind == VGIC_RW && r->offset == 0U && r->frame == VGIC_GICD && rnd_below(4) != 0U)
		value = 2;
	(void)vgic_register(&q, n, (u32)rnd_below(VCPUS), (enum vgic_frame)r->frame,
			    offset & ~(u64)(size - 1U), size, rnd_below(3) != 0U, &value);
}

static void random_physical(u32 n)
{
	const u32 intid = rnd_below(2) == 0U ? VGIC_PPI_VTIMER : 100U;

	/* One CPU has the private one here: the model's physical interrupts are one of a kind. */
	if (physical_active[intid] || (intid < VGIC_PRIVATE && n != 0U))
		return;
	physical_active[intid] = true;
	if (intid == VGIC_PPI_VTIMER && rnd_below(4) != 0U && take_timer(&q, n))
		return;
	if (!interface_linked && intid < VGIC_PRIVATE && vgic_physical_own(&q, n, intid))
		return;
	spin_lock(&q.lock);
	vgic_physical(&q, n, intid);
	spin_unlock(&q.lock);
}

static void random_guest(u32 n)
{
	struct guest *g = &guests[n];
	const u32 intid = g->depth < ARRAY_SIZE(g->stack) ? guest_take(&q, n) : SPURIOUS;

	serve(&q, n);
	if (intid != SPURIOUS) {
		g->stack[g->depth] = intid;
		g->depth++;
	}
}

static void random_end(u32 n)
{
	struct guest *g = &guests[n];

	if (g->depth == 0U)
		return;
	g->depth--;
	guest_end(&q, n, g->stack[g->depth]);
	if (interfaces[n].split)
		guest_deactivate(&q, rnd_below(4) == 0U ? n : n, g->stack[g->depth]);
}

static void random_step(void)
{
	const u32 n = (u32)rnd_below(VCPUS);
	const u32 intid = SPI + (u32)rnd_below(40);

	be_cpu(n);
	serve(&q, n);
	switch (rnd_below(8)) {
	case 0:
		spin_lock(&q.lock);
		vgic_raise(&q, intid);
		spin_unlock(&q.lock);
		break;
	case 1:
		spin_lock(&q.lock);
		vgic_line(&q, intid, rnd_below(2) != 0U);
		spin_unlock(&q.lock);
		break;
	case 2:
		if (rnd_below(2) == 0U)
			vgic_sgi(&q, n, rnd() & 0x0f000007U);
		else
			send_short(&q, n, (u32)rnd_below(VCPUS), (u32)rnd_below(VGIC_SGIS));
		break;
	case 3:
		random_physical(n);
		break;
	case 4:
		random_access(n);
		break;
	case 5:
		random_end(n);
		break;
	default:
		random_guest(n);
		break;
	}
}

static void storm(u64 count)
{
	rnd_start();
	memset(guests, 0, sizeof(guests));
	enable_all();
	q.bound[100 / 32U] |= 1U << (100 % 32U);
	for (u64 i = 0; i < count; i++) {
		random_step();
		if (i % 64U != 0U)
			continue;
		come_to_rest(&q);
		check_state(&q);
		timer_line = rnd_below(4) != 0U;
		if (i % 4096U == 0U)
			enable_all();
	}
}

TEST(hostile_accesses_and_storms_lose_nothing_and_leave_no_trace)
{
	storm(wanted_count());
}

static void unlink_all(void)
{
	interface_linked = false;
	vgic_init(&q, 3, VCPUS, &interface_ops);
	q.direct = false;
	for (u32 n = 0; n < VCPUS; n++)
		load_cpu(&q, n);
	be_cpu(0);
}

/* As on a GICv2 whose ends cannot be relied on: who models it ends them (vgic_ops, linked). */
TEST(physical_interrupts_that_no_list_register_is_linked_to_come_again)
{
	unlink_all();
	storm(wanted_count() / 4U);
	for (u32 n = 0; n < VCPUS; n++) {
		for (u32 i = 0; i < LRS; i++)
			assert_true((interfaces[n].lr[i] & LR_HW) == 0U);
	}
}

/* ---- threads ---- */

#define EDGES 2000U
#define EDGES_FEW 100U
#define SOURCES 24U

static u64 stamp[SOURCES], seen[SOURCES];
static u32 running;
static u64 edge_count;
static u64 timers_raised, timers_taken;

/* The timer of vcpu 0, whose line stays high: again as soon as it has ended. */
static void raise_timer(void)
{
	if (physical_active[VGIC_PPI_VTIMER])
		return;
	physical_active[VGIC_PPI_VTIMER] = true;
	timers_raised++;
	if (vgic_physical_own(&q, 0, VGIC_PPI_VTIMER))
		return;
	spin_lock(&q.lock);
	vgic_physical(&q, 0, VGIC_PPI_VTIMER);
	spin_unlock(&q.lock);
}

/* The vcpu: takes interrupts until nobody raises any more and nothing is left. */
static void *vcpu_thread(void *arg)
{
	const u32 n = (u32)(uintptr_t)arg;
	u32 idle = 0;

	load_cpu(&q, n);
	while (idle < 1000U) {
		u32 intid;

		if (!interface_linked && n == 0U &&
		    __atomic_load_n(&running, __ATOMIC_SEQ_CST) != 0U)
			raise_timer();
		serve(&q, n);
		intid = guest_take(&q, n);
		if (intid == SPURIOUS) {
			idle = __atomic_load_n(&running, __ATOMIC_SEQ_CST) == 0U ? idle + 1U : 0U;
			cpu_relax();
			continue;
		}
		idle = 0;
		if (intid == VGIC_PPI_VTIMER)
			timers_taken++;
		if (intid >= SPI && intid < SPI + SOURCES) {
			const u64 at = __atomic_load_n(&stamp[intid - SPI], __ATOMIC_SEQ_CST);

			__atomic_store_n(&seen[intid - SPI], at, __ATOMIC_SEQ_CST);
		}
		guest_end(&q, n, intid);
	}
	return NULL;
}

/* Raises each source, moves some from vcpu to vcpu, reads and clears what others have. */
static void *source_thread(void *arg)
{
	be_cpu(VCPUS + (u32)(uintptr_t)arg);
	for (u64 k = 1; k <= edge_count; k++) {
		for (u32 i = (u32)(uintptr_t)arg; i < SOURCES; i += 2U) {
			__atomic_store_n(&stamp[i], k, __ATOMIC_SEQ_CST);
			spin_lock(&q.lock);
			vgic_raise(&q, SPI + i);
			spin_unlock(&q.lock);
		}
		if (k % 8U == 0U)
			cpu_relax();
	}
	__atomic_fetch_sub(&running, 1U, __ATOMIC_SEQ_CST);
	return NULL;
}

static void *rival_thread(void *arg)
{
	u64 value;

	(void)arg;
	be_cpu(VCPUS + 2U);
	for (u32 k = 0; __atomic_load_n(&running, __ATOMIC_SEQ_CST) != 0U; k++) {
		const u32 intid = SPI + k % SOURCES;

		value = k % VCPUS;
		(void)vgic_register(&q, VCPUS, VCPUS, VGIC_GICD, 0x6000U + 8U * intid, 8, true,
				    &value);
		(void)vgic_register(&q, VCPUS, VCPUS, VGIC_GICD, 0x304, 4, false, &value);
		vgic_sgi(&q, VCPUS, (u64)(k % 16U) << 24 | (k & 7U));
		cpu_relax();
	}
	return NULL;
}

static void race(u64 edges)
{
	pthread_t vcpus[VCPUS], sources[2], rival;

	edge_count = edges;
	enable_all();
	memset(stamp, 0, sizeof(stamp));
	memset(seen, 0, sizeof(seen));
	for (u32 i = 0; i < SOURCES; i++)
		reg_write(VGIC_GICD, 0, 0x6000U + 8U * (SPI + i), 8, i % VCPUS);
	come_to_rest(&q);
	running = 2;
	for (uintptr_t n = 0; n < VCPUS; n++)
		assert_int_equal(pthread_create(&vcpus[n], NULL, vcpu_thread, (void *)n), 0);
	for (uintptr_t n = 0; n < 2U; n++)
		assert_int_equal(pthread_create(&sources[n], NULL, source_thread, (void *)n), 0);
	assert_int_equal(pthread_create(&rival, NULL, rival_thread, NULL), 0);
	for (u32 n = 0; n < 2U; n++)
		assert_int_equal(pthread_join(sources[n], NULL), 0);
	assert_int_equal(pthread_join(rival, NULL), 0);
	for (u32 n = 0; n < VCPUS; n++)
		assert_int_equal(pthread_join(vcpus[n], NULL), 0);
	for (u32 i = 0; i < SOURCES; i++)
		assert_int_equal(seen[i], stamp[i]);
}

TEST(no_edge_is_lost_between_cpus)
{
	race(EDGES);
}

TEST(a_vcpus_own_interrupts_need_no_lock)
{
	unlink_all();
	timers_raised = 0;
	timers_taken = 0;
	race(EDGES_FEW);
	assert_true(timers_raised > 0U);
	assert_int_equal(timers_taken, timers_raised);
	assert_false(physical_active[VGIC_PPI_VTIMER]);
}

#define VGIC_TEST(name) cmocka_unit_test_setup(name, vgic_setup)

UNIT_TESTS(VGIC_TEST(the_table_is_in_order_and_its_rows_lie_apart),
	   VGIC_TEST(every_register_has_its_reset_value_widths_and_fixed_bits),
	   VGIC_TEST(between_the_registers_there_is_nothing),
	   VGIC_TEST(whatever_byte_of_its_state_changes_a_reset_brings_it_back),
	   VGIC_TEST(between_two_steps_of_a_reset_anything_may_come),
	   VGIC_TEST(an_sgi_reaches_exactly_the_vcpus_it_names),
	   VGIC_TEST(interrupts_are_taken_by_priority_however_many_there_are),
	   VGIC_TEST(hostile_accesses_and_storms_lose_nothing_and_leave_no_trace),
	   VGIC_TEST(physical_interrupts_that_no_list_register_is_linked_to_come_again),
	   VGIC_TEST(no_edge_is_lost_between_cpus), VGIC_TEST(a_vcpus_own_interrupts_need_no_lock));
