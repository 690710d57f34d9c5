/* SPDX-License-Identifier: Apache-2.0 */
/* Where an arm64 guest finds its devices: QEMU's virt machine, which every payload knows. */
#ifndef ASM_VPLAT_H
#define ASM_VPLAT_H

#define VPLAT_GICD_BASE 0x08000000ULL
#define VPLAT_GICD_SIZE 0x00010000ULL
#define VPLAT_GICC_BASE 0x08010000ULL /* GICv2: where the guest sees its CPU interface (GICV) */
#define VPLAT_GICC_SIZE 0x00002000ULL
#define VPLAT_V2M_BASE 0x08020000ULL /* GICv2m frame: where devices write messages */
#define VPLAT_V2M_SIZE 0x00001000ULL
#define VPLAT_V2M_INTID 224U /* the SPIs that messages can be, as the frame says */
#define VPLAT_V2M_COUNT 64U
#define VPLAT_GICR_BASE 0x080a0000ULL
#define VPLAT_GICR_STRIDE 0x00020000ULL /* a redistributor: RD and SGI frame */
#define VPLAT_UART_BASE 0x09000000ULL
#define VPLAT_UART_INTID 33U
#define VPLAT_BELL_INTID 64U
#define VPLAT_BELL_COUNT 32U
#define VPLAT_RAM_BASE 0x40000000ULL
#define VPLAT_PCI_WINDOW 0x10000000ULL
#define VPLAT_PCI_WINDOW_SIZE 0x2eff0000ULL
#define VPLAT_PCI_CONFIG 0x4010000000ULL
#define VPLAT_PCI_CONFIG_SIZE 0x00100000ULL
#define VPLAT_PCI_WINDOW64 0x8000000000ULL
#define VPLAT_PCI_WINDOW64_SIZE 0x8000000000ULL

/* In the guest's devicetree. */
#define VPLAT_PHANDLE_GIC 1U
#define VPLAT_PHANDLE_V2M 3U

/* Affinity of a vcpu: 16 in a cluster, as many as ICC_SGI1R_EL1's target list has. */
#define VPLAT_AFF0_BITS 4U

#ifndef __ASSEMBLER__
#include <bulkhead/lib/types.h>

/* MPIDR_EL1 affinity fields of vcpu @id. */
static inline u64 vplat_affinity(u32 id)
{
	return (id & 0xfU) | (u64)(id >> VPLAT_AFF0_BITS) << 8;
}
#endif
#endif
