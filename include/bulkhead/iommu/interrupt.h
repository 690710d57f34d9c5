/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupt messages of devices, where IOMMUs remap them: one that no entry was made for reaches
 * nobody. Entries are handed out at boot and belong to one source for good; what they say may
 * change at any time.
 */
#ifndef BULKHEAD_IOMMU_INTERRUPT_H
#define BULKHEAD_IOMMU_INTERRUPT_H

#include <bulkhead/iommu/iommu.h>

/* Where a message goes. */
struct iommu_route {
	u32 apic;  /* id of the local APIC */
	u8 vector; /* 16 to 255 */
	bool level;
	bool on; /* false: the message reaches nobody */
};

/* What a device is to send for an entry. */
struct iommu_message {
	u64 address;
	u32 data;
};

/*
 * Boot: an entry of unit @unit for messages of source @source (requester id; of an I/O APIC, what
 * firmware says), that reaches nobody yet. It will be routed to @vector alone, which no other
 * entry of the source has meanwhile. BH_ENOTSUP: the unit does not remap; BH_EOVERFLOW: it has none
 * left; BH_ERANGE: an id that it cannot have. BH_EIO: the unit did not obey and is stopped.
 */
int iommu_interrupt_take(u32 unit, u16 source, u8 vector, u32 *entry);

/*
 * From now on messages of the entry go where @to says, and nowhere else. BH_EINVAL: a vector or an
 * id that the unit cannot send to. BH_EIO: the unit did not obey and is stopped. Takes its lock.
 */
int iommu_interrupt_route(u32 unit, u32 entry, const struct iommu_route *to);

/*
 * What the source sends for it: VT-d's remappable format, of which an I/O APIC has the same bits
 * (VT-d 5.1.5.1), or data that AMD-Vi takes for the entry's number, which is its vector.
 */
void iommu_interrupt_message(u32 unit, u32 entry, struct iommu_message *out);

#endif
