// SPDX-License-Identifier: Apache-2.0
/* The reset ladder on functions that go away, come back late, lie, or never come (BH-PCIE-006). */
#include <bulkhead/arch/timer.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/pcie/reset.h>

#include "tree.h"

#define HZ 1000000U /* a tick is a microsecond */
#define MS 1000U
#define MOST 100000U
#define PM_AT 0xc0U
#define AF_AT 0xd0U
#define DEVCTL_AT (0x40U + PCIE_DEVCTL)
#define DEVSTA_AT (0x40U + PCIE_DEVSTA)

enum trick { NONE, NO_EFFECT, NEVER_BACK, RETRY, ANOTHER, FORGETFUL };

/* A function as the test knows it, beside its model. */
static struct dev {
	u32 model, bdf;
	enum trick trick;   /* of a reset of its own */
	u32 away_ms;        /* so long it is not there after one */
	u64 back, quiet_to; /* when it is there again; before which nobody may ask */
	u64 pending_to;     /* transactions are under way until then */
	u32 resets[PCIE_RESET_WAYS];
	u8 fresh[MODEL_BYTES], clean[MODEL_BYTES];
} dev[4];

static u32 devs, bridge_bdf, accesses, early, wild;
static bool bus_held;
static u32 device_class;
static const struct pcie_config_ops *inner;
static struct pcie_reset job;
static struct pcie_clean list[4];

static struct dev *dev_of(u32 bdf)
{
	for (u32 i = 0; i < devs; i++)
		if (dev[i].bdf == bdf)
			return &dev[i];
	return NULL;
}

static bool mastering(void)
{
	bool any = false;

	for (u32 i = 0; i < devs; i++)
		any = any ||
		      (model_get(&m, dev[i].model, PCI_COMMAND, 2) & PCI_COMMAND_MASTER) != 0U;
	return any;
}

static void dev_reset(struct dev *d, enum pcie_reset_way way, u32 least_ms)
{
	const bool bus = way == PCIE_RESET_BUS;

	d->resets[way]++;
	wild += mastering() || (!bus && d->pending_to > timer_now()) ? 1U : 0U;
	d->quiet_to = timer_now() + least_ms * MS;
	if (d->trick == NO_EFFECT && !bus)
		return;
	memcpy(m.fn[d->model].data, d->fresh, MODEL_BYTES);
	d->pending_to = 0;
	d->back = d->trick == NEVER_BACK && !bus ? ~0ULL : d->quiet_to + d->away_ms * MS;
}

static u32 hook_read(const struct pcie_host *h, u32 bdf, u32 offset, u32 width)
{
	struct dev *d = dev_of(bdf);
	const u32 ones = width == 4U ? ~0U : (1U << (8U * width)) - 1U;

	accesses++;
	if (d == NULL)
		return inner->read(h, bdf, offset, width);
	early += timer_now() < d->quiet_to ? 1U : 0U;
	if (bus_held || timer_now() < d->back)
		return d->trick == RETRY && offset == PCI_ID ? 0xffff0001U & ones : ones;
	if (d->trick == ANOTHER && offset == PCI_ID && d->quiet_to != 0U)
		return 0x12345678U;
	if (offset == DEVSTA_AT && m.fn[d->model].data[0x40] == PCI_CAP_ID_PCIE)
		return timer_now() < d->pending_to ? PCIE_DEVSTA_PENDING : 0U;
	if (offset == AF_AT + PCI_AF_STATUS && m.fn[d->model].data[AF_AT] == PCI_CAP_ID_AF)
		return timer_now() < d->pending_to ? PCI_AF_TRANSACTIONS : 0U;
	return inner->read(h, bdf, offset, width);
}

static void hook_bus(u32 value)
{
	const bool hold = (value & PCI_BRIDGE_BUS_RESET) != 0U;

	for (u32 i = 0; i < devs && hold && !bus_held; i++)
		if (dev[i].bdf >> 8 != 0U)
			dev_reset(&dev[i], PCIE_RESET_BUS, 1);
	for (u32 i = 0; i < devs && !hold && bus_held; i++)
		dev[i].quiet_to = timer_now() + 100U * MS;
	bus_held = hold;
}

