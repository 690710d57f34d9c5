// SPDX-License-Identifier: Apache-2.0
/*
 * The interrupt of an AMD-Vi unit's event log: the MSI of the PCI function that the unit is
 * (3.3, 3.4.2), which no unit translates.
 */
#include <bulkhead/arch/io.h>
#include <bulkhead/base/log.h>
#include <bulkhead/iommu/interrupt.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/pcie/config.h>
#include <bulkhead/pcie/msi.h>
#include <bulkhead/pcie/regs.h>

#include "amdvi.h"

/* Off while it changes: whoever moves it is taking faults, and looks for more. */
int amdvi_interrupt_message(u32 index, const struct iommu_message *m)
{
	struct amdvi *a = &amdvi_units[index];
	const pci_sbdf_t own = { (u32)a->segment << 16 | machine.iommu[index].own_rid };
	const struct pcie_function *f = pcie_find(&pcie, own);
	const struct message to = { m->address, m->data };
	u32 control;

	if (f == NULL || f->cap[PCIE_MSI] == 0U)
		return trace_error(BH_ENODEV);
	/* Ids of more than 8 bits want registers of the unit's own for messages (XTSup). */
	if (m->address >> 32 != 0U)
		return trace_error(BH_ERANGE);
	control = msi_plain_write(f, &to);
	pci_config_write(own, f->cap[PCIE_MSI] + PCI_MSI_CONTROL, 2, control | PCI_MSI_ENABLE);
	spin_lock(&a->lock);
	mmio_write64(a->regs + CONTROL, mmio_read64(a->regs + CONTROL) | CONTROL_EVENT_INT_EN);
	spin_unlock(&a->lock);
	return 0;
}
