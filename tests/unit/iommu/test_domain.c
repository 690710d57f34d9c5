// SPDX-License-Identifier: Apache-2.0
/* Domains, tickets, devices and faults, on an SMMUv3 that remembers all it may. */
#include <bulkhead/arch/irqchip.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/iommu/domain.h>
#include <bulkhead/lib/error.h>

#include "domains.h"
#include "drivers/iommu/smmuv3_regs.h"
#include "smmuv3_model.h"

extern const struct iommu_driver iommu_driver_smmuv3;
static const struct iommu_driver *const linked __used = &iommu_driver_smmuv3;

#define STREAM 8U

static struct smmuv3_model m;

static struct {
	u32 count;
	struct iommu_fault last;
	const struct iommu_device *dev;
} heard;

static void hear(const struct iommu_fault *f, const struct iommu_device *who)
{
	heard.count++;
	heard.last = *f;
	heard.dev = who;
}

static bool dma(u32 id, u64 iova, bool write, u64 *pa)
{
	return smmuv3_model_dma(&m, id, iova, write, pa);
}

static const struct domains_unit unit = { .dma = dma, .watch = &m.watch, .id = STREAM };

static int domain_setup(void **state)
{
	int err;

	(void)unit_setup(state);
	model_machine(IOMMU_SMMUV3, 1, SMMUV3_MODEL_SIZE);
	smmuv3_model_init(&m, 0);
	m.idr5 = IDR5_GRAN4K | 5U;
	memset(&heard, 0, sizeof(heard));
	(void)iommu_fault_sink_set(hear);
	err = domains_setup(&unit);
	m.eager = true;
	return err;
}

#define DOMAIN(name) cmocka_unit_test_setup(name, domain_setup)

static void take(struct iommu_device *d, u32 stream)
{
	*d = (struct iommu_device){
		.name = "dev", .unit = 0, .stream = stream, .owner = 1, .partition = "one"
	};
	assert_int_equal(iommu_driver_smmuv3.prepare(0, stream), 0);
}

static void attached(void)
{
	take(&dev, STREAM);
	domains_attach();
}

TEST(a_device_reaches_its_domain_and_nothing_else)
{
	u64 pa;

	take(&dev, STREAM);
	assert_false(domains_reach(IOVA0, false));
	attached();
	domains_check_bounds();
	assert_false(smmuv3_model_dma(&m, 0x200, IOVA0, false, &pa));
	domains_check_taken();
}

TEST(rights_are_those_of_the_map)
{
	take(&dev, STREAM);
	assert_int_equal(iommu_map(&domain, IOVA(IOVA0), &region, 0, PAGE_SIZE, PT_R), 0);
	assert_int_equal(iommu_attach(&dev, &domain), 0);
	assert_true(domains_reach(IOVA0, false));
	assert_false(domains_reach(IOVA0, true));
}

TEST(what_is_unmapped_is_gone_when_the_ticket_is_done)
{
	attached();
	domains_check_unmapped();
}

/* That the model does remember: else the tests above would prove nothing. */
TEST(without_the_ticket_a_unit_goes_on_using_what_was_there)
{
	struct iommu_ticket t;

	attached();
	assert_true(domains_reach(IOVA0, true));
	iommu_ticket_init(&t, &domain);
	/* The first piece splits a leaf, which is waited for. */
	assert_int_equal(iommu_unmap(&domain, IOVA(IOVA0 + PAGE_SIZE), PAGE_SIZE, &region, &t), 0);
	assert_true(domains_reach(IOVA0, true));
	assert_int_equal(iommu_unmap(&domain, IOVA(IOVA0), PAGE_SIZE, &region, &t), 0);
	assert_true(domains_reach(IOVA0, true));
	iommu_ticket_wait(&t);
	assert_false(domains_reach(IOVA0, true));
}

TEST(a_batch_is_one_flush)
{
	struct iommu_ticket t;
	u32 before;

	attached();
	model_unmap(&domain, &region, IOVA0, PAGE_SIZE);
	before = m.cmdq_prod;
	iommu_ticket_init(&t, &domain);
	for (u32 i = 1; i < 7U; i++)
		assert_int_equal(iommu_unmap(&domain, IOVA(IOVA0 + i * PAGE_SIZE), PAGE_SIZE,
					     &region, &t),
				 0);
	assert_int_equal(m.cmdq_prod, before);
	iommu_ticket_wait(&t);
	/* Six pages, one CMD_SYNC. */
	assert_int_equal(m.cmdq_prod - before, 7);
}

