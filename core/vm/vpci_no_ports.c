// SPDX-License-Identifier: Apache-2.0
/* A machine without ports. */
#include "vpci_ports.h"

void vpci_ports_add(const struct partition *p __unused, struct vpci *v __unused)
{
}
