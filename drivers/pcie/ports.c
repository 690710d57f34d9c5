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
	u16 data;

	spin_lock(&lock);
	data = select(bdf, offset);
	switch (width) {
	case 1:
		value = port_read8(data);
		break;
	case 2:
		value = port_read16(data);
		break;
	default:
		value = port_read32(data);
		break;
	}
	spin_unlock(&lock);
	return value;
}

void pci_ports_write(u32 bdf, u32 offset, u32 width, u32 value)
{
	u16 data;

	spin_lock(&lock);
	data = select(bdf, offset);
	switch (width) {
	case 1:
		port_write8(data, (u8)value);
		break;
	case 2:
		port_write16(data, (u16)value);
		break;
	default:
		port_write32(data, value);
		break;
	}
	spin_unlock(&lock);
}