TEST(pins_count_pages_that_devices_reach)
{
	attached();
	assert_int_equal(region.pins, region.size >> PAGE_SHIFT);
	model_unmap(&domain, &region, IOVA0, MIB(2));
	assert_int_equal(region.pins, (region.size - MIB(2)) >> PAGE_SHIFT);
	assert_int_equal(iommu_map(&domain, IOVA(IOVA0), &region, MIB(3), MIB(2), PT_R), BH_ERANGE);
	assert_int_equal(iommu_map(&domain, IOVA(IOVA0 + MIB(2)), &region, 0, PAGE_SIZE, PT_R),
			 BH_EEXIST);
	assert_int_equal(region.pins, (region.size - MIB(2)) >> PAGE_SHIFT);
}

TEST(domains_that_may_change_single_pages_have_no_larger_leaves)
{
	struct pt_leaf leaf;

	assert_int_equal(iommu_map(&other, IOVA(IOVA0), &region, 0, MIB(2), PT_R), 0);
	assert_int_equal(iommu_query(&other, IOVA(IOVA0), &leaf), 0);
	assert_int_equal(leaf.size, PAGE_SIZE);
	assert_int_equal(iommu_map(&domain, IOVA(IOVA0), &region, 0, MIB(2), PT_R), 0);
	assert_int_equal(iommu_query(&domain, IOVA(IOVA0), &leaf), 0);
	assert_int_equal(leaf.size, MIB(2));
}

TEST(a_quota_bounds_what_can_be_mapped)
{
	static struct iommu_domain small;

	assert_int_equal(iommu_domain_init(&small, 3, "small", 39, 2, false), 0);
	assert_int_equal(iommu_map(&small, IOVA(IOVA0), &region, 0, MIB(2), PT_R), 0);
	assert_int_equal(iommu_map(&small, IOVA(IOVA0 + MIB(2)), &region, 0, PAGE_SIZE, PT_R),
			 BH_ENOMEM);
}

TEST(what_is_unmapped_whole_is_no_longer_charged)
{
	for (u32 i = 0; i < 200U; i++) {
		assert_int_equal(iommu_map(&domain, IOVA(IOVA0), &region, 0, MIB(4), PT_R), 0);
		model_unmap(&domain, &region, IOVA0, MIB(4));
		assert_int_equal(domain.charged, 0);
	}
	for (u32 i = 0; i < IOMMU_MAPS_MAX; i++)
		assert_int_equal(iommu_map(&domain, IOVA(IOVA0 + i * PAGE_SIZE), &region, 0,
					   PAGE_SIZE, PT_R),
				 0);
	assert_int_equal(iommu_map(&domain, IOVA(IOVA0 + MIB(1)), &region, 0, PAGE_SIZE, PT_R),
			 BH_EOVERFLOW);
}

TEST(moving_a_device_leaves_nothing_of_the_domain_before)
{
	attached();
	domains_check_moved();
}

TEST(a_refused_invalidation_is_made_good)
{
	attached();
	model_unmap(&domain, &region, IOVA0, PAGE_SIZE);
	assert_true(domains_reach(IOVA0 + PAGE_SIZE, true));
	m.refuse = CMD_TLBI_S2_IPA;
	m.refuse_times = 1;
	model_unmap(&domain, &region, IOVA0 + PAGE_SIZE, PAGE_SIZE);
	assert_false(domains_reach(IOVA0 + PAGE_SIZE, true));
	assert_string_equal(iommu_state(0), "blocking");
	assert_int_equal(m.gerror, m.gerrorn);
	assert_true(domains_reach(IOVA0 + 2U * PAGE_SIZE, true));
}

TEST(a_unit_that_refuses_again_is_stopped)
{
	attached();
	model_unmap(&domain, &region, IOVA0, PAGE_SIZE);
	assert_true(domains_reach(IOVA0 + PAGE_SIZE, true));
	m.refuse = CMD_TLBI_S12_VMALL;
	model_unmap(&domain, &region, IOVA0 + PAGE_SIZE, 16U * PAGE_SIZE);
	assert_false(domains_reach(IOVA0 + PAGE_SIZE, true));
	assert_false(domains_reach(IOVA0 + MIB(2), true));
	assert_string_equal(iommu_state(0), "stopped: it did not obey");
	assert_int_equal(iommu_attach(&dev, &domain), BH_EIO);
	assert_int_equal(iommu_attach(&dev, NULL), 0);
}

