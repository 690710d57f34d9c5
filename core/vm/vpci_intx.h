/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupt lines of PCI functions, as firmware says they are wired. */
#ifndef CORE_VM_VPCI_INTX_H
#define CORE_VM_VPCI_INTX_H

#include <bulkhead/pcie/pcie.h>
#include <bulkhead/vm/config.h>

/*
 * Boot: the interrupt of the board (as of virq_bind()) that the pin of @f asserts, which is @d in
 * the manifest; 0: none that is known.
 */
u32 vpci_intx_find(const struct device_config *d, const struct pcie_function *f);

/* Does that number mean something else in every guest, its console or a doorbell? */
bool vpci_intx_is_virtual(u32 intid);

#endif
