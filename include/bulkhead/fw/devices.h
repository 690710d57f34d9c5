/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The devices of the board that a partition could be given: nodes of the firmware's devicetree
 * with registers of their own, and PCI functions, which are called "pci:" and their address. A
 * host that checks a manifest knows none of the latter.
 */
#ifndef BULKHEAD_FW_DEVICES_H
#define BULKHEAD_FW_DEVICES_H

#include <bulkhead/fw/machine.h>
#include <bulkhead/lib/types.h>

#define MACHINE_DEVICES_MAX 128U
#define MACHINE_DEVICE_RANGES_MAX 4U
#define MACHINE_DEVICE_IRQS_MAX 8U
#define MACHINE_DEVICE_STREAMS_MAX 4U
#define MACHINE_DEVICE_PATHS_MAX 8192U

struct machine_device {
	const char *path;
	u32 range_count;
	struct machine_range range[MACHINE_DEVICE_RANGES_MAX];
	u32 irq_count;
	struct {
		u32 intid;
		bool level;
	} irq[MACHINE_DEVICE_IRQS_MAX];
	u32 stream_count; /* iommus */
	struct {
		hpa_t iommu; /* base of its registers, as in struct machine_iommu */
		u32 id;
	} stream[MACHINE_DEVICE_STREAMS_MAX];
	bool registers_only; /* its binding has no DMA */
	bool pci;            /* a function */
	pci_sbdf_t function;
	u32 group; /* of functions that go together, from 1; 0: none */
	/*
	 * Why it cannot be handed over whole, in words, or NULL: more ranges or interrupts than
	 * fit, an interrupt that is private to a CPU or goes through another controller.
	 */
	const char *obstacle;
};

struct machine_devices {
	u32 count;
	u32 dropped; /* those that did not fit */
	struct machine_device device[MACHINE_DEVICES_MAX];
	u32 paths_used;
	char paths[MACHINE_DEVICE_PATHS_MAX];
};

/* Filled by the FDT reader at STAGE_DISCOVER, read-only afterwards. */
extern struct machine_devices machine_devices;

/* Reads like fdt_read_machine(), and the devices into @devices (cleared first). */
int fdt_read_devices(const void *fdt, size_t size, struct machine *m,
		     struct machine_devices *devices);

/*
 * The firmware's devicetree, private and checked, for what only a device's driver understands
 * (compatible); NULL where there is none.
 */
extern const void *machine_fdt;

/* Adds PCI function @f, called "pci:" and its address; NULL: there is no room, which is counted. */
struct machine_device *machine_device_add_pci(struct machine_devices *list, pci_sbdf_t f);

/* "pci:0000:00:01.0" into its number. False: @path is not of that form. */
bool machine_device_pci_path(const char *path, pci_sbdf_t *f);

/* The device at @path; NULL if there is none. */
const struct machine_device *machine_device_find(const struct machine_devices *list,
						 const char *path);

#endif
