// SPDX-License-Identifier: Apache-2.0
/* The lists of struct machine and how they are filled. */
#include "machine_build.h"

#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

/* A table with thousands of objects too many must not push everything else out of the log. */
#define DROPS_NAMED 8U

struct machine machine;
u8 fw_buffer[CONFIG_FW_TABLE_MAX] __aligned(8) __scratch;

static const char *const irqchip_names[] = {
	[IRQCHIP_GICV2] = "GICv2",     [IRQCHIP_GICV3] = "GICv3",
	[IRQCHIP_GIC_ITS] = "GIC ITS", [IRQCHIP_LAPIC] = "local APIC",
	[IRQCHIP_IOAPIC] = "I/O APIC",
};

static const char *const iommu_names[] = {
	[IOMMU_VTD] = "VT-d",
	[IOMMU_AMDVI] = "AMD-Vi",
	[IOMMU_SMMUV3] = "SMMUv3",
	[IOMMU_SMMUV2] = "SMMUv2",
};

static const char *const uart_names[] = {
	[UART_PL011] = "PL011",          [UART_16550_MMIO] = "16550",
	[UART_16550_PORT] = "16550",     [UART_IMX] = "i.MX UART",
	[UART_CADENCE] = "Cadence UART", [UART_BCM_MINI] = "BCM mini UART",
};

const char *irqchip_kind_name(enum irqchip_kind kind)
{
	return irqchip_names[kind];
}

const char *iommu_kind_name(enum iommu_kind kind)
{
	return iommu_names[kind];
}

const char *uart_kind_name(enum uart_kind kind)
{
	return uart_names[kind];
}

size_t text_copy(char *dst, size_t size, const char *src, size_t n)
{
	const size_t most = n < size ? n : size - 1U;
	size_t i = 0;

	for (; i < most && src[i] != '\0'; i++) {
		dst[i] = src[i] >= ' ' && src[i] <= '~' ? src[i] : '?';
	}
	dst[i] = '\0';
	return i;
}

void machine_clear(struct machine *m, const char *source)
{
	m->source = source;
	memset(m->model, 0, sizeof(m->model));
	m->cpu_count = 0;
	memset(m->cpu, 0, sizeof(m->cpu));
	m->irqchip_count = 0;
	memset(m->irqchip, 0, sizeof(m->irqchip));
	m->has_8259 = false;
	m->iommu_count = 0;
	memset(m->iommu, 0, sizeof(m->iommu));
	m->segment_count = 0;
	memset(m->segment, 0, sizeof(m->segment));
	m->id_map_count = 0;
	memset(m->id_map, 0, sizeof(m->id_map));
	m->dma_count = 0;
	memset(m->dma, 0, sizeof(m->dma));
	m->uart_count = 0;
	memset(m->uart, 0, sizeof(m->uart));
	memset(&m->power, 0, sizeof(m->power));
	memset(&m->timer, 0, sizeof(m->timer));
	m->dropped = 0;
}

void machine_drop(struct machine *m, const char *what, u64 id, u32 max)
{
	if (m->dropped < DROPS_NAMED) {
		log_warn("%s: %s 0x%lx left out: more than the %u Bulkhead holds", m->source, what,
			 id, max);
	}
	m->dropped++;
}

struct machine_cpu *machine_add_cpu(struct machine *m, u64 id)
{
	if (m->cpu_count == CONFIG_MAX_CPUS) {
		machine_drop(m, "CPU", id, CONFIG_MAX_CPUS);
		return NULL;
	}
	m->cpu[m->cpu_count].hwid = id;
	return &m->cpu[m->cpu_count++];
}

struct machine_irqchip *machine_add_irqchip(struct machine *m, enum irqchip_kind kind, u64 id)
{
	if (m->irqchip_count == MACHINE_IRQCHIPS_MAX) {
		machine_drop(m, irqchip_kind_name(kind), id, MACHINE_IRQCHIPS_MAX);
		return NULL;
	}
	m->irqchip[m->irqchip_count].kind = kind;
	m->irqchip[m->irqchip_count].base = HPA(id);
	return &m->irqchip[m->irqchip_count++];
}

