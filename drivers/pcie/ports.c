// SPDX-License-Identifier: Apache-2.0
/* Configuration mechanism 1: the address goes to one port, the data through another. */
#include <bulkhead/arch/io.h>
#include <bulkhead/base/lock.h>

#include "ports.h"

#define CONFIG_ADDRESS 0xcf8U
#define CONFIG_DATA 0xcfcU
#define CONFIG_ADDRESS_ENABLE 0x80000000U

static struct spinlock lock = SPINLOCK_INIT(LOCK_PCI_PORTS);

static u16 select(u32 bdf, u32 offset)
{
	port_write32(CONFIG_ADDRESS, CONFIG_ADDRESS_ENABLE | bdf << 8 | (offset & 0xfcU));
	return (u16)(CONFIG_DATA + (offset & 3U));
}

u32 pci_ports_read(u32 bdf, u32 offset, u32 width)
{
	u32 value;

	spin_lock(&lock);
	value = port_read_width(select(bdf, offset), width);
	spin_unlock(&lock);
	return value;
}

void pci_ports_write(u32 bdf, u32 offset, u32 width, u32 value)
{
	spin_lock(&lock);
	port_write_width(select(bdf, offset), width, value);
	spin_unlock(&lock);
}
