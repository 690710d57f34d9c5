// SPDX-License-Identifier: Apache-2.0
/* Domains, promises (BH-IOMMU-006), interrupt entries of a VT-d unit that remembers all it may. */
#include <bulkhead/arch/irqchip.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/iommu/domain.h>
#include <bulkhead/iommu/interrupt.h>
#include <bulkhead/lib/error.h>

#include "domains.h"
#include "drivers/iommu/vtd.h"
#include "drivers/iommu/vtd_regs.h"
#include "vtd_model.h"

extern const struct iommu_driver iommu_driver_vtd;
static const struct iommu_driver *const linked __used = &iommu_driver_vtd;

#define SID 0x0108U

static struct vtd_model m;

/* What firmware promises to functions, for one test. */
static struct machine_dma promise[2];
static u32 promises;

static bool dma(u32 id, u64 iova, bool write, u64 *pa)
{
	return vtd_model_dma(&m, (u16)id, iova, write, pa);
}

static const struct domains_unit unit = { .dma = dma, .watch = &m.watch, .id = SID };

static int setup_with(u64 cap)
{
	int err;

	(void)unit_setup(NULL);
	model_machine(IOMMU_VTD, 1, PAGE_SIZE);
	machine.iommu[0].all_devices = true;
	machine.dma_count = promises;
	memcpy(machine.dma, promise, sizeof(promise));
	promises = 0;
	vtd_model_init(&m, 0);
	vtd_model_start(&m);
	/* 16 bits of domain; 3 and 4 levels; 48 bits of address. */
	m.cap |= 6U | FIELD_PREP(6U, 12, 8) | FIELD_PREP(47U, 21, 16) | cap;
	m.ecap |= ECAP_C;
	err = domains_setup(&unit);
	return err != 0 ? err : iommu_driver_vtd.prepare(0, SID);
}

static int domain_setup(void **state)
{
	(void)state;
	return setup_with(CAP_SLLPS_2M | CAP_SLLPS_1G | CAP_PSI | FIELD_PREP(9U, 53, 48));
}

#define DOMAIN(name) cmocka_unit_test_setup(name, domain_setup)

static void reach_and_forget(void)
{
	domains_attach();
	domains_check_bounds();
	domains_check_unmapped();
	domains_check_taken();
}

TEST(a_device_reaches_its_domain_until_it_is_taken_away)
{
	reach_and_forget();
}

TEST(units_that_know_pages_and_whole_domains_alone_will_do)
{
	struct pt_leaf leaf;

	assert_int_equal(setup_with(0), 0);
	reach_and_forget();
	assert_int_equal(iommu_map(&domain, IOVA(IOVA0), &region, 0, MIB(2), PT_R), 0);
	assert_int_equal(iommu_query(&domain, IOVA(IOVA0), &leaf), 0);
	assert_int_equal(leaf.size, PAGE_SIZE);
	assert_int_equal(setup_with(CAP_CM | CAP_RWBF), 0);
	reach_and_forget();
}

TEST(moving_a_device_leaves_nothing_of_the_domain_before)
{
	domains_attach();
	domains_check_moved();
}

TEST(a_refused_descriptor_is_made_good)
{
	domains_attach();
	model_unmap(&domain, &region, IOVA0, PAGE_SIZE);
	assert_true(domains_reach(IOVA0 + PAGE_SIZE, true));
	m.refuse_times = 1;
	model_unmap(&domain, &region, IOVA0 + PAGE_SIZE, PAGE_SIZE);
	assert_false(domains_reach(IOVA0 + PAGE_SIZE, true));
	assert_int_equal(m.fsts & FSTS_QUEUE_ERRORS, 0);
	assert_string_equal(iommu_state(0), "blocking");
}

TEST(a_unit_that_refuses_again_is_stopped)
{
	domains_attach();
	model_unmap(&domain, &region, IOVA0, PAGE_SIZE);
	assert_true(domains_reach(IOVA0 + PAGE_SIZE, true));
	m.refuse_times = 2;
	model_unmap(&domain, &region, IOVA0 + PAGE_SIZE, PAGE_SIZE);
	assert_string_equal(iommu_state(0), "stopped: it did not obey");
	assert_false(domains_reach(IOVA0 + PAGE_SIZE, true));
	assert_false(domains_reach(IOVA0 + 2U * PAGE_SIZE, true));
}