static void hook_write(const struct pcie_host *h, u32 bdf, u32 offset, u32 width, u32 value)
{
	struct dev *d = dev_of(bdf);
	const u8 *data = d != NULL ? m.fn[d->model].data : NULL;

	accesses++;
	if (bdf == bridge_bdf && offset == PCI_BRIDGE_CONTROL)
		hook_bus(value);
	if (d == NULL) {
		inner->write(h, bdf, offset, width, value);
		return;
	}
	early += timer_now() < d->quiet_to ? 1U : 0U;
	if (bus_held || timer_now() < d->back)
		return;
	if (d->trick == FORGETFUL && offset == PCI_BAR0 + 16U && d->quiet_to != 0U)
		return;
	if (offset == PM_AT + PCI_PM_CONTROL && data[PM_AT] == PCI_CAP_ID_PM &&
	    (data[offset] & PCI_PM_STATE) == PCI_PM_D3HOT && (value & PCI_PM_STATE) == 0U)
		dev_reset(d, PCIE_RESET_D3, 10);
	inner->write(h, bdf, offset, width, value);
	if (offset == DEVCTL_AT && data[0x40] == PCI_CAP_ID_PCIE && (value & PCIE_DEVCTL_FLR) != 0U)
		dev_reset(d, PCIE_RESET_FLR, 100);
	if (offset == AF_AT + PCI_AF_CONTROL && data[AF_AT] == PCI_CAP_ID_AF && value == 1U)
		dev_reset(d, PCIE_RESET_AF, 100);
}

static const struct pcie_config_ops hook = { MODEL_BYTES, hook_read, hook_write };

/* ---- functions of many kinds ---- */

#define HAS_FLR 1U
#define HAS_AF 2U
#define HAS_PM 4U
#define HAS_ALL 7U

static struct dev *dev_add(u32 parent, u32 devfn, u32 has)
{
	struct dev *d = &dev[devs++];
	const u32 n = model_add(&m, parent, 0, devfn, NVME, device_class);

	d->model = n;
	model_bar(&m, n, 0, 0x4000, PCI_BAR_TYPE_64);
	model_bar(&m, n, 4, 0x1000, PCI_BAR_TYPE_32);
	model_writable(&m, n, PCI_CACHE_LINE, 2, 0xffff);
	model_writable(&m, n, PCI_INTERRUPT_LINE, 1, 0xff);
	if ((has & HAS_FLR) != 0U || parent != MODEL_NONE) {
		model_express(&m, n, PCIE_TYPE_ENDPOINT,
			      (has & HAS_FLR) != 0U ? PCIE_DEVCAP_FLR : 0U);
		model_writable(&m, n, 0x50, 2, 0x1c3);
		model_writable(&m, n, 0x68, 2, 0x7ff);
		model_set(&m, n, 0x100, 4, 0x00010000U | PCIE_EXT_ID_AER);
		model_writable(&m, n, 0x108, 4, ~0U);
		model_writable(&m, n, 0x10c, 4, ~0U);
	}
	model_cap(&m, n, 0x80, PCI_CAP_ID_MSIX);
	model_set(&m, n, 0x82, 2, 0x8040);
	model_writable(&m, n, 0x82, 2, 0xc000);
	model_set(&m, n, 0x84, 4, 0x2000);
	model_set(&m, n, 0x88, 4, 4);
	if ((has & HAS_AF) != 0U) {
		model_cap(&m, n, AF_AT, PCI_CAP_ID_AF);
		model_set(&m, n, AF_AT + PCI_AF_CAPABILITIES, 1, PCI_AF_FLR | PCI_AF_PENDING);
	}
	if ((has & HAS_PM) != 0U) {
		model_cap(&m, n, PM_AT, PCI_CAP_ID_PM);
		model_writable(&m, n, PM_AT + PCI_PM_CONTROL, 2, 0x0103);
	}
	return d;
}

