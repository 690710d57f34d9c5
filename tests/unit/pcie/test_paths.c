// SPDX-License-Identifier: Apache-2.0
/* Functions that firmware's tables name by a path of bridges (BH-IOMMU-006). */
#include <bulkhead/lib/error.h>

#include "tree.h"

static struct machine named;

/* A bridge that firmware has numbered. */
static u32 bridge(struct model *in, u32 parent, u32 root, u32 devfn, u32 buses)
{
	const u32 n = model_bridge(in, parent, root, devfn, PCIE_TYPE_ROOT_PORT, true);

	model_set(in, n, PCI_BUSES, 4, buses);
	return n;
}

/* A promise, and a unit's scope, of the function behind @first and the steps. */
static void name(u32 segment, u32 first, u32 steps, u8 one, u8 two)
{
	const struct machine_path path = { (u8)steps, { one, two } };

	named = (struct machine){ .dma_count = 1, .id_map_count = 1 };
	named.dma[0] = (struct machine_dma){
		.segment = (u16)segment, .first = first, .count = 1, .path = path
	};
	named.id_map[0] = (struct machine_id_map){ .kind = MACHINE_ID_DMA,
						   .segment = (u16)segment,
						   .first = first,
						   .count = 1,
						   .target = 3,
						   .out = first,
						   .path = path };
}

static void leads_to(u32 rid)
{
	u32 target = 0, id = 0;

	pcie_paths_follow(&named, host, 2);
	assert_int_equal(named.dma[0].path.steps, 0);
	assert_int_equal(named.dma[0].first, rid);
	assert_int_equal(machine_id_find(&named, MACHINE_ID_DMA,
					 (pci_sbdf_t){ (u32)named.dma[0].segment << 16 | rid },
					 false, &target, &id),
			 0);
	assert_int_equal(target, 3);
	assert_int_equal(id, rid);
}

static void leads_nowhere(void)
{
	const u32 first = named.dma[0].first;
	u32 target, id;

	pcie_paths_follow(&named, host, 2);
	assert_int_not_equal(named.dma[0].path.steps, 0);
	assert_int_equal(named.dma[0].first, first);
	/* Not the bridge's own, either. */
	assert_int_equal(machine_id_find(&named, MACHINE_ID_DMA, (pci_sbdf_t){ first }, false,
					 &target, &id),
			 BH_ENOENT);
}

TEST(a_path_of_no_bridges_is_the_function_itself)
{
	name(0, 0x10, 0, 0, 0);
	leads_to(0x10);
	assert_int_equal(m.reads, 0);
}

TEST(a_path_through_two_bridges_is_followed_by_the_numbers_they_have)
{
	const u32 up = bridge(&m, MODEL_NONE, 0, 0x18, 0x00090500);

	(void)bridge(&m, up, 0, 0x08, 0x00080605);
	name(0, 0x18, 1, 0x08, 0);
	leads_to(0x508);
	name(0, 0x18, 2, 0x08, 0x1a);
	leads_to(0x61a);
	assert_int_equal(m.writes, 0);
}

TEST(a_path_is_of_its_segment_and_begins_at_its_bus)
{
	model_open(&other, &host[1], 5, 0x10, 0x1f);
	(void)bridge(&other, MODEL_NONE, 0x10, 0x08, 0x00121110);
	name(5, 0x1008, 1, 0x03, 0);
	leads_to(0x1103);
	name(0, 0x1008, 1, 0x03, 0);
	leads_nowhere();
	name(5, 0x0808, 1, 0x03, 0);
	leads_nowhere();
}

TEST(a_path_that_cannot_be_names_nobody)
{
	static const u32 buses[] = {
		0x00000000, /* no numbers yet */
		0x00050000, /* a bus above */
		0x00040500, /* it ends before it begins */
	};

	(void)model_add(&m, MODEL_NONE, 0, 0x20, EDU, 0xff00);
	name(0, 0x20, 1, 0, 0); /* no bridge */
	leads_nowhere();
	name(0, 0x28, 1, 0, 0); /* nothing at all */
	leads_nowhere();
	for (u32 i = 0; i < ARRAY_SIZE(buses); i++) {
		const u32 n = bridge(&m, MODEL_NONE, 0, 0x30 + 8U * i, buses[i]);

		name(0, 0x30 + 8U * i, 1, 0, 0);
		leads_nowhere();
		model_set(&m, n, PCI_BUSES, 4, 0);
	}
}

TEST(a_bridge_leads_no_further_than_the_one_above)
{
	const u32 up = bridge(&m, MODEL_NONE, 0, 0x18, 0x00060500);

	(void)bridge(&m, up, 0, 0x08, 0x00070605);
	name(0, 0x18, 2, 0x08, 0);
	leads_nowhere();
}

UNIT_TESTS(TREE(a_path_of_no_bridges_is_the_function_itself),
	   TREE(a_path_through_two_bridges_is_followed_by_the_numbers_they_have),
	   TREE(a_path_is_of_its_segment_and_begins_at_its_bus),
	   TREE(a_path_that_cannot_be_names_nobody),
	   TREE(a_bridge_leads_no_further_than_the_one_above));
