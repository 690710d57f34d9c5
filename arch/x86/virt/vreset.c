// SPDX-License-Identifier: Apache-2.0
/*
 * The ways to reset a PC: port CF9h, the keyboard controller's pulse, port 92h. And the PCI
 * configuration mechanism, whose address register lies around the first.
 */
#include <asm/vdev.h>
#include <bulkhead/arch/upcall.h>

#define CF9_RESET 0x04U
#define CF9_KEPT 0x0aU /* full and hard reset */
#define KEYBOARD_PULSE 0xfeU
#define FAST_RESET 0x01U
#define FAST_A20 0x02U

#define PCI_ADDRESS_SIZE 4U
#define CF9_OFFSET 1U
#define PCI_ADDRESS_KEPT 0x80fffffcU
#define PCI_ADDRESS_ENABLE 0x80000000U
#define PCI_ADDRESS_BUS 0x00ff0000U
#define PCI_ADDRESS_FUNCTION 0x0000ff00U
#define PCI_ADDRESS_REGISTER 0x000000fcU
#define PCI_DATA_OFFSET 4U
#define ECAM_FUNCTION_SHIFT 4U /* function numbers begin at bit 8 there, at bit 12 in ECAM */

static enum trap_result reset_if(struct vdev *d, bool wanted)
{
	return wanted ? upcall_guest_power(d->vcpu, GUEST_RESET) : TRAP_RESUME;
}

/* Of the controller nothing is there but the line to the CPU's reset pin. */
enum trap_result vreset_keyboard_access(void *ctx, struct mmio_access *a)
{
	return reset_if(ctx, a->write && (u8)a->value == KEYBOARD_PULSE);
}

/* Address line 20 is never masked. */
enum trap_result vreset_fast_access(void *ctx, struct mmio_access *a)
{
	if (!a->write)
		a->value = FAST_A20;
	return reset_if(ctx, a->write && (a->value & FAST_RESET) != 0U);
}

static enum trap_result cf9_access(struct vdev *d, struct mmio_access *a)
{
	if (!a->write) {
		a->value = d->reset_control;
		return TRAP_RESUME;
	}
	d->reset_control = (u8)(a->value & CF9_KEPT);
	return reset_if(d, (a->value & CF9_RESET) != 0U);
}

/* The word that the address register names, as an access to ECAM of bus 0: no other is there. */
static enum trap_result data_access(const struct vdev *d, struct mmio_access *a)
{
	const u32 address = __atomic_load_n(&d->pci_address, __ATOMIC_RELAXED);
	struct mmio_access inner = *a;
	enum trap_result result;

	if (d->pci == NULL || (address & PCI_ADDRESS_ENABLE) == 0U ||
	    (address & PCI_ADDRESS_BUS) != 0U)
		return TRAP_RESUME;
	inner.offset = ((address & PCI_ADDRESS_FUNCTION) << ECAM_FUNCTION_SHIFT) +
		       (address & PCI_ADDRESS_REGISTER) + (a->offset - PCI_DATA_OFFSET);
	result = d->pci(d->pci_context, &inner);
	a->value = inner.value;
	return result;
}

/* The address register is there for 32-bit accesses only (PCI 3.0, 3.2.2.3.2). */
enum trap_result vpci_access(void *ctx, struct mmio_access *a)
{
	struct vdev *d = ctx;

	if (a->offset >= PCI_DATA_OFFSET)
		return data_access(d, a);
	if (a->offset == CF9_OFFSET && a->size == 1U)
		return cf9_access(d, a);
	if (a->offset != 0U || a->size != PCI_ADDRESS_SIZE)
		return TRAP_RESUME;
	if (a->write)
		__atomic_store_n(&d->pci_address, (u32)a->value & PCI_ADDRESS_KEPT,
				 __ATOMIC_RELAXED);
	else
		a->value = __atomic_load_n(&d->pci_address, __ATOMIC_RELAXED);
	return TRAP_RESUME;
}