struct machine_iommu *machine_add_iommu(struct machine *m, enum iommu_kind kind, u64 id)
{
	if (m->iommu_count == MACHINE_IOMMUS_MAX) {
		log_error("%s: %s 0x%lx is one more than the %u that can be blocked", m->source,
			  iommu_kind_name(kind), id, MACHINE_IOMMUS_MAX);
		return NULL;
	}
	m->iommu[m->iommu_count].kind = kind;
	m->iommu[m->iommu_count].base = HPA(id);
	return &m->iommu[m->iommu_count++];
}

struct machine_segment *machine_add_segment(struct machine *m, u64 id)
{
	if (m->segment_count == MACHINE_SEGMENTS_MAX) {
		machine_drop(m, "PCIe segment", id, MACHINE_SEGMENTS_MAX);
		return NULL;
	}
	return &m->segment[m->segment_count++];
}

struct machine_uart *machine_add_uart(struct machine *m, enum uart_kind kind, u64 id)
{
	if (m->uart_count == MACHINE_UARTS_MAX) {
		machine_drop(m, uart_kind_name(kind), id, MACHINE_UARTS_MAX);
		return NULL;
	}
	m->uart[m->uart_count].kind = kind;
	m->uart[m->uart_count].base = HPA(id);
	return &m->uart[m->uart_count++];
}

struct machine_id_map *machine_add_id_map(struct machine *m, enum machine_id_kind kind, u64 id)
{
	if (m->id_map_count == MACHINE_ID_MAPS_MAX) {
		machine_drop(m, "map of requester ids from", id, MACHINE_ID_MAPS_MAX);
		return NULL;
	}
	m->id_map[m->id_map_count].kind = kind;
	return &m->id_map[m->id_map_count++];
}

/* No wrap: the caller has looked. */
void machine_add_dma(struct machine *m, const struct machine_dma *r)
{
	const u64 base = ALIGN_DOWN(r->base.v, PAGE_SIZE);
	const u64 end = ALIGN_UP(r->base.v + r->size, PAGE_SIZE);

	if (m->dma_count == MACHINE_DMA_MAX) {
		machine_drop(m, "memory of firmware's devices at", base, MACHINE_DMA_MAX);
		return;
	}
	if (end <= base)
		return;
	m->dma[m->dma_count] = *r;
	m->dma[m->dma_count].base = HPA(base);
	m->dma[m->dma_count].size = end - base;
	m->dma_count++;
}

static bool range_add(struct machine_range *list, u32 *count, u32 max, u64 base, u64 size)
{
	if (*count == max) {
		return false;
	}
	list[*count] = (struct machine_range){ .base = HPA(base), .size = size };
	(*count)++;
	return true;
}

void machine_add_ram(struct machine *m, u64 base, u64 size)
{
	if (size != 0U && !range_add(m->ram, &m->ram_count, MACHINE_RAM_MAX, base, size)) {
		machine_drop(m, "RAM", base, MACHINE_RAM_MAX);
	}
}

int machine_add_reserved(struct machine *m, u64 base, u64 size)
{
	if (size != 0U &&
	    !range_add(m->reserved, &m->reserved_count, MACHINE_RESERVED_MAX, base, size)) {
		log_error("%s: reserved memory 0x%lx is one more than the %u ranges Bulkhead holds",
			  m->source, base, MACHINE_RESERVED_MAX);
		return BH_EOVERFLOW;
	}
	return 0;
}

void machine_add_redist(struct machine *m, struct machine_irqchip *c, u64 base, u64 size)
{
	u32 n = c->gicv3.redist_count;
	struct machine_range *last = n != 0U ? &c->gicv3.redist[n - 1U] : NULL;

	if (last != NULL && last->base.v + last->size == base && size <= ~last->size) {
		last->size += size;
	} else if (n == MACHINE_GICR_REGIONS_MAX) {
		machine_drop(m, "redistributor region", base, MACHINE_GICR_REGIONS_MAX);
	} else {
		c->gicv3.redist[n] = (struct machine_range){ .base = HPA(base), .size = size };
		c->gicv3.redist_count = n + 1U;
	}
}