TEST(a_queue_that_is_stuck_stops_the_unit)
{
	attached();
	model_unmap(&domain, &region, IOVA0, PAGE_SIZE);
	m.stuck_queue = true;
	model_unmap(&domain, &region, IOVA0 + PAGE_SIZE, PAGE_SIZE);
	assert_false(domains_reach(IOVA0 + MIB(2), true));
	assert_string_equal(iommu_state(0), "stopped: it did not obey");
}

TEST(an_attach_that_is_refused_stops_the_unit)
{
	take(&dev, STREAM);
	m.refuse = CMD_CFGI_STE;
	assert_int_equal(iommu_attach(&dev, &domain), BH_EIO);
	assert_false(domains_reach(IOVA0, true));
	assert_string_equal(iommu_state(0), "stopped: it did not obey");
}

TEST(a_queue_of_one_command_will_do)
{
	m.idr1 = 16U;
	assert_int_equal(iommu_block_all(), 0);
	m.watch.given = true;
	attached();
	for (u64 page = 0; page < 200U; page++) {
		assert_true(domains_reach(IOVA0 + page * PAGE_SIZE, true));
		model_unmap(&domain, &region, IOVA0 + page * PAGE_SIZE, PAGE_SIZE);
		assert_false(domains_reach(IOVA0 + page * PAGE_SIZE, true));
	}
	assert_null(m.watch.illegal);
}

TEST(a_device_is_taken_once_and_faults_are_its_own)
{
	struct iommu_device *d = NULL, *again = NULL;
	u64 before = iommu_fault_count();
	u64 unowned = iommu_fault_count_unowned();
	u64 pa;

	assert_int_equal(iommu_device_take(MODEL_BASE, 0x20, "/dma", 5, "five", &d), 0);
	assert_int_equal(iommu_device_take(MODEL_BASE, 0x20, "/dma2", 6, "six", &again), BH_EBUSY);
	assert_int_equal(iommu_device_take(HPA(0x1000), 0x20, "/dma2", 6, "six", &again),
			 BH_ENODEV);
	assert_int_equal(iommu_device_take(MODEL_BASE, 0x10000, "/dma2", 6, "six", &again),
			 BH_ERANGE);
	assert_false(smmuv3_model_dma(&m, 0x20, 0x1234, true, &pa));
	assert_int_equal(iommu_faults_take(8), 1);
	assert_int_equal(heard.count, 1);
	assert_ptr_equal(heard.dev, d);
	assert_int_equal(heard.last.addr.v, 0x1234);
	assert_true(heard.last.write);
	assert_int_equal(d->faults, 1);
	for (u32 i = 0; i < 5U; i++)
		assert_false(smmuv3_model_dma(&m, 0x21, 0x1234, true, &pa));
	assert_int_equal(iommu_faults_take(2), 2);
	assert_int_equal(iommu_faults_take(8), 3);
	assert_null(heard.dev);
	assert_int_equal(iommu_fault_count() - before, 6);
	assert_int_equal(iommu_fault_count_unowned() - unowned, 5);
	assert_int_equal(d->faults, 1);
}

TEST(a_device_that_floods_is_hushed_until_it_is_attached_again)
{
	struct iommu_device *d = NULL;
	u64 pa;

	assert_int_equal(iommu_device_take(MODEL_BASE, 0x22, "/flood", 5, "five", &d), 0);
	for (u32 i = 0; i < 200U; i++) {
		assert_false(smmuv3_model_dma(&m, 0x22, 0x1234, true, &pa));
		(void)iommu_faults_take(8);
	}
	assert_true(d->hushed);
	/* Twenty a second, and the one that was too many. */
	assert_int_equal(d->faults, 21);
	assert_int_equal(heard.count, 21);
	assert_false(smmuv3_model_dma(&m, 0x23, 0x1234, true, &pa));
	assert_int_equal(iommu_faults_take(8), 1);
	assert_int_equal(iommu_attach(d, NULL), 0);
	fake_time_set(timer_now() + timer_hz());
	assert_false(smmuv3_model_dma(&m, 0x22, 0x1234, true, &pa));
	assert_int_equal(iommu_faults_take(8), 1);
	assert_int_equal(d->faults, 22);
	assert_false(d->hushed);
}