static u32 port_add(void)
{
	const u32 port = model_bridge(&m, MODEL_NONE, 0, 8, PCIE_TYPE_ROOT_PORT, true);

	model_writable(&m, port, PCI_BRIDGE_CONTROL, 2, 0x0fff);
	return port;
}

/* Boot is over: the first @owned of them have an owner, who has had his way with them. */
static void found(u32 owned)
{
	for (u32 i = 0; i < devs; i++)
		memcpy(dev[i].fresh, m.fn[dev[i].model].data, MODEL_BYTES);
	tree_find(1);
	bridge_bdf = 8;
	for (u32 i = 0; i < devs; i++) {
		const struct model_function *f = &m.fn[dev[i].model];

		dev[i].bdf = f->parent == MODEL_NONE ? f->devfn : 0x100U | f->devfn;
		memcpy(dev[i].clean, f->data, MODEL_BYTES);
	}
	for (u32 i = 0; i < owned; i++)
		list[i].f = at(dev[i].bdf >> 8, (dev[i].bdf >> 3) & 31U, dev[i].bdf & 7U);
	inner = host[0].ops;
	host[0].ops = &hook;
	pcie_reset_init(&job, &pcie, host, list, owned);
}

/* A guest writes whatever can be written. */
static void misuse(u32 seed)
{
	for (u32 i = 0; i < devs; i++) {
		struct model_function *f = &m.fn[dev[i].model];

		for (u32 k = 0; k < MODEL_BYTES; k++) {
			seed = seed * 1664525U + 1013904223U;
			f->data[k] ^= (u8)(f->writable[k] & (seed >> 24));
		}
		f->data[PCI_COMMAND] |= PCI_COMMAND_MASTER | PCI_COMMAND_MEMORY;
		if (f->data[PM_AT] == PCI_CAP_ID_PM)
			f->data[PM_AT + PCI_PM_CONTROL] &= (u8)~PCI_PM_STATE;
	}
}

/* A step, or time that goes by while there is none. */
static int step(void)
{
	const u32 before = accesses;
	const bool wait = job.until > timer_now();
	int err = pcie_reset_step(&job);

	if (wait) {
		assert_int_equal(accesses, before);
		assert_int_equal(err, BH_EAGAIN);
		fake_time_set(job.until);
	}
	assert_true(accesses - before <= 16U);
	return err;
}

static int finish(void)
{
	int err = BH_EAGAIN;

	for (u32 i = 0; i < MOST && err == BH_EAGAIN; i++)
		err = step();
	return err;
}

static int run(void)
{
	pcie_reset_begin(&job);
	return finish();
}

static void clean(const struct dev *d)
{
	const u8 *data = m.fn[d->model].data;

	for (u32 i = 0; i < MODEL_BYTES; i++)
		if (data[i] != d->clean[i])
			fail_msg("byte 0x%x holds 0x%x, not 0x%x", i, data[i], d->clean[i]);
	assert_int_equal(wild + early, 0);
	assert_false(bus_held);
}

static void reset_by(const struct dev *d, enum pcie_reset_way way)
{
	for (u32 i = 0; i < PCIE_RESET_WAYS; i++)
		assert_int_equal(d->resets[i], i == (u32)way ? 1 : 0);
}

static int reset_setup(void **state)
{
	(void)tree_setup(state);
	fake_hz_set(HZ);
	(void)timer_cpu_init();
	fake_tick_step_set(0);
	fake_time_set(0);
	memset(dev, 0, sizeof(dev));
	memset(list, 0, sizeof(list));
	devs = accesses = early = wild = 0;
	bus_held = false;
	device_class = 0x020000;
	return 0;
}
#define RESET(name) cmocka_unit_test_setup(name, reset_setup)

/* ---- the rungs ---- */

