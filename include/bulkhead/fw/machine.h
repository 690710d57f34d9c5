/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine: what one pass over the firmware's tables found (docs/design.md, vocabulary).
 *
 * Filled at STAGE_DISCOVER by the FDT or the ACPI reader from checked copies of what firmware
 * said, read-only afterwards. Every list is bounded; what does not fit is counted in `dropped`
 * and named in the log.
 */
#ifndef BULKHEAD_FW_MACHINE_H
#define BULKHEAD_FW_MACHINE_H

#include <bulkhead/lib/types.h>

#define MACHINE_RAM_MAX 32U
#define MACHINE_RESERVED_MAX 32U
#define MACHINE_IRQCHIPS_MAX 16U
#define MACHINE_IOMMUS_MAX 16U
#define MACHINE_SEGMENTS_MAX 8U
#define MACHINE_UARTS_MAX 8U
#define MACHINE_ID_MAPS_MAX 32U
#define MACHINE_GICR_REGIONS_MAX 8U
#define MACHINE_DMA_MAX 16U

struct machine_range {
	hpa_t base;
	u64 size;
};

struct machine_cpu {
	u64 hwid;      /* MPIDR affinity or APIC id */
	u32 fw_id;     /* ACPI processor UID, or index in /cpus */
	bool enabled;  /* firmware says it may be started */
	hpa_t release; /* spin-table release address, 0 if none */
};

enum irqchip_kind { IRQCHIP_GICV2, IRQCHIP_GICV3, IRQCHIP_GIC_ITS, IRQCHIP_LAPIC, IRQCHIP_IOAPIC };

struct machine_irqchip {
	enum irqchip_kind kind;
	hpa_t base; /* distributor, ITS, local or I/O APIC */
	u64 size;
	union {
		struct {
			hpa_t cpu, hyp, vcpu; /* GICC, GICH, GICV; 0 if absent */
			u64 cpu_size;
			u32 maintenance; /* INTID of the maintenance interrupt, 0 unknown */
		} gicv2;
		struct {
			struct machine_range redist[MACHINE_GICR_REGIONS_MAX];
			u32 redist_count;
			u32 redist_stride; /* bytes from one to the next, 0: by GICR_TYPER.VLPIS */
			u32 maintenance;
		} gicv3;
		struct {
			u32 id; /* GIC ITS id (IORT, MADT) */
		} its;
		struct {
			u32 id;
			u32 gsi_base;
		} ioapic;
	};
};

enum iommu_kind { IOMMU_VTD, IOMMU_AMDVI, IOMMU_SMMUV3, IOMMU_SMMUV2 };

struct machine_iommu {
	enum iommu_kind kind;
	hpa_t base;
	u64 size;
	u16 segment;               /* PCI segment it serves (VT-d, AMD-Vi) */
	u16 own_rid;               /* AMD-Vi: its PCI function */
	bool all_devices;          /* VT-d INCLUDE_PCI_ALL */
	u32 irq_event, irq_gerror; /* INTIDs, 0 if none or by MSI */
	bool coherent;             /* SMMUv2: firmware says that its walks snoop */
	bool mmu500;               /* SMMUv2: an Arm MMU-500 */
};

/* What a PCI host bridge forwards to its buses, by the kind of BAR that goes there. */
enum machine_window_kind {
	MACHINE_WINDOW_IO,
	MACHINE_WINDOW_MEM32,
	MACHINE_WINDOW_MEM64,
	MACHINE_WINDOWS
};

struct machine_window {
	hpa_t base; /* of its first byte, as the CPU sees it */
	u64 size;   /* 0: there is none, or firmware has assigned the BARs */
	u64 bus;    /* address of its first byte on the bus */
};

/* A DesignWare host: its own registers, a window to functions, address translation. */
struct machine_dw {
	struct machine_range dbi, config; /* size 0: it is no such host */
	struct machine_range atu;         /* size 0: in dbi */
};

struct machine_segment {
	u16 segment;
	u8 bus_first, bus_last;
	hpa_t ecam; /* of bus_first; 0: a DesignWare host, or configuration by ports CF8/CFC */
	u64 ecam_size;
	struct machine_dw dw;
	bool coherent; /* DMA snoops (dma-coherent, or x86) */
	struct machine_window window[MACHINE_WINDOWS];
};

/* By what a PCI function's DMA, or its interrupt messages, are known behind its host bridge. */
enum machine_id_kind {
	MACHINE_ID_DMA, /* at an IOMMU: its index in machine.iommu */
	MACHINE_ID_MSI, /* at an ITS: its index in machine.irqchip */
	/* By its id, an I/O APIC of segment 0: as DMA. */
	MACHINE_ID_LINES,
};

/*
 * The way from a function down through bridges: device 7:3 and function 2:0 of each step, on the
 * bus behind the one before. With steps left an entry is about nobody: pcie_paths_follow() puts
 * the function at the end in place of the first.
 */
#define MACHINE_STEPS_MAX 15U
struct machine_path {
	u8 steps;
	u8 step[MACHINE_STEPS_MAX];
};

struct machine_id_map {
	enum machine_id_kind kind;
	u16 segment;
	u32 first, count; /* requester ids: bus 15:8, device 7:3, function 2:0 */
	u32 target;
	u32 out;                  /* what the first of them is known by there */
	bool same;                /* all of them are known by `out` (an alias) */
	bool behind;              /* it is about what is behind the bridge `first` */
	struct machine_path path; /* of one with a count of 1 */
};

