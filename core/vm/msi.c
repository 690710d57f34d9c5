// SPDX-License-Identifier: Apache-2.0
/*
 * Messages of the PCI functions partitions have: what a guest asked for is kept with the vector,
 * and given to its interrupt controller when the physical interrupt has come. The function itself
 * is told once, and only by Bulkhead, where to write what.
 */
#include <bulkhead/arch/virq.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/iommu/domain.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/vm/msi.h>
#include <bulkhead/vm/state_hash.h>

#include "device_function.h"
#include "partition_internal.h"

/* A guest's message: address 63:32, data 31:0; this one says that there is none. */
#define UNBOUND 0ULL
#define ADDRESS_SHIFT 32U

struct bound {
	struct virq *virq;
	u64 message; /* atomic */
	u64 given;   /* messages that reached the guest: written where the interrupt is taken */
};

const struct state_field msi_bound_fields[] = {
	STATE_FIELD(struct bound, virq, BOOT),
	STATE_FIELD(struct bound, message, RESET), /* UNBOUND */
	STATE_FIELD(struct bound, given, KEPT),
};

const u32 msi_bound_field_count = ARRAY_SIZE(msi_bound_fields);

struct function {
	struct msi msi;
	struct bound *bound; /* one a vector */
};

/* By function, as in the tree of functions; written at boot. NULL: no messages of it. */
static struct function *functions[CONFIG_PCIE_FUNCTIONS];

/* Where devices of a partition write messages to; one page. */
static struct {
	bool there, translated;
	hpa_t page;
	u64 base;
} doorbells[PARTITIONS_MAX];

static struct function *find(pci_sbdf_t sbdf)
{
	const struct pcie_function *f = pcie_find(&pcie, sbdf);

	return f == NULL ? NULL : functions[f - pcie.fn];
}

/* The physical interrupt, on a CPU of its owner. */
static void arrived(void *ctx)
{
	struct bound *b = ctx;
	const u64 message = __atomic_load_n(&b->message, __ATOMIC_ACQUIRE);

	if (message != UNBOUND && virq_message(b->virq, message >> ADDRESS_SHIFT, (u32)message))
		__atomic_store_n(&b->given, b->given + 1U, __ATOMIC_RELAXED);
}

/* ---- boot ---- */

/* The guest's own page of it, once. */
static int doorbell_make(struct partition *p)
{
	struct virq_window w;
	struct mmio_range r;

	if (doorbells[p->id].there || !virq_doorbell(p->virq, &w))
		return 0;
	r = (struct mmio_range){ w.base, w.size, w.fn, w.ctx };
	doorbells[p->id].there = true;
	doorbells[p->id].base = w.base;
	return mmio_map_add(&p->mmio, &r);
}

/*
 * What the device is to write to: behind an IOMMU its owner's doorbell, which leads to the physical
 * one and to nothing else.
 */
static int doorbell_map(struct partition *p, const struct message_source *s, bool covered, u64 *at)
{
	struct iommu_domain *d = partition_domain(p);
	hpa_t page;
	int err;

	*at = 0;
	if (!covered || d == NULL || message_doorbell(s, &page) != 0)
		return 0;
	*at = doorbells[p->id].base;
	if (doorbells[p->id].translated)
		return doorbells[p->id].page.v == page.v ? 0 : BH_ENOTSUP;
	err = iommu_map_at(d, IOVA(*at), page, PAGE_SIZE, PT_W | PT_DEVICE);
	doorbells[p->id].translated = err == 0;
	doorbells[p->id].page = page;
	return err;
}

static int vectors_take(struct partition *p, struct function *g, u32 count, u64 doorbell)
{
	int err = 0;

	for (u32 i = 0; i < count && err == 0; i++) {
		g->bound[i].virq = p->virq;
		err = msi_take(&g->msi, i, p->vcpu[0].cpu, arrived, &g->bound[i], doorbell);
	}
	return err;
}