TEST(the_queue_goes_round)
{
	domains_attach();
	for (u64 page = 0; page < 600U; page++) {
		assert_true(domains_reach(IOVA0 + page * PAGE_SIZE, true));
		model_unmap(&domain, &region, IOVA0 + page * PAGE_SIZE, PAGE_SIZE);
		assert_false(domains_reach(IOVA0 + page * PAGE_SIZE, true));
	}
	assert_null(m.watch.illegal);
}

static void promise_to(u32 sid, hpa_t base)
{
	promise[promises] = (struct machine_dma){
		.first = sid, .count = 1, .base = base, .size = MIB(1), .read = true, .write = true
	};
	promises++;
}

TEST(what_firmware_promises_is_reached_from_the_first_moment_on)
{
	const u64 first = (uintptr_t)ram + MIB(14), second = (uintptr_t)ram + MIB(15);
	u64 pa = 0;

	promise_to(SID, HPA(first));
	promise_to(SID + 1U, HPA(second));
	assert_int_equal(setup_with(0), 0);
	assert_null(m.watch.illegal);
	assert_int_equal(m.watch.dma, REACH_TABLES);
	assert_true(vtd_model_dma(&m, SID, first + MIB(1) - 1U, true, &pa));
	assert_int_equal(pa, first + MIB(1) - 1U);
	assert_false(vtd_model_dma(&m, SID, first - 1U, false, &pa));
	assert_false(vtd_model_dma(&m, SID, second, false, &pa));
	assert_true(vtd_model_dma(&m, SID + 1U, second, false, &pa));
	assert_false(vtd_model_dma(&m, SID + 2U, second, false, &pa));
	assert_ptr_equal(iommu_device_memory(&dev, 0), &machine.dma[0]);
	assert_null(iommu_device_memory(&dev, 1));
	/* Its owner's domain has it if he puts it there, and without an owner it is back. */
	domains_attach();
	assert_true(domains_reach(IOVA0, true));
	assert_false(vtd_model_dma(&m, SID, first, true, &pa));
	assert_int_equal(iommu_attach(&dev, NULL), 0);
	assert_false(domains_reach(IOVA0, true));
	assert_true(vtd_model_dma(&m, SID, first, true, &pa));
}

TEST(two_promises_to_a_function_are_kept_both)
{
	const u64 first = (uintptr_t)ram + MIB(14);
	u64 pa = 0;

	promise_to(SID, HPA(first));
	promise_to(SID, HPA(first + MIB(1)));
	promise[1].write = false;
	assert_int_equal(setup_with(0), 0);
	assert_true(vtd_model_dma(&m, SID, first, true, &pa));
	assert_true(vtd_model_dma(&m, SID, first + MIB(1), false, &pa));
	assert_false(vtd_model_dma(&m, SID, first + MIB(1), true, &pa));
	assert_ptr_equal(iommu_device_memory(&dev, 1), &machine.dma[1]);
}

TEST(a_promise_of_what_confines_devices_is_not_kept)
{
	u64 pa = 0;

	promise_to(SID, MODEL_BASE);
	promise_to(SID, mmu_image_base());
	promise[0].base.v -= MIB(1) - 1U;
	assert_int_equal(setup_with(0), 0);
	assert_false(vtd_model_dma(&m, SID, MODEL_BASE.v, true, &pa));
	assert_false(vtd_model_dma(&m, SID, mmu_image_base().v, false, &pa));
	assert_null(iommu_device_memory(&dev, 0));
}

