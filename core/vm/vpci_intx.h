/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupt lines of PCI functions, as firmware says they are wired. */
#ifndef CORE_VM_VPCI_INTX_H
#define CORE_VM_VPCI_INTX_H

#include <bulkhead/pcie/pcie.h>

/* Boot: the interrupt (as of arch/virq.h) that the pin of @f asserts; 0: none that is known. */
u32 vpci_intx_find(const struct pcie_function *f);

#endif
