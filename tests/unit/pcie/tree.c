// SPDX-License-Identifier: Apache-2.0
#include "tree.h"

struct machine machine;
struct model m, other;
struct pcie_host host[2];

int tree_setup(void **state)
{
	(void)lines_setup(state);
	machine = (struct machine){ .ram_count = 1,
				    .ram = { { HPA(0x40000000), MIB(64) } },
				    .iommu_count = 1,
				    .iommu = { { .kind = IOMMU_SMMUV3 } } };
	model_open(&m, &host[0], 0, 0, 255);
	model_windows(&host[0]);
	return 0;
}

void tree_find(u32 count)
{
	const char *what;

	pcie_enumerate(&pcie, host, count);
	what = model_unsound(&pcie, host, count);
	if (what != NULL)
		fail_msg("%s", what);
}

struct pcie_function *at(u32 bus, u32 dev, u32 fn)
{
	struct pcie_function *f = pcie_find(&pcie, PCI_SBDF(0, bus, dev, fn));

	assert_non_null(f);
	return f;
}

void tree_is(const char *const *want, u32 count)
{
	u32 before = lines_count();

	pcie_log(&pcie);
	assert_int_equal(lines_count() - before, count);
	for (u32 i = 0; i < count; i++) {
		const char *line = lines_find(want[i]);

		if (line == NULL || strcmp(strstr(line, "pcie: ") + 6, want[i]) != 0)
			fail_msg("not logged: %s", want[i]);
	}
}

void warned(const char *text)
{
	if (lines_find(text) == NULL)
		fail_msg("nothing was logged with: %s", text);
}

u32 nvme_add(u32 parent, u32 devfn)
{
	u32 f = model_add(&m, parent, 0, devfn, NVME, 0x010802);

	model_bar(&m, f, 0, 0x4000, PCI_BAR_TYPE_64);
	model_bar(&m, f, 4, 0x1000, PCI_BAR_TYPE_32);
	model_express(&m, f, PCIE_TYPE_ENDPOINT, PCIE_DEVCAP_FLR);
	model_cap(&m, f, 0x80, PCI_CAP_ID_MSIX);
	model_set(&m, f, 0x82, 2, 0x8040);
	model_writable(&m, f, 0x82, 2, 0xc000);
	model_set(&m, f, 0x84, 4, 0x2000);
	model_set(&m, f, 0x88, 4, 4);
	return f;
}
