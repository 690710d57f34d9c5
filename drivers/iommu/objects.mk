# SPDX-License-Identifier: Apache-2.0
obj-y += iommu.o domain.o device.o fault.o firmware.o interrupt.o
obj-$(CONFIG_IOMMU_VTD) += vtd.o vtd_inval.o vtd_domain.o vtd_irq.o
obj-$(CONFIG_IOMMU_AMDVI) += amdvi.o amdvi_cmd.o amdvi_domain.o amdvi_remap.o
obj-$(CONFIG_IOMMU_AMDVI) += $(if $(CONFIG_PCIE),amdvi_irq.o,amdvi_no_irq.o)
obj-$(CONFIG_X86_64) += message_x86.o
obj-$(CONFIG_IOMMU_SMMUV2) += smmuv2.o smmuv2_domain.o
obj-$(CONFIG_IOMMU_SMMUV3) += smmuv3.o smmuv3_queue.o smmuv3_domain.o
