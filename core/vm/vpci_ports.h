/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration space by ports, beside ECAM. */
#ifndef CORE_VM_VPCI_PORTS_H
#define CORE_VM_VPCI_PORTS_H

#include "vpci.h"

struct partition;

/* Boot: the PCI configuration ports of @p's guest lead to @v, where its machine has such ports. */
void vpci_ports_add(const struct partition *p, struct vpci *v);

#endif
