/* SPDX-License-Identifier: Apache-2.0 */
/* The ACPI tables of a guest (ACPI 6.4, chapter 5). */
#ifndef VIRT_VACPI_H
#define VIRT_VACPI_H

#include <bulkhead/arch/vplat.h>

/*
 * Writes them for @g into @p, that the guest sees at @at, the RSDP first. Returns how many bytes
 * they take; 0: more than @room.
 */
size_t vacpi_write(const struct vplat_guest *g, u8 *p, size_t room, gpa_t at);

#endif
