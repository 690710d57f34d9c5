// SPDX-License-Identifier: Apache-2.0
/* SMMUv2: the driver against a model of an MMU-500's registers. */
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/iommu/domain.h>
#include <bulkhead/lib/error.h>

#include "domains.h"
#include "drivers/iommu/smmuv2_regs.h"
#include "smmuv2_model.h"

extern const struct iommu_driver iommu_driver_smmuv2;
static const struct iommu_driver *const driver __used = &iommu_driver_smmuv2;

#define STREAM 0x20U
#define MASKED(id, mask) ((u32)(mask) << 16 | (id))
#define GLOBAL 0x1000U

static u64 firmware_table[512] __aligned(4096);
static struct smmuv2_model m;

static int smmuv2_setup(void **state)
{
	(void)unit_setup(state);
	model_machine(IOMMU_SMMUV2, 1, SMMUV2_MODEL_SIZE);
	smmuv2_model_init(&m, 0);
	firmware_table[0] = 3;
	return 0;
}

static bool dma(u32 id, u64 iova, bool write, u64 *pa)
{
	return smmuv2_model_dma(&m, id, iova, write, pa);
}

static const struct domains_unit unit = { .dma = dma, .watch = &m.watch, .id = STREAM };

static int domain_setup(void **state)
{
	return smmuv2_setup(state) | domains_setup(&unit);
}

#define SMMUV2(name) cmocka_unit_test_setup(name, smmuv2_setup)
#define DOMAIN(name) cmocka_unit_test_setup(name, domain_setup)

static int block(void)
{
	return driver->block_all(0, &machine.iommu[0]);
}

static bool refused(u32 sid)
{
	u64 pa;

	return !smmuv2_model_dma(&m, sid, 0x1000, true, &pa);
}

static void assert_blocked(void)
{
	const u32 bits = CR0_CLIENTPD | CR0_USFCFG | CR0_SMCFCFG | CR0_PTM | CR0_STALLD;

	assert_null(m.watch.illegal);
	assert_int_equal(m.watch.dma, REACH_NOTHING);
	assert_int_equal(m.cr0 & bits, bits & ~CR0_CLIENTPD);
	assert_false(m.tlb_stale);
	assert_int_equal(m.gfsr, 0);
	for (u32 sid = 0; sid < 0x8000U; sid += 0x111U)
		assert_true(refused(sid));
	m.gfsr = 0;
}

/* ---- blocking ---- */

TEST(a_unit_after_reset_is_blocked)
{
	assert_int_equal(m.watch.dma, REACH_ALL);
	assert_int_equal(block(), 0);
	assert_blocked();
}

TEST(a_unit_that_firmware_left_on_blocks_without_a_gap)
{
	m.cr0 = CR0_USFCFG;
	m.smr[0] = SMR_VALID | 8U;
	m.s2cr[0] = S2CR_CBNDX(3U);
	m.bank[3].sctlr = SCTLR_M;
	m.bank[3].ttbr0 = (uintptr_t)firmware_table;
	m.bank[3].fsr = FSR_SS | (u32)BIT(1);
	m.smr[5] = SMR_VALID | SMR_MASK(0xffU) | 0x100U;
	m.s2cr[5] = S2CR_TYPE_FAULT;
	m.gfsr = 2;
	smmuv2_model_start(&m);
	assert_int_equal(m.watch.dma, REACH_TABLES);
	assert_int_equal(block(), 0);
	assert_blocked();
	assert_int_equal(m.bank[3].sctlr, 0);
	assert_int_equal(m.bank[3].fsr, 0);
	assert_int_equal(m.bank[3].resumed, 1);
	assert_int_equal(m.smr[0] | m.smr[5], 0);
}

TEST(a_stream_that_firmware_refused_never_passes)
{
	for (u32 ext = 0; ext < 2U; ext++) {
		(void)smmuv2_setup(NULL);
		m.cr0 = ext != 0U ? CR0_EXIDENABLE : 0U; /* others pass: no USFCFG */
		m.idr0 |= ext != 0U ? IDR0_EXIDS : 0U;
		m.smr[4] = ext != 0U ? 9U : SMR_VALID | 9U;
		m.s2cr[4] = S2CR_TYPE_FAULT | (ext != 0U ? S2CR_EXIDVALID : 0U);
		m.victim = 9;
		smmuv2_model_start(&m);
		assert_int_equal(m.victim_reach, REACH_NOTHING);
		assert_int_equal(m.watch.dma, REACH_ALL);
		assert_int_equal(block(), 0);
		assert_blocked();
	}
}

