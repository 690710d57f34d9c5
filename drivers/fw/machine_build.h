/* SPDX-License-Identifier: Apache-2.0 */
/* How the readers fill a struct machine: one slot at a time, never past a list's end. */
#ifndef BULKHEAD_DRIVERS_FW_MACHINE_BUILD_H
#define BULKHEAD_DRIVERS_FW_MACHINE_BUILD_H

#include <bulkhead/fw/machine.h>
#include <bulkhead/lib/types.h>

/*
 * The next free entry of a list, zeroed and counted, or NULL when the list is full: then the
 * object is counted in `dropped` and named in the log with @id (hardware id or base address), and
 * the reader goes on. An IOMMU is not left out, because nobody would block it: NULL means
 * BH_EOVERFLOW there.
 */
struct machine_cpu *machine_add_cpu(struct machine *m, u64 id);
struct machine_irqchip *machine_add_irqchip(struct machine *m, enum irqchip_kind kind, u64 id);
struct machine_iommu *machine_add_iommu(struct machine *m, enum iommu_kind kind, u64 id);
struct machine_segment *machine_add_segment(struct machine *m, u64 id);
struct machine_uart *machine_add_uart(struct machine *m, enum uart_kind kind, u64 id);

struct machine_id_map *machine_add_id_map(struct machine *m, enum machine_id_kind kind, u64 id);

/* Adds memory that firmware promises to functions, whole pages of it. */
void machine_add_dma(struct machine *m, const struct machine_dma *r);

/* Adds RAM; an empty range is not added, one that does not fit is counted and named. */
void machine_add_ram(struct machine *m, u64 base, u64 size);

/*
 * Adds memory that must not be used. 0 or, because leaving it out would be unsafe, BH_EOVERFLOW
 * with the range logged.
 */
int __must_check machine_add_reserved(struct machine *m, u64 base, u64 size);

/*
 * Adds a redistributor region to the GICv3 @c, or extends the last one if the new one follows it
 * directly. More than MACHINE_GICR_REGIONS_MAX are counted and named.
 */
void machine_add_redist(struct machine *m, struct machine_irqchip *c, u64 base, u64 size);

/* One object that did not fit: counts it, and names the first few of them. */
void machine_drop(struct machine *m, const char *what, u64 id, u32 max);

/* Empties @m except for RAM and reserved ranges, and says who fills it. */
void machine_clear(struct machine *m, const char *source);

/* Copies at most @size - 1 bytes of @src (@n bytes, NUL ends it) as printable ASCII: how many. */
size_t text_copy(char *dst, size_t size, const char *src, size_t n);

/* Words of the log for each kind. */
const char *irqchip_kind_name(enum irqchip_kind kind);
const char *iommu_kind_name(enum iommu_kind kind);
const char *uart_kind_name(enum uart_kind kind);

/* CONFIG_FW_TABLE_MAX bytes in which one firmware table at a time is held while it is read. */
extern u8 fw_buffer[CONFIG_FW_TABLE_MAX] __aligned(8);

#endif