static int function_take(struct partition *p, const struct device_config *c,
			 const struct pcie_function *f, u32 count)
{
	const u64 vectors = ALIGN_UP((u64)count * sizeof(struct msi_vector), 64U);
	u8 *memory =
		partition_memory(p->config->name, ALIGN_UP(sizeof(struct function), 64U) + vectors +
							  count * sizeof(struct bound));
	struct function *g = (struct function *)(void *)memory;
	u64 doorbell = 0;
	int err;

	if (g == NULL)
		return trace_error(BH_ENOMEM);
	memory += ALIGN_UP(sizeof(struct function), 64U);
	g->bound = (struct bound *)(void *)(memory + vectors);
	err = msi_open(&g->msi, f, (struct msi_vector *)(void *)memory, count);
	if (err == 0)
		err = doorbell_make(p);
	if (err == 0)
		err = doorbell_map(p, &g->msi.source, c->stream_count != 0U, &doorbell);
	if (err == 0)
		err = vectors_take(p, g, count, doorbell);
	if (err != 0)
		return err;
	functions[f - pcie.fn] = g;
	state_hash_add(p->id, &(const struct state_unit){ c->path, g->bound, msi_bound_fields,
							  msi_bound_field_count, count,
							  sizeof(struct bound) });
	log_info("partition %s: device %s: %s %u by %s, id 0x%x", p->config->name, c->path,
		 g->msi.kind == MSI_X ? "MSI-X" : "MSI", count, message_controller()->name,
		 g->msi.source.id);
	return 0;
}

/* A function without messages is a function still: its guest may poll. */
static int msi_build(struct partition *p)
{
	for (u32 i = 0; i < p->config->device_count; i++) {
		const struct device_config *c = &p->config->device[i];
		const struct pcie_function *f = device_function(c);
		enum msi_kind kind = MSI_NONE;
		const u32 count = f == NULL ? 0U : msi_vectors(f, MSI_VECTORS_MAX, &kind);
		int err;

		if (count == 0U || message_controller() == NULL)
			continue;
		err = function_take(p, c, f, count);
		if (err != 0)
			log_warn("partition %s: device %s: no messages: %s", p->config->name,
				 c->path, error_name(err));
	}
	return 0;
}

/* ---- the partition's life ---- */

/* Before a partition starts again and where it ends: nothing comes, and nobody is asked for. */
static void functions_forget(struct partition *p)
{
	for (u32 i = 0; i < p->config->device_count; i++) {
		const struct device_config *c = &p->config->device[i];
		struct function *g = c->pci ? find(c->function) : NULL;

		if (g == NULL)
			continue;
		msi_enable(&g->msi, false);
		for (u32 k = 0; k < g->msi.count; k++) {
			__atomic_store_n(&g->bound[k].message, UNBOUND, __ATOMIC_RELEASE);
			msi_mask(&g->msi, k, g->msi.kind == MSI_X);
		}
	}
}

static struct partition_part msi_part = {
	.name = "MSI", .build = msi_build, .reset = functions_forget, .stop = functions_forget
};

/* After the IOMMUs' part, whose domains lead to the doorbell. */
static int msi_init(void)
{
	partition_part_add(&msi_part);
	return 0;
}
UNIT_DEFINE(msi, 8, 14, msi_init);

/* ---- what a guest writes ---- */

enum msi_kind msi_offer(pci_sbdf_t function, u32 *vectors)
{
	const struct function *g = find(function);

	*vectors = g == NULL ? 0U : g->msi.count;
	return g == NULL ? MSI_NONE : g->msi.kind;
}

void msi_bind(pci_sbdf_t function, u32 vector, u64 address, u32 data)
{
	struct function *g = find(function);
	u64 message = address << ADDRESS_SHIFT | data;

	if (g == NULL || vector >= g->msi.count)
		return;
	/* No controller has a window above 4 GiB. */
	if (address >> ADDRESS_SHIFT != 0U)
		message = UNBOUND;
	__atomic_store_n(&g->bound[vector].message, message, __ATOMIC_RELEASE);
}

void msi_bind_mask(pci_sbdf_t function, u32 vector, bool masked)
{
	struct function *g = find(function);

	if (g != NULL)
		msi_mask(&g->msi, vector, masked);
}

bool msi_bind_pending(pci_sbdf_t function, u32 vector)
{
	const struct function *g = find(function);

	return g != NULL && msi_pending(&g->msi, vector);
}

void msi_bind_enable(pci_sbdf_t function, bool on)
{
	struct function *g = find(function);

	if (g != NULL)
		msi_enable_begin(&g->msi, on);
}

bool msi_bind_step(pci_sbdf_t function)
{
	struct function *g = find(function);

	return g != NULL && msi_enable_step(&g->msi);
}

u64 msi_bind_count(pci_sbdf_t function)
{
	const struct function *g = find(function);
	u64 n = 0;

	for (u32 i = 0; g != NULL && i < g->msi.count; i++)
		n += __atomic_load_n(&g->bound[i].given, __ATOMIC_RELAXED);
	return n;
}