TEST(stream_ids_of_16_bits_are_used_where_there_are)
{
	m.idr0 |= IDR0_EXIDS;
	m.id_bits = 0xffff;
	m.mask_bits = 0xffff;
	assert_int_equal(block(), 0);
	assert_blocked();
	assert_int_equal(m.cr0 & CR0_EXIDENABLE, CR0_EXIDENABLE);
	assert_int_equal(driver->prepare(0, 0xfffe), 0);
	assert_int_equal(m.smr[0], 0xfffe);
	assert_int_equal(m.s2cr[0] & S2CR_EXIDVALID, S2CR_EXIDVALID);
	assert_true(refused(0xfffe));
	assert_int_equal(m.bank[0].frsynra, 0xfffe);
	assert_null(m.watch.illegal);
}

TEST(a_unit_without_stream_matching_is_blocked_by_index)
{
	m.idr0 = (m.idr0 & ~IDR0_SMS) | (u32)FIELD_PREP(5U, 12, 9);
	m.s2cr[31] = S2CR_TYPE_BYPASS;
	smmuv2_model_start(&m);
	assert_int_equal(block(), 0);
	assert_blocked();
	assert_int_equal(m.s2cr[31], S2CR_TYPE_FAULT);
	assert_int_equal(driver->prepare(0, 30), 0);
	assert_int_equal(m.s2cr[30] & S2CR_TYPE, S2CR_TYPE_TRANS);
	assert_true(refused(30));
	assert_int_equal(m.bank[0].frsynra, 30);
	assert_int_equal(driver->prepare(0, 32), BH_ERANGE);
	assert_int_equal(driver->prepare(0, MASKED(16, 1)), BH_ERANGE);
	assert_null(m.watch.illegal);
}

TEST(a_unit_that_can_only_block_gives_no_domain)
{
	struct iommu_caps caps;

	for (u32 lack = 0; lack < 4U; lack++) {
		(void)smmuv2_setup(NULL);
		m.idr0 &= lack == 0U ? ~IDR0_S2TS : ~0U;
		m.idr2 &= lack == 1U ? ~IDR2_PTFSV8_4K : ~0U;
		m.idr1 &= lack == 2U ? ~0xffU : ~0U;
		m.idr0 &= lack == 3U ? ~0xffU : ~0U;
		assert_int_equal(block(), 0);
		assert_blocked();
		assert_int_equal(driver->caps(0, &caps), BH_ENOTSUP);
	}
}

TEST(registers_that_firmware_says_are_smaller_are_an_error)
{
	machine.iommu[0].size = 0x10000;
	assert_int_equal(block(), BH_EIO);
	m.idr1 |= IDR1_PAGESIZE_64K;
	machine.iommu[0].size = SMMUV2_MODEL_SIZE;
	assert_int_equal(block(), BH_EIO);
}

TEST(banks_beyond_the_registers_are_not_believed)
{
	m.idr1 |= 0xffU;
	assert_int_equal(block(), 0);
	assert_blocked();
	for (u32 i = 0; i < SMMUV2_MODEL_BANKS; i++)
		assert_int_equal(driver->prepare(0, i), 0);
	assert_int_equal(driver->prepare(0, 99), BH_EOVERFLOW);
	assert_null(m.watch.illegal);
}

TEST(a_unit_that_does_not_obey_is_an_error)
{
	m.stuck_s2cr = true;
	assert_int_equal(block(), BH_ETIMEDOUT);
	(void)smmuv2_setup(NULL);
	m.stuck_client = true;
	assert_int_equal(block(), BH_ETIMEDOUT);
	(void)smmuv2_setup(NULL);
	m.stuck_sync = true;
	assert_int_equal(block(), BH_ETIMEDOUT);
	assert_int_equal(m.watch.dma, REACH_NOTHING);
}

TEST(a_unit_that_is_not_there_is_an_error)
{
	m.cr0 = ~0U;
	m.idr0 = ~0U;
	assert_int_equal(block(), BH_EIO);
}