/*
 * Memory that firmware promises to functions at its own address, whoever has them: RMRR of VT-d,
 * IVMD of AMD-Vi. It is among the reserved ranges, too. Whole pages.
 */
struct machine_dma {
	u16 segment;
	u32 first, count; /* requester ids */
	hpa_t base;
	u64 size;
	bool read, write;
	struct machine_path path; /* of one with a count of 1 */
};

enum uart_kind {
	UART_PL011,
	UART_16550_MMIO,
	UART_16550_PORT,
	UART_IMX,
	UART_CADENCE,
	UART_BCM_MINI
};

struct machine_uart {
	enum uart_kind kind;
	hpa_t base; /* or port number */
	u64 size;
	u32 irq;      /* INTID or GSI */
	u32 clock_hz; /* 0: leave the divisor as firmware set it */
	u8 reg_shift; /* log2 of the distance of two registers */
	u8 reg_width; /* bytes an access */
	bool console; /* stdout-path or SPCR names it */
};

enum psci_conduit { PSCI_NONE, PSCI_SMC, PSCI_HVC };

struct machine_power {
	enum psci_conduit psci;
	u16 pm_timer_port; /* ACPI PM timer, 0 if none */
	bool pm_timer_32;
	u16 pm1a_cnt, pm1b_cnt; /* ACPI S5: ports, 0 if none */
	u8 slp_typ_s5a, slp_typ_s5b;
	bool s5_known;
	u8 reset_space; /* FADT RESET_REG: 0 memory, 1 I/O */
	hpa_t reset_reg;
	u8 reset_value;
	bool reset_known;
};

struct machine_timer {
	u32 hyp_intid; /* arm64: EL2 physical timer, INTID */
	u32 virt_intid, phys_intid;
	u32 hz; /* clock-frequency, 0: CNTFRQ is right */
};

struct machine {
	const char *source; /* "devicetree", "ACPI" */
	char model[64];
	u32 pmu_intid; /* arm64: overflow of the performance monitors, 0 if not told */
	u32 cpu_count;
	struct machine_cpu cpu[CONFIG_MAX_CPUS];
	u32 ram_count;
	struct machine_range ram[MACHINE_RAM_MAX];
	u32 reserved_count;
	struct machine_range reserved[MACHINE_RESERVED_MAX];
	u32 irqchip_count;
	struct machine_irqchip irqchip[MACHINE_IRQCHIPS_MAX];
	bool has_8259; /* MADT PCAT_COMPAT */
	u32 iommu_count;
	struct machine_iommu iommu[MACHINE_IOMMUS_MAX];
	u32 segment_count;
	struct machine_segment segment[MACHINE_SEGMENTS_MAX];
	u32 id_map_count;
	struct machine_id_map id_map[MACHINE_ID_MAPS_MAX];
	u32 dma_count;
	struct machine_dma dma[MACHINE_DMA_MAX];
	u32 uart_count;
	struct machine_uart uart[MACHINE_UARTS_MAX];
	struct machine_power power;
	struct machine_timer timer;
	u32 dropped; /* entries that did not fit a list above */
};

extern struct machine machine;

/*
 * Reads an FDT of at most @size bytes at @fdt into @m (cleared first). @fdt is private, aligned
 * to 8 bytes and may hold anything. BH_EINVAL with the node named in the log if it breaks the
 * Devicetree Specification v0.4 or a binding. What does not fit is left out (see `dropped`),
 * except for an IOMMU or reserved memory, where that would be unsafe: BH_EOVERFLOW.
 */
int fdt_read_machine(const void *fdt, size_t size, struct machine *m);

/*
 * How ACPI tables are reached: maps @size bytes of physical memory at @pa read-only and returns
 * them, or NULL. @unmap takes them back. The unit tests and fuzzers pass a model.
 */
struct acpi_mem {
	const void *(*map)(void *ctx, u64 pa, u64 size);
	void (*unmap)(void *ctx, const void *p, u64 size);
	void *ctx;
};

/*
 * Reads the ACPI tables from the RSDP at @rsdp into @m (cleared first, except RAM, which comes
 * from the loader's map). ACPI 6.5; DMAR: VT-d 4.0 section 8; IVRS: AMD IOMMU 3.08 section 5.
 */
int acpi_read_machine(const struct acpi_mem *mem, hpa_t rsdp, struct machine *m);

/*
 * Checks what a reader found as a whole and puts it in order: RAM and reserved ranges become
 * sorted, disjoint and page-aligned (RAM inwards, reserved outwards; what is reserved outside RAM
 * is forgotten). BH_EINVAL
 * with the culprit logged if there is no RAM or no CPU that may start, two CPUs share a hardware
 * id, a register window wraps, lies in RAM or shares a byte with another, or two PCIe segments
 * share a bus.
 */
int machine_settle(struct machine *m);

/*
 * By what function @f is known for @kind: where (@target, see enum machine_id_kind) and by which
 * id (@id). @behind: asks what is said about all that is behind the bridge @f. BH_ENOENT: firmware
 * does not say, or there is no such unit. A VT-d unit that has the whole segment has what no other
 * one names.
 */
int machine_id_find(const struct machine *m, enum machine_id_kind kind, pci_sbdf_t f, bool behind,
		    u32 *target, u32 *id);

/* Logs the machine, a line an object; the same machine gives the same lines. */
void machine_log(const struct machine *m);

#endif
