// SPDX-License-Identifier: Apache-2.0
/*
 * A PC's firmware says how pins are wired in code (_PRT), which Bulkhead does not run: the manifest
 * names the line (bulkhead,lines). The guest has its own number for it.
 */
#include "vpci_intx.h"

u32 vpci_intx_find(const struct device_config *d, const struct pcie_function *f)
{
	return f->interrupt_pin == 0U ? 0U : d->line;
}

bool vpci_intx_is_virtual(u32 intid __unused)
{
	return false;
}