TEST(an_mmu_500_does_not_fetch_ahead)
{
	machine.iommu[0].mmu500 = true;
	m.acr = ACR_CACHE_LOCK;
	assert_int_equal(block(), 0);
	assert_blocked();
	for (u32 i = 0; i < SMMUV2_MODEL_BANKS; i++)
		assert_int_equal(m.bank[i].actlr & ACTLR_CPRE, 0);
	(void)smmuv2_setup(NULL);
	machine.iommu[0].mmu500 = true;
	m.locked_acr = true;
	assert_int_equal(block(), 0);
	assert_int_equal(m.bank[0].actlr & ACTLR_CPRE, ACTLR_CPRE);
	(void)smmuv2_setup(NULL);
	assert_int_equal(block(), 0);
	assert_int_equal(m.bank[0].actlr & ACTLR_CPRE, ACTLR_CPRE);
}

/* ---- faults ---- */

TEST(a_fault_names_stream_address_direction_and_reason)
{
	struct iommu_fault f;
	u64 pa;

	assert_int_equal(block(), 0);
	assert_int_equal(driver->next_fault(0, &f), BH_ENOENT);
	assert_false(smmuv2_model_dma(&m, 0x345, 0x12345678, true, &pa));
	assert_int_equal(driver->next_fault(0, &f), 0);
	assert_int_equal(f.who.v, 0x345);
	assert_int_equal(f.addr.v, 0x12345678);
	assert_true(f.write);
	assert_int_equal(f.reason, GLOBAL | BIT(1));
	assert_int_equal(driver->next_fault(0, &f), BH_ENOENT);
	assert_int_equal(driver->prepare(0, 0x345), 0);
	assert_false(smmuv2_model_dma(&m, 0x345, 0x23456789, false, &pa));
	assert_int_equal(driver->next_fault(0, &f), 0);
	assert_int_equal(f.who.v, 0x345);
	assert_int_equal(f.addr.v, 0x23456789);
	assert_false(f.write);
	assert_int_equal(f.reason, BIT(1));
	assert_int_equal(driver->next_fault(0, &f), BH_ENOENT);
}

TEST(no_stream_keeps_the_faults_of_others_waiting)
{
	struct iommu_fault f;
	u32 seen[4] = { 0 };

	assert_int_equal(block(), 0);
	for (u32 i = 0; i < 4U; i++)
		assert_int_equal(driver->prepare(0, i), 0);
	for (u32 round = 0; round < 40U; round++) {
		for (u32 i = 0; i < 4U; i++)
			assert_true(refused(i));
		assert_int_equal(driver->next_fault(0, &f), 0);
		seen[f.who.v]++;
	}
	for (u32 i = 0; i < 4U; i++)
		assert_int_equal(seen[i], 10);
}

TEST(faults_raise_the_line_until_they_are_taken)
{
	struct iommu_fault f;

	machine.iommu[0].irq_event = 155;
	machine.iommu[0].irq_gerror = 155;
	assert_int_equal(block(), 0);
	assert_int_equal(driver->prepare(0, STREAM), 0);
	assert_true(refused(STREAM));
	assert_true(refused(STREAM + 1U));
	assert_false(smmuv2_model_line(&m, false) || smmuv2_model_line(&m, true));
	assert_int_equal(driver->interrupt(0), 0);
	assert_true(driver->level);
	assert_true(smmuv2_model_line(&m, false) && smmuv2_model_line(&m, true));
	while (driver->next_fault(0, &f) == 0)
		;
	assert_false(smmuv2_model_line(&m, false) || smmuv2_model_line(&m, true));
	assert_int_equal(driver->prepare(0, 7), 0);
	assert_true(refused(7));
	assert_true(smmuv2_model_line(&m, false));
}

TEST(global_faults_of_another_line_raise_none)
{
	machine.iommu[0].irq_event = 155;
	machine.iommu[0].irq_gerror = 154;
	assert_int_equal(block(), 0);
	assert_int_equal(driver->interrupt(0), 0);
	assert_true(refused(1));
	assert_false(smmuv2_model_line(&m, true));
}

TEST(a_device_that_nobody_has_cannot_hold_up_a_cpu)
{
	struct iommu_fault f;

	machine.iommu[0].irq_event = 155;
	machine.iommu[0].irq_gerror = 155;
	assert_int_equal(block(), 0);
	assert_int_equal(driver->interrupt(0), 0);
	for (u32 i = 0; i < 128U; i++) {
		assert_true(refused(1));
		assert_true(smmuv2_model_line(&m, true));
		assert_int_equal(driver->next_fault(0, &f), 0);
	}
	assert_true(refused(1));
	assert_false(smmuv2_model_line(&m, true));
	assert_int_equal(driver->next_fault(0, &f), 0);
	assert_null(m.watch.illegal);
}

/* ---- domains ---- */

