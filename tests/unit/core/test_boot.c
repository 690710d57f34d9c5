// SPDX-License-Identifier: Apache-2.0
/* The boot story on a machine with nothing but a CPU, and its summary. */
#include <bulkhead/arch/cpu.h>
#include <bulkhead/base/handoff.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/fw/machine.h>
#include <bulkhead/iommu/iommu.h>
#include <bulkhead/lib/error.h>
#include <lines.h>

#include "core/base/log.c"
#include "core/main.c"
#include "core/summary.c"

struct machine machine;
struct handoff handoff;

static int failing_result;

static int failing_init(void)
{
	return failing_result;
}
UNIT_DEFINE(failing, 4, 50, failing_init);

const char *iommu_state(u32 index)
{
	return (index == 0U) ? "blocking" : "refuses to block";
}

/* Instead of CONFIG_BOOT_END_*: tells the test that the boot came to its end. */
void run_idle(void)
{
	cpu_halt();
}

static void boot(void *arg __unused)
{
	bulkhead_main();
}

static int boot_setup(void **state)
{
	log_lock = (struct spinlock)SPINLOCK_INIT(LOCK_LOG);
	failing_result = 0;
	memset(&machine, 0, sizeof(machine));
	if (irqchip() == NULL)
		(void)irqchip_register(&fake_irqchip);
	return lines_setup(state);
}

TEST(a_boot_names_every_stage_and_says_when_it_is_complete)
{
	assert_int_equal(fake_end_of(boot, NULL), FAKE_HALT);
	assert_non_null(lines_find("boot: console"));
	assert_non_null(lines_find("boot: run"));
	assert_non_null(lines_find("own address space "));
	assert_non_null(strstr(lines_last(), "info  boot complete"));
}

TEST(a_stage_that_fails_stops_the_boot_and_names_unit_and_stage)
{
	failing_result = BH_EIO;
	assert_int_equal(fake_end_of(boot, NULL), FAKE_HALT);
	assert_non_null(lines_find("unit failing failed: EIO"));
	assert_non_null(lines_find("boot stage \"interrupts and timer\" failed: EIO"));
	assert_null(lines_find("boot: other CPUs"));
}

TEST(the_summary_names_cpu_protections_entropy_and_every_iommu)
{
	machine.iommu_count = 2;
	machine.iommu[0] = (struct machine_iommu){ .kind = IOMMU_VTD, .base = HPA(0xfed90000U) };
	machine.iommu[1] = (struct machine_iommu){ .kind = IOMMU_SMMUV3, .base = HPA(0x9050000U) };
	assert_int_equal(summary_log(), 0);
	assert_non_null(lines_find("CPU: fake CPU, virtualization: none"));
	assert_non_null(lines_find("protections in force: none"));
	assert_non_null(lines_find("entropy: fake"));
	assert_non_null(lines_find("IOMMU 0: VT-d at 0xfed90000: blocking"));
	assert_non_null(lines_find("IOMMU 1: SMMUv3 at 0x9050000: refuses to block"));
}

#define BOOT_TEST(name) cmocka_unit_test_setup(name, boot_setup)

UNIT_TESTS(BOOT_TEST(a_boot_names_every_stage_and_says_when_it_is_complete),
	   BOOT_TEST(a_stage_that_fails_stops_the_boot_and_names_unit_and_stage),
	   BOOT_TEST(the_summary_names_cpu_protections_entropy_and_every_iommu));
