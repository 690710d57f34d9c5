/* SPDX-License-Identifier: Apache-2.0 */
/* The manifest's devices that are PCI functions; for files that are built with PCI alone. */
#ifndef CORE_VM_DEVICE_FUNCTION_H
#define CORE_VM_DEVICE_FUNCTION_H

#include <bulkhead/pcie/pcie.h>
#include <bulkhead/vm/config.h>

/* The PCI function that a partition's device is; NULL: it is no PCI function, or not there. */
static inline const struct pcie_function *device_function(const struct device_config *d)
{
	return d->pci ? pcie_find(&pcie, d->function) : NULL;
}

#endif