static void take(u32 stream)
{
	dev = (struct iommu_device){
		.name = "dev", .unit = 0, .stream = stream, .owner = 1, .partition = "one"
	};
	assert_int_equal(driver->prepare(0, stream), 0);
}

static void attached(u32 stream)
{
	take(stream);
	domains_attach();
}

TEST(a_device_reaches_its_domain_and_nothing_else)
{
	take(STREAM);
	assert_false(domains_reach(IOVA0, false));
	attached(STREAM);
	domains_check_bounds();
	domains_check_taken();
}

TEST(rights_are_those_of_the_map)
{
	take(STREAM);
	assert_int_equal(iommu_map(&domain, IOVA(IOVA0), &region, 0, PAGE_SIZE, PT_R), 0);
	assert_int_equal(iommu_attach(&dev, &domain), 0);
	assert_true(domains_reach(IOVA0, false));
	assert_false(domains_reach(IOVA0, true));
}

TEST(what_is_unmapped_is_gone_when_the_ticket_is_done)
{
	attached(STREAM);
	domains_check_unmapped();
}

TEST(without_the_ticket_a_unit_goes_on_using_what_was_there)
{
	struct iommu_ticket t;

	attached(STREAM);
	model_unmap(&domain, &region, IOVA0 + PAGE_SIZE, PAGE_SIZE); /* splits the leaf */
	assert_true(domains_reach(IOVA0, true));
	iommu_ticket_init(&t, &domain);
	assert_int_equal(iommu_unmap(&domain, IOVA(IOVA0), PAGE_SIZE, &region, &t), 0);
	assert_true(domains_reach(IOVA0, true));
	assert_false(iommu_ticket_done(&t));
	assert_true(domains_reach(IOVA0, true));
	iommu_ticket_wait(&t);
	assert_false(domains_reach(IOVA0, true));
}

TEST(tickets_that_wait_share_one_synchronization)
{
	struct iommu_ticket t[8];
	u32 before, polls = 0;

	attached(STREAM);
	model_unmap(&domain, &region, IOVA0, PAGE_SIZE);
	before = m.syncs;
	for (u32 i = 0; i < 8U; i++) {
		iommu_ticket_init(&t[i], &domain);
		assert_int_equal(iommu_unmap(&domain, IOVA(IOVA0 + (i + 1U) * PAGE_SIZE), PAGE_SIZE,
					     &region, &t[i]),
				 0);
		m.stuck_sync = true;
		assert_false(iommu_ticket_done(&t[i]));
	}
	m.stuck_sync = false;
	for (u32 i = 8; i > 0U; i--)
		while (!iommu_ticket_done(&t[i - 1U]))
			polls++;
	assert_int_equal(m.syncs - before, 2);
	assert_true(polls < 20U);
	assert_null(m.watch.illegal);
}

TEST(moving_a_device_leaves_nothing_of_the_domain_before)
{
	attached(STREAM);
	domains_check_moved();
}

TEST(wide_domain_ids_are_used_where_there_are)
{
	m.idr2 |= IDR2_VMID16S;
	assert_int_equal(iommu_block_all(), 0);
	m.watch.given = true;
	attached(STREAM);
	assert_int_equal(m.bank[0].cba2r >> 16, domain.id);
	assert_int_equal(m.bank[0].cbar, 0);
	assert_true(domains_reach(IOVA0, true));
	model_unmap(&domain, &region, IOVA0, MIB(4));
	assert_false(domains_reach(IOVA0, true));
}

TEST(a_unit_snoops_only_if_firmware_says_so_too)
{
	struct iommu_caps caps;

	assert_int_equal(driver->caps(0, &caps), 0);
	assert_false(caps.coherent);
	take(STREAM);
	assert_int_equal(m.bank[0].tcr & TCR_SH0_IS, TCR_SH0_OS);
	machine.iommu[0].coherent = true;
	assert_int_equal(block(), 0);
	assert_int_equal(driver->caps(0, &caps), 0);
	assert_true(caps.coherent);
	take(STREAM);
	assert_int_equal(m.bank[0].tcr & (TCR_SH0_IS | TCR_IRGN0_WB), TCR_SH0_IS | TCR_IRGN0_WB);
	m.idr0 &= ~IDR0_CTTW;
	assert_int_equal(block(), 0);
	assert_int_equal(driver->caps(0, &caps), 0);
	assert_false(caps.coherent);
}