static u32 asked_for_more, listened_cpu, listened_line, listened_times;

static void more(void)
{
	asked_for_more++;
}

static int listen(enum irq_id id, u32 line, bool level, u32 cpu)
{
	assert_int_equal(id, IRQ_IOMMU);
	assert_false(level);
	listened_line = line;
	listened_cpu = cpu;
	listened_times++;
	return 0;
}

TEST(an_interrupt_takes_a_piece_and_is_asked_for_more)
{
	u64 pa;

	iommu_faults_more_set(more);
	asked_for_more = 0;
	for (u32 i = 0; i < 3U; i++)
		assert_false(smmuv3_model_dma(&m, 0x24, 0x1234, true, &pa));
	for (u32 i = 1; i <= 3U; i++) {
		iommu_faults_step();
		assert_int_equal(heard.count, i);
		assert_int_equal(asked_for_more, i);
	}
	iommu_faults_step();
	assert_int_equal(asked_for_more, 3);
	iommu_faults_more_set(NULL);
}

static void listening(void)
{
	static const struct irqchip_ops chip = { .name = "test", .listen = listen };

	(void)irqchip_register(&chip);
	if (irqchip()->listen != listen)
		skip();
	iommu_faults_more_set(more);
	asked_for_more = 0;
}

/* The piece of an interrupt on logical CPU @cpu, and those it asks for; how many faults it took. */
static u32 interrupt_on(u32 cpu)
{
	const u32 count = heard.count;

	do {
		asked_for_more = 0;
		model_interrupt(cpu);
	} while (asked_for_more != 0U);
	return heard.count - count;
}

/* Two partitions behind one unit: neither pays for what the other's device does. */
TEST(the_interrupt_follows_whose_device_faults)
{
	struct iommu_device *one = NULL, *two = NULL;
	u64 pa;

	machine.iommu[0].irq_event = 77;
	listening();
	assert_int_equal(iommu_device_take(MODEL_BASE, 0x30, "/one", 1, "one", &one), 0);
	assert_int_equal(iommu_device_take(MODEL_BASE, 0x31, "/two", 2, "two", &two), 0);
	assert_int_equal(iommu_faults_listen(one, 3), 0);
	assert_int_equal(iommu_faults_listen(two, 2), 0);
	assert_int_equal(listened_cpu, 2);
	assert_int_equal(listened_line, 77);
	listened_times = 0;
	for (u32 i = 0; i < 4U; i++) {
		assert_false(smmuv3_model_dma(&m, 0x30, 0x1234, true, &pa));
		assert_int_equal(interrupt_on(i == 0U ? 2U : 3U), 1);
		assert_int_equal(listened_cpu, 3);
	}
	assert_int_equal(listened_times, 1);
	/* Three at once: who took the first goes on to the last, the next comes to its owner. */
	for (u32 i = 0; i < 3U; i++)
		assert_false(smmuv3_model_dma(&m, 0x31, 0x1234, true, &pa));
	assert_int_equal(interrupt_on(3), 3);
	assert_int_equal(listened_cpu, 2);
	assert_false(smmuv3_model_dma(&m, 0x31, 0x1234, true, &pa));
	assert_int_equal(interrupt_on(1), 0);
	assert_int_equal(interrupt_on(2), 1);
	iommu_faults_more_set(NULL);
}

