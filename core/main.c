// SPDX-License-Identifier: Apache-2.0
/*
 * The whole boot story on one screen.
 */
#include <bulkhead/arch/cpu.h>
#include <bulkhead/base/handoff.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/panic.h>
#include <bulkhead/base/run.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>

static const char *const stage_name[BOOT_STAGES] = {
	[STAGE_CONSOLE] = "console",
	[STAGE_DISCOVER] = "discover the machine",
	[STAGE_ADDRESS_SPACE] = "own address space",
	[STAGE_DMA_BLOCK] = "IOMMUs block everything",
	[STAGE_INTERRUPTS] = "interrupts and timer",
	[STAGE_CPUS] = "other CPUs",
	[STAGE_PCIE] = "enumerate PCIe",
	[STAGE_IMAGE] = "system image",
	[STAGE_PARTITIONS] = "partitions",
	[STAGE_RUN] = "run",
};

void bulkhead_main(void)
{
	log_ring_init();
	log_info("Bulkhead %s for %s", CONFIG_VERSION, CONFIG_BOARD);
	for (u32 s = 0; s < BOOT_STAGES; s++) {
		int err;

		boot_step(stage_name[s]);
		err = units_run((enum boot_stage)s);
		if (err != 0)
			panic("boot stage \"%s\" failed: %s", stage_name[s], error_name(err));
	}
	boot_steps_report();
	log_info("boot complete");
	if (run_held())
		cpu_idle();
	run_idle();
}