/* Its first step is the bridge, which is promised nothing. */
TEST(a_promise_whose_path_leads_nowhere_is_nobodys)
{
	const u64 first = (uintptr_t)ram + MIB(14);
	u64 pa = 0;

	promise_to(SID, HPA(first));
	promise[0].path.steps = 1;
	assert_int_equal(setup_with(0), 0);
	promise[0].path.steps = 0;
	assert_false(vtd_model_dma(&m, SID, first, false, &pa));
	assert_null(iommu_device_memory(&dev, 0));
}

TEST(a_unit_that_can_only_block_keeps_no_promise)
{
	promise_to(SID, HPA((uintptr_t)ram + MIB(14)));
	model_machine(IOMMU_VTD, 1, PAGE_SIZE);
	machine.iommu[0].all_devices = true;
	machine.dma_count = 1;
	machine.dma[0] = promise[0];
	promises = 0;
	vtd_model_init(&m, 0);
	m.ecap &= ~(ECAP_QI | ECAP_IR | ECAP_EIM);
	vtd_model_start(&m);
	assert_int_equal(iommu_block_all(), 0);
	assert_null(m.watch.illegal);
	assert_int_equal(m.watch.dma, REACH_NOTHING);
}

TEST(faults_are_told_by_one_message_until_they_are_taken)
{
	struct iommu_message to = { .address = 0x1fee02000ULL, .data = 0x41 };
	struct iommu_fault f;
	u64 pa;

	assert_false(vtd_model_dma(&m, SID, IOVA0, true, &pa));
	assert_int_equal(m.events, 0);
	while (iommu_driver_vtd.next_fault(0, &f) == 0)
		continue;
	assert_int_equal(iommu_driver_vtd.interrupt_message(0, &to), 0);
	assert_true(m.event_address == to.address);
	assert_int_equal(m.event_data, to.data);
	for (u32 turn = 1; turn <= 3U; turn++) {
		for (u32 i = 0; i <= VTD_MODEL_RECORDS; i++)
			assert_false(vtd_model_dma(&m, SID, IOVA0, true, &pa));
		assert_int_equal(m.events, turn);
		while (iommu_driver_vtd.next_fault(0, &f) == 0)
			continue;
	}
	to.address = 0xfee01000ULL;
	assert_int_equal(iommu_driver_vtd.interrupt_message(0, &to), 0);
	assert_true(m.event_address == to.address);
	assert_null(m.watch.illegal);
}

/* As if each CPU had a local APIC with its number. */
static int chip_message(enum irq_id id, u32 cpu, u64 *address, u32 *data)
{
	assert_int_equal(id, IRQ_IOMMU);
	*address = 0xfee00000U | cpu << 12;
	*data = 0x41;
	return cpu == 7U ? BH_ERANGE : 0;
}

TEST(the_message_of_faults_follows_whose_device_faults)
{
	static const struct irqchip_ops chip = { .name = "test", .message = chip_message };
	struct iommu_device *one = NULL, *two = NULL;
	u64 pa;

	(void)irqchip_register(&chip);
	if (irqchip()->message != chip_message)
		skip();
	assert_int_equal(iommu_device_take(MODEL_BASE, SID, "/one", 1, "one", &one), 0);
	assert_int_equal(iommu_device_take(MODEL_BASE, SID + 1U, "/two", 2, "two", &two), 0);
	assert_int_equal(iommu_faults_listen(one, 7), BH_ERANGE);
	assert_int_equal(iommu_faults_listen(one, 3), 0);
	assert_int_equal(iommu_faults_listen(two, 5), 0);
	assert_true(m.event_address == 0xfee05000ULL);
	for (u32 turn = 1; turn <= 2U; turn++) {
		assert_false(vtd_model_dma(&m, SID, IOVA0, true, &pa));
		assert_int_equal(m.events, 2U * turn - 1U);
		model_interrupt(5);
		assert_true(m.event_address == 0xfee03000ULL);
		assert_false(vtd_model_dma(&m, SID + 1U, IOVA0, true, &pa));
		assert_int_equal(m.events, 2U * turn);
		model_interrupt(3);
		assert_true(m.event_address == 0xfee05000ULL);
	}
	assert_int_equal(one->faults, 2);
	assert_int_equal(two->faults, 2);
	assert_null(m.watch.illegal);
}

