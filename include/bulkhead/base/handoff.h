/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the way in handed over. Each entry path (arm64 Image, multiboot2, PVH, boot sector) fills
 * one of these from its own protocol and calls bulkhead_main(); nothing later asks how the
 * machine was booted. Addresses are as the loader gave them: unchecked input.
 */
#ifndef BULKHEAD_BASE_HANDOFF_H
#define BULKHEAD_BASE_HANDOFF_H

#include <bulkhead/lib/types.h>

#define HANDOFF_RAM_MAX 64U
#define HANDOFF_MODULES_MAX 4U

struct handoff_range {
	hpa_t base;
	u64 size;
	bool usable; /* false: reserved by firmware */
};

struct handoff {
	const char *protocol; /* "arm64 Image", "multiboot2", "PVH", "boot sector" */
	hpa_t fdt;            /* flattened device tree, 0 if none */
	hpa_t rsdp;           /* ACPI root pointer, 0 if none was handed over */
	char cmdline[256];    /* always terminated */
	u32 ram_count;        /* memory map of the loader; 0 where the FDT has it */
	struct handoff_range ram[HANDOFF_RAM_MAX];
	u32 module_count; /* the first module is the system image */
	struct handoff_range module[HANDOFF_MODULES_MAX];
};

extern struct handoff handoff;

/*
 * The whole boot story (core/main.c). Called once, on the boot CPU, on its own stack with the
 * image mapped at its link address, bss cleared, interrupts masked, this_cpu() valid and
 * `handoff` filled.
 */
void bulkhead_main(void) __noreturn;

/* A secondary CPU that has its stack, address space and this_cpu(): core/main.c. */
void bulkhead_secondary_main(void) __noreturn;

#endif
