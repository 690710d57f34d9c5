/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ACPI reader from the inside. Every table that is interpreted is copied into private memory
 * first and has passed length, signature and checksum; what is left for the readers is the
 * length of each entry.
 */
#ifndef BULKHEAD_DRIVERS_FW_ACPI_TABLE_H
#define BULKHEAD_DRIVERS_FW_ACPI_TABLE_H

#include <bulkhead/fw/machine.h>
#include <bulkhead/lib/types.h>

/* ACPI 6.5, 5.2.6: signature, length, revision, checksum, OEM ids. */
#define ACPI_HEADER 36U

/* Address spaces of a Generic Address Structure (5.2.3.2) that are used. */
#define ACPI_SPACE_MEMORY 0U
#define ACPI_SPACE_IO 1U

struct acpi_table {
	char signature[5];
	u64 pa;
	const u8 *data; /* private copy */
	u32 size;
	u8 revision;
};

/* What one pass over all tables collects before it can be put together. */
struct acpi_reader {
	const struct acpi_mem *mem;
	struct machine *m;
	u32 seen; /* bit n: table n of the reader's list was there */
	u64 dsdt;
	u64 lapic; /* local APIC address, once a CPU has one */
	bool has_lapic;
	struct machine_irqchip gicv2; /* parts of a GIC, spread over entries of the MADT */
	struct machine_irqchip gicv3;
	u8 gic_version;
	bool has_gicd;
	bool has_gicr;      /* GICR structures: the bases in GICC are not used then */
	u32 coherent_count; /* PCI segments the IORT calls coherent */
	u16 coherent[MACHINE_SEGMENTS_MAX];
	struct machine_dma rmrr;            /* the one whose scopes are read */
	u32 iommu_node[MACHINE_IOMMUS_MAX]; /* offset in the IORT, in the machine's order */
};

typedef int (*acpi_entry_reader_t)(struct acpi_reader *r, const struct acpi_table *t, u32 at,
				   u32 size);

/* A kind of entry that is read; others are stepped over. */
struct acpi_entry_kind {
	u32 type;
	u32 min; /* bytes */
	const char *name;
	acpi_entry_reader_t read;
};

/* Where an entry keeps its type (from byte 0) and length. */
struct acpi_entry_layout {
	u32 type_size;
	u32 size_at;
	u32 size_size;
};

/* Logs "acpi: <table> offset 0x..: <message>" and returns BH_EINVAL. */
int acpi_bad(const struct acpi_table *t, u32 at, const char *fmt, ...) __printf(3, 4);

/* Little-endian numbers at byte @at, which the caller has checked; 0 past the end. */
u8 acpi_u8(const struct acpi_table *t, u32 at);
u16 acpi_u16(const struct acpi_table *t, u32 at);
u32 acpi_u32(const struct acpi_table *t, u32 at);
u64 acpi_u64(const struct acpi_table *t, u32 at);

/*
 * Goes through the entries in [at, end): each must be as long as its own head and its kind's
 * minimum and end within @end. @kinds ends with a NULL reader. Stops at the first error.
 */
int acpi_entries(struct acpi_reader *r, const struct acpi_table *t, u32 at, u32 end,
		 const struct acpi_entry_layout *layout, const struct acpi_entry_kind *kinds);

/* Copies [pa, pa + size) into @dst. BH_EFAULT with the address logged if it cannot be mapped. */
int acpi_copy(const struct acpi_reader *r, const char *what, u64 pa, void *dst, u32 size);

/* Copies and checks a table's header; BH_EINVAL if its length is outside [ACPI_HEADER, max]. */
int acpi_header(const struct acpi_reader *r, u64 pa, u8 header[ACPI_HEADER], u32 max,
		struct acpi_table *t);

/* Readers of whole tables, which are at least as long as the list in acpi.c says. */
int acpi_read_madt(struct acpi_reader *r, const struct acpi_table *t);
int acpi_read_mcfg(struct acpi_reader *r, const struct acpi_table *t);
int acpi_read_dmar(struct acpi_reader *r, const struct acpi_table *t);
int acpi_read_ivrs(struct acpi_reader *r, const struct acpi_table *t);
int acpi_read_fadt(struct acpi_reader *r, const struct acpi_table *t);
int acpi_read_spcr(struct acpi_reader *r, const struct acpi_table *t);
int acpi_read_gtdt(struct acpi_reader *r, const struct acpi_table *t);
int acpi_read_iort(struct acpi_reader *r, const struct acpi_table *t);

/* After all entries: the GIC or local APIC of the machine. */
int acpi_finish_madt(struct acpi_reader *r);

/* The sleep types of S5 from the DSDT; leaves s5_known false if it has none. */
int acpi_read_s5(struct acpi_reader *r);

/* Physical address of the RSDP in a PC's BIOS area, 0 if there is none (acpi_scan.c). */
u64 acpi_scan_rsdp(const struct acpi_mem *mem);

#endif