TEST(a_domain_is_no_wider_than_the_unit)
{
	static const u8 bits[] = { 32, 36, 40, 42, 44, 48 };
	struct iommu_caps caps;

	for (u32 i = 0; i < ARRAY_SIZE(bits); i++) {
		m.idr2 = IDR2_PTFSV8_4K | (u32)FIELD_PREP(i, 7, 4) | i;
		m.watch.given = false;
		assert_int_equal(block(), 0);
		assert_int_equal(driver->caps(0, &caps), 0);
		assert_int_equal(caps.in_bits, bits[i]);
		assert_int_equal(caps.out_bits, bits[i]);
		assert_int_equal(driver->prepare(0, STREAM), 0);
		assert_true(refused(STREAM));
		assert_true(64U - (m.bank[0].tcr & 0x3fU) <= bits[i]);
	}
	assert_null(m.watch.illegal);
}

TEST(a_mask_makes_one_device_of_many_ids)
{
	struct iommu_device *d = NULL, *again = NULL;
	u64 pa;

	assert_int_equal(iommu_device_take(MODEL_BASE, MASKED(0x400, 0xff), "/gem", 5, "five", &d),
			 0);
	assert_int_equal(iommu_map(&domain, IOVA(IOVA0), &region, 0, MIB(2), PT_R | PT_W), 0);
	assert_int_equal(iommu_attach(d, &domain), 0);
	for (u32 id = 0x400; id < 0x500U; id++)
		assert_true(smmuv2_model_dma(&m, id, IOVA0, true, &pa));
	assert_true(refused(0x500));
	assert_int_equal(iommu_faults_take(8), 1);
	assert_int_equal(d->faults, 0);
	assert_true(refused(0x4ab));
	assert_int_equal(iommu_faults_take(8), 1);
	assert_int_equal(d->faults, 1);
	assert_int_equal(iommu_device_take(MODEL_BASE, 0x480, "/other", 6, "six", &again),
			 BH_EBUSY);
	assert_int_equal(iommu_device_take(MODEL_BASE, MASKED(0, 0x7fff), "/o", 6, "six", &again),
			 BH_EBUSY);
	assert_int_equal(iommu_device_take(MODEL_BASE, 0x8000, "/o", 6, "six", &again), BH_ERANGE);
	m.mask_bits = 0xff;
	assert_int_equal(block(), 0);
	assert_int_equal(driver->prepare(0, MASKED(0, 0x100)), BH_ERANGE);
}

TEST(more_devices_than_context_banks_are_refused)
{
	m.idr1 = (m.idr1 & ~0xffU) | 2U;
	assert_int_equal(block(), 0);
	assert_int_equal(driver->prepare(0, 1), 0);
	assert_int_equal(driver->prepare(0, 2), 0);
	assert_int_equal(driver->prepare(0, 1), 0);
	assert_int_equal(driver->prepare(0, 3), BH_EOVERFLOW);
	assert_int_equal(driver->attach(0, 3, &domain), BH_ERANGE);
	assert_true(refused(3));
	assert_null(m.watch.illegal);
}

TEST(a_synchronization_that_never_ends_stops_the_unit)
{
	attached(STREAM);
	model_unmap(&domain, &region, IOVA0, PAGE_SIZE);
	assert_true(domains_reach(IOVA0 + PAGE_SIZE, true));
	m.stuck_sync = true;
	model_unmap(&domain, &region, IOVA0 + PAGE_SIZE, PAGE_SIZE);
	assert_false(domains_reach(IOVA0 + PAGE_SIZE, true));
	assert_false(domains_reach(IOVA0 + MIB(2), true));
	assert_string_equal(iommu_state(0), "stopped: it did not obey");
	assert_int_equal(iommu_attach(&dev, &domain), BH_EIO);
	assert_int_equal(iommu_attach(&dev, NULL), 0);
}

TEST(an_attach_that_is_not_done_stops_the_unit)
{
	take(STREAM);
	m.stuck_sync = true;
	assert_int_equal(iommu_attach(&dev, &domain), BH_EIO);
	assert_false(domains_reach(IOVA0, true));
	assert_string_equal(iommu_state(0), "stopped: it did not obey");
}

