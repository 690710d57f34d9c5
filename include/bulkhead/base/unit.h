/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Units: the parts of Bulkhead, each with a declared place in the boot order.
 *
 * A unit is a constant record that the linker collects; what is not built is not there, so no
 * boot code has to ask. core/main.c walks the stages in order and runs the units of each.
 */
#ifndef BULKHEAD_BASE_UNIT_H
#define BULKHEAD_BASE_UNIT_H

#include <bulkhead/lib/types.h>

/* The boot story, in order. core/main.c gives each stage its name and its rule for failure. */
enum boot_stage {
	STAGE_CONSOLE,       /* 0: the first line, before anything can hang */
	STAGE_DISCOVER,      /* 1: firmware tables into struct machine */
	STAGE_ADDRESS_SPACE, /* 2: W^X, guard pages; boot mappings dropped */
	STAGE_DMA_BLOCK,     /* 3: every IOMMU refuses everything */
	STAGE_INTERRUPTS,    /* 4: interrupt controllers and timers of the boot CPU */
	STAGE_CPUS,          /* 5: all other CPUs */
	STAGE_PCIE,          /* 6: buses walked */
	STAGE_IMAGE,         /* 7: system image verified, manifest checked */
	STAGE_PARTITIONS,    /* 8: partitions built */
	STAGE_RUN,           /* 9: staged start; test payloads run here */
	BOOT_STAGES
};

struct unit {
	const char *name;
	enum boot_stage stage;
	/*
	 * Runs once, on the boot CPU, interrupts masked. 0: done. BH_ENODEV: this machine has
	 * no such thing, which is no error. Anything else: the stage fails.
	 */
	int (*init)(void);
};

/*
 * Declares a unit. @stage_digit is the stage's number and @prio two digits that order the units
 * of one stage (50 where it does not matter); both end in the section's name, which the linker
 * sorts. UNIT_DEFINE(gicv3, 4, 20, gicv3_init).
 */
#ifdef __APPLE__
#error "units need an ELF linker"
#endif
#define UNIT_DEFINE(ident, stage_digit, prio, init_fn)                                           \
	static const struct unit unit_##ident __used __section(".units." #stage_digit "." #prio) \
		__no_redzone __aligned(8) = { .name = #ident,                                    \
					      .stage = (enum boot_stage)(stage_digit),           \
					      .init = (init_fn) }

/* First and one past the last unit, in boot order (linker script). */
extern const struct unit units_start[];
extern const struct unit units_end[];

/*
 * Runs every unit of @stage in order. Stops at the first failure, logs unit and error, and
 * returns it; 0 otherwise.
 */
int units_run(enum boot_stage stage);

#endif