TEST(each_rung_leaves_a_function_byte_by_byte_as_boot_did)
{
	static const struct {
		u32 has;
		bool port;
		enum pcie_reset_way way;
	} kinds[] = {
		{ HAS_ALL, true, PCIE_RESET_FLR },  { HAS_AF | HAS_PM, true, PCIE_RESET_AF },
		{ HAS_PM, true, PCIE_RESET_D3 },    { 0, true, PCIE_RESET_BUS },
		{ HAS_FLR, false, PCIE_RESET_FLR }, { HAS_AF, false, PCIE_RESET_AF },
		{ HAS_PM, false, PCIE_RESET_D3 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct dev *d;

		(void)reset_setup(NULL);
		d = dev_add(kinds[i].port ? port_add() : MODEL_NONE, kinds[i].port ? 0 : 16,
			    kinds[i].has);
		found(1);
		misuse(i + 1U);
		assert_int_equal(run(), 0);
		reset_by(d, kinds[i].way);
		clean(d);
		/* And again, in a second life. */
		misuse(i + 100U);
		assert_int_equal(run(), 0);
		clean(d);
	}
}

TEST(waits_are_as_long_as_the_specification_says_and_no_longer)
{
	(void)dev_add(MODEL_NONE, 16, HAS_FLR);
	found(1);
	assert_int_equal(run(), 0);
	assert_int_equal(timer_now(), 100U * MS);
}

TEST(all_functions_of_an_owner_are_off_before_the_first_is_reset)
{
	(void)dev_add(MODEL_NONE, 16, HAS_FLR);
	(void)dev_add(MODEL_NONE, 24, HAS_PM);
	found(2);
	misuse(7);
	assert_true(mastering());
	assert_int_equal(run(), 0);
	clean(&dev[0]);
	clean(&dev[1]);
}

TEST(one_reset_of_a_bus_is_enough_for_all_behind_it)
{
	const u32 port = port_add();

	for (u32 i = 0; i < 3U; i++)
		(void)dev_add(port, i, 0);
	for (u32 i = 0; i < 3U; i++)
		model_set(&m, dev[i].model, PCI_HEADER_TYPE, 1, PCI_HEADER_MULTIFUNCTION);
	found(3);
	misuse(3);
	assert_int_equal(run(), 0);
	for (u32 i = 0; i < 3U; i++) {
		reset_by(&dev[i], PCIE_RESET_BUS);
		clean(&dev[i]);
	}
	assert_int_equal(model_get(&m, 0, PCI_BRIDGE_CONTROL, 2), 0);
}

/* ---- what goes wrong ---- */

TEST(a_reset_that_changes_nothing_is_none)
{
	struct dev *d = dev_add(port_add(), 0, HAS_ALL);

	d->trick = NO_EFFECT;
	found(1);
	misuse(1);
	assert_int_equal(run(), 0);
	for (u32 i = 0; i < PCIE_RESET_WAYS; i++)
		assert_int_equal(d->resets[i], 1);
	clean(d);
	warned("pcie: 0000:01:00.0: FLR reset: nothing was reset: register 0x");
	warned("pcie: 0000:01:00.0: D3 reset: nothing was reset");
}

TEST(a_function_that_never_comes_back_is_sought_by_its_bus)
{
	struct dev *d = dev_add(port_add(), 0, HAS_FLR);

	d->trick = NEVER_BACK;
	found(1);
	misuse(1);
	assert_int_equal(run(), 0);
	assert_int_equal(d->resets[PCIE_RESET_BUS], 1);
	clean(d);
	warned("0000:01:00.0: FLR reset: it does not come back: register 0x0 holds 0xffffffff");
	assert_true(timer_now() > 60000U * MS && timer_now() < 63000U * MS);
}

TEST(one_that_never_comes_back_and_has_no_bus_is_not_used_again)
{
	struct dev *d = dev_add(MODEL_NONE, 16, HAS_ALL);

	d->trick = NEVER_BACK;
	found(1);
	assert_int_equal(run(), BH_EIO);
	warned("pcie: 0000:00:02.0: not reset, stays off: every way it has was tried");
	assert_true(timer_now() < 70000U * MS);
	/* It stays so, and is asked again at each try. */
	assert_int_equal(run(), BH_EIO);
}

TEST(configuration_retry_is_waited_for)
{
	struct dev *d = dev_add(MODEL_NONE, 16, HAS_FLR);

	d->trick = RETRY;
	d->away_ms = 3000;
	found(1);
	misuse(1);
	assert_int_equal(run(), 0);
	reset_by(d, PCIE_RESET_FLR);
	clean(d);
	assert_int_equal(timer_now(), 3100U * MS);
}

TEST(configuration_retry_for_ever_is_not)
{
	struct dev *d = dev_add(MODEL_NONE, 16, HAS_FLR);

	d->trick = RETRY;
	d->away_ms = 600000;
	found(1);
	assert_int_equal(run(), BH_EIO);
	warned("it does not come back: register 0x0 holds 0xffff0001");
}

TEST(another_device_in_its_place_is_refused)
{
	struct dev *d = dev_add(MODEL_NONE, 16, HAS_FLR);

	d->trick = ANOTHER;
	found(1);
	assert_int_equal(run(), BH_EIO);
	warned("0000:00:02.0: FLR reset: another device came: register 0x0 holds 0x12345678");
}

TEST(what_is_not_held_is_told)
{
	struct dev *d = dev_add(MODEL_NONE, 16, HAS_FLR);

	d->trick = FORGETFUL;
	found(1);
	assert_int_equal(run(), BH_EIO);
	warned("FLR reset: what it held does not come back: register 0x20 holds 0x0");
	assert_int_equal(model_get(&m, d->model, PCI_COMMAND, 2) &
				 (PCI_COMMAND_MASTER | PCI_COMMAND_MEMORY),
			 0);
}

TEST(transactions_under_way_are_waited_for)
{
	struct dev *d = dev_add(MODEL_NONE, 16, HAS_FLR);
	struct dev *conventional = dev_add(MODEL_NONE, 24, HAS_AF);

	d->pending_to = 500U * MS;
	conventional->pending_to = 900U * MS;
	found(2);
	misuse(1);
	assert_int_equal(run(), 0);
	assert_int_equal(timer_now(), 1000U * MS);
	clean(d);
	clean(conventional);
}

TEST(transactions_without_end_leave_the_bus_alone_to_be_reset)
{
	struct dev *d = dev_add(port_add(), 0, HAS_ALL);

	d->pending_to = ~0ULL;
	found(1);
	misuse(1);
	assert_int_equal(run(), 0);
	reset_by(d, PCIE_RESET_BUS);
	clean(d);
	warned("pcie: 0000:01:00.0: does not come to rest: transactions pending");
}

TEST(transactions_without_end_on_a_root_bus_are_refused)
{
	struct dev *d = dev_add(MODEL_NONE, 16, HAS_ALL);

	d->pending_to = ~0ULL;
	found(1);
	assert_int_equal(run(), BH_EIO);
	for (u32 i = 0; i < PCIE_RESET_WAYS; i++)
		assert_int_equal(d->resets[i], 0);
}

/* One that is lost does not keep the others from being reset. */
TEST(one_that_fails_keeps_no_other_from_being_clean)
{
	struct dev *lost = dev_add(MODEL_NONE, 16, HAS_FLR);
	struct dev *d = dev_add(MODEL_NONE, 24, HAS_FLR);

	lost->trick = NEVER_BACK;
	found(2);
	misuse(1);
	assert_int_equal(run(), BH_EIO);
	clean(d);
}

/* ---- refused before anything is tried ---- */

TEST(a_bus_with_a_stranger_on_it_is_not_reset)
{
	const u32 port = port_add();
	struct dev *d = dev_add(port, 0, 0);

	(void)dev_add(port, 1, 0);
	model_set(&m, d->model, PCI_HEADER_TYPE, 1, PCI_HEADER_MULTIFUNCTION);
	found(1);
	assert_int_equal(list[0].ways, 0);
	pcie_reset_explain(&job, 0);
	warned("pcie: 0000:01:00.0: no FLR, no AF FLR, no D3 reset, and another "
	       "function of its bus stays: 0000:01:00.1");
}

TEST(a_bus_with_a_bridge_on_it_is_not_reset)
{
	const u32 port = model_bridge(&m, MODEL_NONE, 0, 8, PCIE_TYPE_TO_PCI, false);

	(void)dev_add(port, 0, 0);
	(void)model_bridge(&m, port, 0, 16, 0, false);
	found(1);
	assert_int_equal(list[0].ways, 0);
	pcie_reset_explain(&job, 0);
	warned("and a bridge, or what runs the machine, is on its bus");
}

TEST(a_function_on_a_root_bus_needs_a_reset_of_its_own)
{
	(void)dev_add(MODEL_NONE, 16, 0);
	found(1);
	assert_int_equal(list[0].ways, 0);
	pcie_reset_explain(&job, 0);
	warned("pcie: 0000:00:02.0: no FLR, no AF FLR, no D3 reset, and no bridge "
	       "is above it");
}

/* Its owner takes it as it is: off, at rest, and with its registers. */
TEST(one_that_cannot_be_reset_and_is_accepted_gets_its_registers_back)
{
	struct dev *d = dev_add(MODEL_NONE, 16, 0);

	found(1);
	list[0].accept = true;
	misuse(9);
	assert_int_equal(run(), 0);
	clean(d);
	for (u32 i = 0; i < PCIE_RESET_WAYS; i++)
		assert_int_equal(d->resets[i], 0);
}

/* ---- memory that a reset keeps ---- */

#define BUFFER_BYTES 0x1000U

static struct {
	u64 capabilities;
	u32 location, size;
	bool shown, enabled, decodes;
	u32 not_ready; /* so often it is asked in vain */
	u8 buffer[BUFFER_BYTES], region[BUFFER_BYTES];
} nvme;

static bool decodes(void)
{
	return (model_get(&m, dev[0].model, PCI_COMMAND, 2) &
		(PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER)) == PCI_COMMAND_MEMORY;
}

static u64 nvme_read(void *ctx, u64 off, u32 width)
{
	(void)ctx;
	(void)width;
	wild += decodes() ? 0U : 1U;
	switch (off) {
	case 0x0:
		return nvme.capabilities;
	case 0x38:
		return nvme.shown ? nvme.location : 0U;
	case 0x3c:
		return nvme.shown ? nvme.size : 0U;
	case 0xe00:
		return 4U << 5;
	case 0xe08:
		nvme.not_ready -= nvme.not_ready != 0U ? 1U : 0U;
		return nvme.not_ready != 0U ? 0x100U : 0U;
	default:
		return 0;
	}
}

static void nvme_write(void *ctx, u64 off, u32 width, u64 v)
{
	(void)ctx;
	(void)width;
	wild += decodes() ? 0U : 1U;
	if (off == 0x50U)
		nvme.shown = (v & 1U) != 0U;
	else if (off == 0xe04U)
		nvme.enabled = (v & 1U) != 0U;
	else if (off >= 0x2000U && nvme.shown)
		memcpy(nvme.buffer + off - 0x2000U, &v, width);
}

static u64 region_read(void *ctx, u64 off, u32 width)
{
	(void)ctx;
	(void)off;
	(void)width;
	return 0;
}

static void region_write(void *ctx, u64 off, u32 width, u64 v)
{
	(void)ctx;
	wild += decodes() ? 0U : 1U;
	if (nvme.enabled)
		memcpy(nvme.region + off, &v, width);
}

/* A controller with a buffer behind its registers, and a region in BAR 4. */
static void nvme_found(void)
{
	const struct fake_device registers = { nvme_read, nvme_write, NULL };
	const struct fake_device region = { region_read, region_write, NULL };

	memset(&nvme, 0, sizeof(nvme));
	nvme.capabilities = 3ULL << 56;
	nvme.location = 2U << 12;
	nvme.size = 1U << 12;
	memset(nvme.buffer, 0x5a, sizeof(nvme.buffer));
	memset(nvme.region, 0x5a, sizeof(nvme.region));
	device_class = 0x010802;
	(void)dev_add(MODEL_NONE, 16, HAS_FLR);
	/* Where the addresses will be: the first of their windows. */
	fake_mmio_add(HPA(0x8000000000), 0x4000, &registers);
	fake_mmio_add(HPA(0x10000000), 0x1000, &region);
}

static bool cleared(const u8 *at)
{
	u32 i = 0;

	while (i < BUFFER_BYTES && at[i] == 0U)
		i++;
	return i == BUFFER_BYTES;
}

TEST(memory_of_a_controller_is_cleared_after_its_reset)
{
	nvme_found();
	found(1);
	assert_int_equal(list[0].memory[0].size, BUFFER_BYTES);
	assert_int_equal(list[0].memory[1].size, BUFFER_BYTES);
	nvme.not_ready = 5;
	misuse(1);
	assert_int_equal(run(), 0);
	assert_true(cleared(nvme.buffer) && cleared(nvme.region));
	assert_false(nvme.shown || nvme.enabled);
	clean(&dev[0]);
}

TEST(memory_that_never_gets_ready_is_not_clean)
{
	nvme_found();
	found(1);
	nvme.not_ready = ~0U;
	assert_int_equal(run(), BH_EIO);
	warned("FLR reset: its memory is not there");
	assert_false(decodes());
}

TEST(memory_outside_its_bar_cannot_be_cleared)
{
	nvme_found();
	nvme.location = 4U << 12;
	found(1);
	assert_int_equal(list[0].ways, 0);
	warned("0000:00:02.0: its memory of 0x1000 bytes at 0x4000 of BAR 0 cannot be cleared");
}

/* ---- begun anew wherever it was ---- */

static u32 interrupted(u32 has, u32 steps)
{
	u32 n = 0;

	(void)reset_setup(NULL);
	(void)dev_add(port_add(), 0, has);
	(void)dev_add(MODEL_NONE, 16, HAS_AF | HAS_PM);
	dev[0].away_ms = 40;
	found(2);
	misuse(steps);
	pcie_reset_begin(&job);
	while (n < steps && step() == BH_EAGAIN)
		n++;
	misuse(steps + 1U);
	assert_int_equal(run(), 0);
	clean(&dev[0]);
	clean(&dev[1]);
	return n;
}

TEST(a_job_may_be_begun_anew_in_every_step)
{
	for (u32 has = 0; has <= HAS_ALL; has++)
		for (u32 steps = 0; interrupted(has, steps) == steps; steps++)
			assert_true(steps < 1000U);
}

UNIT_TESTS(RESET(each_rung_leaves_a_function_byte_by_byte_as_boot_did),
	   RESET(waits_are_as_long_as_the_specification_says_and_no_longer),
	   RESET(all_functions_of_an_owner_are_off_before_the_first_is_reset),
	   RESET(one_reset_of_a_bus_is_enough_for_all_behind_it),
	   RESET(a_reset_that_changes_nothing_is_none),
	   RESET(a_function_that_never_comes_back_is_sought_by_its_bus),
	   RESET(one_that_never_comes_back_and_has_no_bus_is_not_used_again),
	   RESET(configuration_retry_is_waited_for), RESET(configuration_retry_for_ever_is_not),
	   RESET(another_device_in_its_place_is_refused), RESET(what_is_not_held_is_told),
	   RESET(transactions_under_way_are_waited_for),
	   RESET(transactions_without_end_leave_the_bus_alone_to_be_reset),
	   RESET(transactions_without_end_on_a_root_bus_are_refused),
	   RESET(one_that_fails_keeps_no_other_from_being_clean),
	   RESET(a_bus_with_a_stranger_on_it_is_not_reset),
	   RESET(a_bus_with_a_bridge_on_it_is_not_reset),
	   RESET(a_function_on_a_root_bus_needs_a_reset_of_its_own),
	   RESET(one_that_cannot_be_reset_and_is_accepted_gets_its_registers_back),
	   RESET(memory_of_a_controller_is_cleared_after_its_reset),
	   RESET(memory_that_never_gets_ready_is_not_clean),
	   RESET(memory_outside_its_bar_cannot_be_cleared),
	   RESET(a_job_may_be_begun_anew_in_every_step));