TEST(a_device_that_floods_is_hushed_until_it_is_attached_again)
{
	struct iommu_device *d = NULL;

	machine.iommu[0].irq_event = 155;
	assert_int_equal(iommu_device_take(MODEL_BASE, 0x22, "/flood", 5, "five", &d), 0);
	assert_int_equal(driver->interrupt(0), 0);
	for (u32 i = 0; i < 200U; i++) {
		assert_true(refused(0x22));
		(void)iommu_faults_take(8);
	}
	assert_true(d->hushed);
	assert_int_equal(d->faults, 21);
	assert_false(smmuv2_model_line(&m, false));
	assert_int_equal(driver->interrupt(0), 0);
	assert_false(smmuv2_model_line(&m, false));
	assert_int_equal(iommu_attach(d, NULL), 0);
	assert_true(refused(0x22));
	assert_true(smmuv2_model_line(&m, false));
	assert_int_equal(iommu_faults_take(8), 1);
	assert_null(m.watch.illegal);
}

/* ---- that the model catches a driver that gets it wrong ---- */

static volatile u8 *registers(void)
{
	return mmu_map(MODEL_BASE, SMMUV2_MODEL_SIZE, MMU_DEVICE);
}

TEST(the_model_refuses_to_let_unmatched_streams_pass)
{
	assert_int_equal(block(), 0);
	mmio_write32(registers() + SMMU_sCR0, m.cr0 & ~CR0_USFCFG);
	assert_string_equal(m.watch.illegal, "a device can reach more than before");
}

TEST(the_model_refuses_to_forget_a_register_that_refuses)
{
	m.cr0 = 0;
	m.smr[4] = SMR_VALID | 9U;
	m.s2cr[4] = S2CR_TYPE_FAULT;
	m.victim = 9;
	smmuv2_model_start(&m);
	mmio_write32(registers() + SMMU_SMR(4U), 0);
	assert_string_equal(m.watch.illegal, "a stream can reach more than before");
}

TEST(the_model_refuses_a_bank_that_is_switched_off_under_its_stream)
{
	assert_int_equal(block(), 0);
	assert_int_equal(driver->prepare(0, 1), 0);
	mmio_write32(registers() + 0x10000U + SMMU_CB_SCTLR, 0);
	assert_string_equal(m.watch.illegal, "a bank is switched off under its stream");
}

UNIT_TESTS(SMMUV2(a_unit_after_reset_is_blocked),
	   SMMUV2(a_unit_that_firmware_left_on_blocks_without_a_gap),
	   SMMUV2(a_stream_that_firmware_refused_never_passes),
	   SMMUV2(stream_ids_of_16_bits_are_used_where_there_are),
	   SMMUV2(a_unit_without_stream_matching_is_blocked_by_index),
	   SMMUV2(a_unit_that_can_only_block_gives_no_domain),
	   SMMUV2(registers_that_firmware_says_are_smaller_are_an_error),
	   SMMUV2(banks_beyond_the_registers_are_not_believed),
	   SMMUV2(a_unit_that_does_not_obey_is_an_error),
	   SMMUV2(a_unit_that_is_not_there_is_an_error), SMMUV2(an_mmu_500_does_not_fetch_ahead),
	   SMMUV2(a_fault_names_stream_address_direction_and_reason),
	   SMMUV2(no_stream_keeps_the_faults_of_others_waiting),
	   SMMUV2(faults_raise_the_line_until_they_are_taken),
	   SMMUV2(global_faults_of_another_line_raise_none),
	   SMMUV2(a_device_that_nobody_has_cannot_hold_up_a_cpu),
	   DOMAIN(a_device_reaches_its_domain_and_nothing_else),
	   DOMAIN(rights_are_those_of_the_map),
	   DOMAIN(what_is_unmapped_is_gone_when_the_ticket_is_done),
	   DOMAIN(without_the_ticket_a_unit_goes_on_using_what_was_there),
	   DOMAIN(tickets_that_wait_share_one_synchronization),
	   DOMAIN(moving_a_device_leaves_nothing_of_the_domain_before),
	   DOMAIN(wide_domain_ids_are_used_where_there_are),
	   DOMAIN(a_unit_snoops_only_if_firmware_says_so_too),
	   DOMAIN(a_domain_is_no_wider_than_the_unit), DOMAIN(a_mask_makes_one_device_of_many_ids),
	   DOMAIN(more_devices_than_context_banks_are_refused),
	   DOMAIN(a_synchronization_that_never_ends_stops_the_unit),
	   DOMAIN(an_attach_that_is_not_done_stops_the_unit),
	   DOMAIN(a_device_that_floods_is_hushed_until_it_is_attached_again),
	   SMMUV2(the_model_refuses_to_let_unmatched_streams_pass),
	   SMMUV2(the_model_refuses_to_forget_a_register_that_refuses),
	   SMMUV2(the_model_refuses_a_bank_that_is_switched_off_under_its_stream));
