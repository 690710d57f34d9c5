/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where an x86 guest finds memory, interrupt controllers and its console; ports of the other
 * devices are in asm/vdev.h.
 */
#ifndef ASM_VPLAT_H
#define ASM_VPLAT_H

/* Below 1 MiB, where guests look for the RSDP (ACPI 6.4, 5.2.5.1); the rest of it is behind. */
#define VPLAT_DESCRIPTION_BASE 0xe0000U
#define VPLAT_DESCRIPTION_SIZE 0x10000U
#define VPLAT_LOW_END 0xa0000U /* RAM below it is the guest's, from there to 1 MiB it is not */

#define VPLAT_IOAPIC_BASE 0xfec00000U
#define VPLAT_IOAPIC_PINS 24U
#define VPLAT_LAPIC_BASE 0xfee00000U
#define VPLAT_PCI_CONFIG 0xe0000000ULL
#define VPLAT_PCI_CONFIG_SIZE 0x00100000ULL
#define VPLAT_PCI_WINDOW 0xe1000000ULL
#define VPLAT_PCI_WINDOW_SIZE 0x1dc00000ULL
#define VPLAT_PCI_WINDOW64 0x8000000000ULL
#define VPLAT_PCI_WINDOW64_SIZE 0x8000000000ULL
#define VPLAT_LAPIC_SIZE 0x1000U

#define VPLAT_COM1 0x3f8U
#define VPLAT_COM1_SIZE 8U
#define VPLAT_COM1_GSI 4U

/* ACPI's interrupt, which nothing raises, and what PM1 control takes for off (asm/vdev.h). */
#define VPLAT_PM_BASE 0x600U /* ACPI's fixed registers */
#define VPLAT_PM_SIZE 0xcU
#define VPLAT_SCI_GSI 9U
#define VPLAT_SLP_TYP_S5 5U

#endif