TEST(a_message_goes_where_its_entry_says)
{
	const struct iommu_route to = { .apic = 0x12345, .vector = 0x41, .on = true };
	const struct iommu_route low = { .apic = 1, .vector = 15, .on = true };
	struct iommu_message msg;
	const struct vtd_entry *e;
	u32 first = ~0U, second = ~0U, n = 2;

	assert_int_equal(iommu_interrupt_take(0, SID, 0x41, &first), 0);
	assert_int_equal(iommu_interrupt_take(0, SID, 0x41, &second), 0);
	assert_int_not_equal(first, second);
	e = &vtd_irt[0][second];
	assert_int_equal(e->low, 0);
	assert_int_equal(iommu_interrupt_route(0, second, &to), 0);
	assert_int_equal(e->low, IRTE_P | IRTE_V(0x41U) | IRTE_DST(0x12345U));
	assert_int_equal(e->high, SID | IRTE_HIGH_SVT_ALL);
	assert_int_equal(m.entries_flushed, 1);
	assert_int_equal(vtd_irt[0][first].low, 0);
	assert_int_equal(iommu_interrupt_route(0, second, &low), BH_EINVAL);
	assert_int_equal(iommu_interrupt_route(0, second + 1U, &to), BH_EINVAL);
	iommu_interrupt_message(0, 0x8005, &msg);
	assert_int_equal(msg.address, 0xfee00000U | BIT(4) | 5U << 5 | BIT(2));
	assert_int_equal(msg.data, 0);
	while (iommu_interrupt_take(0, SID, 0x41, &first) == 0)
		n++;
	assert_int_equal(n, VTD_ENTRIES);
}

TEST(a_route_that_is_refused_stops_the_unit)
{
	const struct iommu_route to = { .apic = 1, .vector = 0x41, .on = true };
	u32 entry = 0;

	assert_int_equal(iommu_interrupt_take(0, SID, 0x41, &entry), 0);
	m.refuse_times = 1;
	assert_int_equal(iommu_interrupt_route(0, entry, &to), BH_EIO);
	assert_int_equal(vtd_irt[0][entry].low, 0);
	assert_string_equal(iommu_state(0), "stopped: it did not obey");
}

TEST(a_full_queue_is_waited_for_and_loses_nothing)
{
	const u32 before = m.waits;
	const u64 from = vtd_units[0].put;

	m.slow = true;
	for (u32 i = 0; i < 1000U; i++)
		assert_int_equal(vtd_put(&vtd_units[0], QI_WAIT | QI_WAIT_SW, vtd_units[0].status),
				 0);
	assert_int_equal(vtd_sync(&vtd_units[0], from), 0);
	assert_int_equal(m.waits - before, 1001);
	assert_int_equal(m.deepest, 255);
	assert_null(m.watch.illegal);
}

UNIT_TESTS(DOMAIN(a_device_reaches_its_domain_until_it_is_taken_away),
	   DOMAIN(units_that_know_pages_and_whole_domains_alone_will_do),
	   DOMAIN(moving_a_device_leaves_nothing_of_the_domain_before),
	   DOMAIN(a_refused_descriptor_is_made_good), DOMAIN(a_unit_that_refuses_again_is_stopped),
	   DOMAIN(the_queue_goes_round), DOMAIN(a_full_queue_is_waited_for_and_loses_nothing),
	   DOMAIN(what_firmware_promises_is_reached_from_the_first_moment_on),
	   DOMAIN(two_promises_to_a_function_are_kept_both),
	   DOMAIN(a_promise_of_what_confines_devices_is_not_kept),
	   DOMAIN(a_promise_whose_path_leads_nowhere_is_nobodys),
	   DOMAIN(a_unit_that_can_only_block_keeps_no_promise),
	   DOMAIN(faults_are_told_by_one_message_until_they_are_taken),
	   DOMAIN(the_message_of_faults_follows_whose_device_faults),
	   DOMAIN(a_message_goes_where_its_entry_says),
	   DOMAIN(a_route_that_is_refused_stops_the_unit));
