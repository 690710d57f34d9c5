// SPDX-License-Identifier: Apache-2.0
/*
 * Reads a register of each edu device of the table at the address its BAR was given: it answers
 * only if every bridge above has the right window. Then everything is enumerated a second time,
 * which must find the same and is measured.
 */
#include <bulkhead/arch/firmware.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/arch/timer.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/pcie/pcie.h>
#include <bulkhead/pcie/regs.h>

#define EDU_VENDOR 0x1234U
#define EDU_DEVICE 0x11e8U
#define EDU_ID 0x010000edU
#define EDU_LIVENESS 0x04U /* reads the complement of what was written */

static struct pcie_tree again;

/* Lets memory accesses through to @f; it masters nothing. */
static void path_open(const struct pcie_function *f)
{
	u32 at = f->parent;

	pci_config_write(f->sbdf, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_INTX_OFF);
	while (at != PCIE_NONE) {
		pci_config_write(pcie.fn[at].sbdf, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
		at = pcie.fn[at].parent;
	}
}

static bool edu_answers(const struct pcie_function *f)
{
	volatile u8 *regs;

	if (f->bar[0].base.v == 0U)
		return false;
	path_open(f);
	regs = mmu_map(f->bar[0].base, PAGE_SIZE, MMU_DEVICE);
	if (regs == NULL || mmio_read32(regs) != EDU_ID)
		return false;
	mmio_write32(regs + EDU_LIVENESS, f->sbdf.v);
	return mmio_read32(regs + EDU_LIVENESS) == ~f->sbdf.v;
}

static bool edus_answer(void)
{
	u32 good = 0, all = 0;

	for (u32 i = 0; i < pcie.count; i++) {
		const struct pcie_function *f = &pcie.fn[i];

		if (f->vendor != EDU_VENDOR || f->device != EDU_DEVICE)
			continue;
		all++;
		good += edu_answers(f) ? 1U : 0U;
	}
	log_info("result: %u of %u edu devices answer", good, all);
	return all != 0U && good == all;
}

static bool same(const struct pcie_function *a, const struct pcie_function *b)
{
	bool equal = a->sbdf.v == b->sbdf.v && a->group == b->group && a->parent == b->parent &&
		     a->secondary == b->secondary && a->subordinate == b->subordinate;

	for (u32 i = 0; i < PCIE_BARS; i++)
		equal = equal && a->bar[i].base.v == b->bar[i].base.v &&
			a->bar[i].size == b->bar[i].size;
	return equal;
}

static bool found_again(void)
{
	const struct pcie_host *hosts;
	u32 count = pcie_hosts(&hosts);
	u64 t = timer_now(), each;
	bool equal;

	pcie_enumerate(&again, hosts, count);
	t = timer_now() - t;
	equal = again.count == pcie.count;
	for (u32 i = 0; i < pcie.count && equal; i++)
		equal = same(&again.fn[i], &pcie.fn[i]);
	each = pcie.count == 0U ? 0U : t / pcie.count;
	log_info("bench pcie_function instructions %u %lu %lu %lu", pcie.count, each, each, each);
	log_info("result: %s", equal ? "the same tree again" : "another tree");
	return equal;
}

static int test_pcie(void)
{
	bool good = edus_answer();

	good = found_again() && good;
	firmware_sim_exit(good ? 0U : 1U);
	return 0;
}

UNIT_DEFINE(test_pcie, 9, 90, test_pcie);
