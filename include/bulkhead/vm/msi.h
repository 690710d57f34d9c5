/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages of the PCI functions a partition has. The guest writes MSI and MSI-X registers that are
 * not there (its configuration space and the table are virtual): what it says is remembered here.
 * The device sends what Bulkhead tells it, to a CPU of its owner, and its owner gets what the guest
 * had asked for.
 *
 * Physical interrupts of all vectors are taken when the partition is built. Calls below are for a
 * guest's writes: any CPU, any time while the partition runs; calls for one function come one at a
 * time and with no lock above LOCK_DEVICE. They cannot fail: what a guest says wrongly is its own
 * message that goes nowhere.
 */
#ifndef BULKHEAD_VM_MSI_H
#define BULKHEAD_VM_MSI_H

#include <bulkhead/pcie/msi.h>

/* Vectors of one function that a partition gets at most. */
#define MSI_VECTORS_MAX 64U

/*
 * What @function offers to the partition that has it: MSI_X with @vectors entries (0 to
 * @vectors - 1; the virtual table says as many), MSI_PLAIN with one, MSI_NONE if it has no messages
 * or this machine delivers none.
 */
enum msi_kind msi_offer(pci_sbdf_t function, u32 *vectors);

/*
 * Vector @vector of @function is, for its guest, a write of @data to @address: arm64: the number of
 * an SPI to the doorbell (virq_message()), x86: a message to the virtual local APICs. Both as the
 * guest wrote them, unchecked. Masked or not stays as it is.
 */
void msi_bind(pci_sbdf_t function, u32 vector, u64 address, u32 data);

/* The guest's mask bit. Masked at first, MSI-X; a plain MSI is not. */
void msi_bind_mask(pci_sbdf_t function, u32 vector, bool masked);

/* Its pending bit, as the virtual PBA shows it. */
bool msi_bind_pending(pci_sbdf_t function, u32 vector);

/*
 * MSI enable; or MSI-X enable and not function mask. Off at first. The function is told by
 * msi_bind_step(), at most 1,000 instructions a call, which answers whether there is more to do.
 */
void msi_bind_enable(pci_sbdf_t function, bool on);
bool msi_bind_step(pci_sbdf_t function);

/* Messages of @function that reached its guest since boot. */
u64 msi_bind_count(pci_sbdf_t function);

#endif
