// SPDX-License-Identifier: Apache-2.0
/* What Bulkhead made for a guest, as nodes of its devicetree: docs/partitions.md. */
#include <bulkhead/arch/vplat.h>
#include <bulkhead/lib/fdt_put.h>
#include <bulkhead/lib/printf.h>
#include <bulkhead/vm/partition.h>

#define NODE_NAME_MAX 32U

static int put_begin(void *fdt, const struct vplat_node *n)
{
	char name[NODE_NAME_MAX];

	if (n->size != 0U)
		(void)bh_snprintf(name, sizeof(name), "%s@%llx", n->kind,
				  (unsigned long long)n->base);
	else
		(void)bh_snprintf(name, sizeof(name), "%s-%u", n->kind, n->index);
	return fdt_begin_node(fdt, name);
}

/* A property of Bulkhead's own binding. */
static const char *own(const char *name, char out[NODE_NAME_MAX])
{
	(void)bh_snprintf(out, NODE_NAME_MAX, "bulkhead,%s", name);
	return out;
}

int describe_node(void *to, const struct vplat_node *n)
{
	const u64 reg[] = { n->base, n->size };
	u32 cells[VPLAT_IRQ_CELLS_MAX] = { 0 };
	char name[NODE_NAME_MAX];
	int err = put_begin(to, n);

	err |= fdt_put_string(to, "compatible", own(n->kind, name));
	err |= fdt_put_string(to, "label", n->label);
	if (n->size != 0U)
		err |= fdt_put_reg(to, reg, ARRAY_SIZE(reg));
	if (n->intid != 0U)
		err |= fdt_put_cells(to, "interrupts", cells,
				     vplat_irq_cells(n->intid, false, cells));
	for (u32 i = 0; i < VPLAT_NODE_NUMBERS && n->number[i].name != NULL; i++)
		err |= fdt_property_u32(to, own(n->number[i].name, name), n->number[i].value);
	if (n->peer != NULL)
		err |= fdt_put_string(to, own("peer", name), n->peer);
	err |= fdt_end_node(to);
	return err;
}

int describe_pci(void *to, const struct vplat_pci *pci)
{
	return vplat_describe_pci(to, pci);
}