/* A line a unit: each is taken by the CPU of its own devices' owner, who looks at no other's. */
TEST(each_unit_has_an_interrupt_of_its_own)
{
	static struct smmuv3_model second;
	struct iommu_device *one = NULL, *two = NULL;
	u64 pa;

	model_machine(IOMMU_SMMUV3, 2, SMMUV3_MODEL_SIZE);
	machine.iommu[0].irq_event = 77;
	machine.iommu[1].irq_event = 81;
	smmuv3_model_init(&second, 1);
	second.idr5 = IDR5_GRAN4K | 5U;
	smmuv3_model_start(&m);
	m.watch.given = false;
	assert_int_equal(iommu_block_all(), 0);
	listening();
	assert_int_equal(iommu_device_take(MODEL_BASE, 0x32, "/of0", 1, "one", &one), 0);
	assert_int_equal(
		iommu_device_take(HPA(MODEL_BASE.v + MIB(1)), 0x32, "/of1", 2, "two", &two), 0);
	assert_int_equal(iommu_faults_listen(one, 5), 0);
	assert_int_equal(iommu_faults_listen(two, 6), 0);
	assert_int_equal(listened_line, 81);
	assert_int_equal(second.irq_ctrl, IRQ_CTRL_EVENTQ_IRQEN);
	for (u32 i = 0; i < 3U; i++)
		assert_false(smmuv3_model_dma(&m, 0x32, 0x1000, true, &pa));
	assert_false(smmuv3_model_dma(&second, 0x32, 0x2000, true, &pa));
	assert_int_equal(interrupt_on(6), 1);
	assert_int_equal(heard.last.unit, 1);
	assert_ptr_equal(heard.dev, two);
	assert_int_equal(interrupt_on(5), 3);
	assert_ptr_equal(heard.dev, one);
	/* What a partition's end left behind is taken by whoever comes next. */
	for (u32 i = 0; i < 3U; i++)
		assert_false(smmuv3_model_dma(&m, 0x32, 0x1000, true, &pa));
	assert_int_equal(iommu_faults_take(1), 1);
	assert_int_equal(interrupt_on(6), 2);
	iommu_faults_more_set(NULL);
}

TEST(only_so_many_streams_can_be_told_apart)
{
	/* A block of 64 ids each; the rest stays blocked. */
	for (u32 i = 0; i < 16U; i++)
		assert_int_equal(iommu_driver_smmuv3.prepare(0, i * 64U), 0);
	assert_int_equal(iommu_driver_smmuv3.prepare(0, 63U), 0);
	assert_int_equal(iommu_driver_smmuv3.prepare(0, 16U * 64U), BH_EOVERFLOW);
}

TEST(a_unit_without_stage_2_gives_no_domain)
{
	static struct iommu_domain none;

	m.idr0 &= ~IDR0_S2P;
	assert_int_equal(iommu_block_all(), 0);
	assert_int_equal(iommu_domain_init(&none, 3, "none", 39, 2, true), BH_ENODEV);
}

TEST(a_domain_is_no_wider_than_the_unit)
{
	static struct iommu_domain wide;

	m.idr5 = IDR5_GRAN4K | 1U;
	assert_int_equal(iommu_domain_init(&wide, 3, "wide", 39, 2, true), BH_ERANGE);
	assert_int_equal(iommu_domain_init(&wide, 3, "wide", 36, 2, true), 0);
}

UNIT_TESTS(DOMAIN(a_device_reaches_its_domain_and_nothing_else),
	   DOMAIN(rights_are_those_of_the_map),
	   DOMAIN(what_is_unmapped_is_gone_when_the_ticket_is_done),
	   DOMAIN(without_the_ticket_a_unit_goes_on_using_what_was_there),
	   DOMAIN(a_batch_is_one_flush), DOMAIN(pins_count_pages_that_devices_reach),
	   DOMAIN(domains_that_may_change_single_pages_have_no_larger_leaves),
	   DOMAIN(a_quota_bounds_what_can_be_mapped),
	   DOMAIN(what_is_unmapped_whole_is_no_longer_charged),
	   DOMAIN(moving_a_device_leaves_nothing_of_the_domain_before),
	   DOMAIN(a_refused_invalidation_is_made_good),
	   DOMAIN(a_unit_that_refuses_again_is_stopped),
	   DOMAIN(a_queue_that_is_stuck_stops_the_unit),
	   DOMAIN(an_attach_that_is_refused_stops_the_unit), DOMAIN(a_queue_of_one_command_will_do),
	   DOMAIN(a_device_is_taken_once_and_faults_are_its_own),
	   DOMAIN(a_device_that_floods_is_hushed_until_it_is_attached_again),
	   DOMAIN(an_interrupt_takes_a_piece_and_is_asked_for_more),
	   DOMAIN(the_interrupt_follows_whose_device_faults),
	   DOMAIN(each_unit_has_an_interrupt_of_its_own),
	   DOMAIN(only_so_many_streams_can_be_told_apart),
	   DOMAIN(a_unit_without_stage_2_gives_no_domain),
	   DOMAIN(a_domain_is_no_wider_than_the_unit));
