# SPDX-License-Identifier: Apache-2.0
srcs := $(addprefix drivers/iommu/,iommu.c domain.c device.c fault.c firmware.c interrupt.c vtd.c vtd_inval.c vtd_domain.c vtd_irq.c amdvi.c amdvi_cmd.c amdvi_domain.c amdvi_irq.c amdvi_remap.c) \
	$(addprefix drivers/iommu/,smmuv3.c smmuv3_queue.c smmuv3_domain.c smmuv2.c smmuv2_domain.c) $(addprefix core/mem/,frame.c guest.c region.c s2.c) drivers/fw/machine_ids.c
area_cppflags := -DCONFIG_IOMMU_UNITS=4 -DCONFIG_IOMMU_AMDVI_BUSES=256 -DCONFIG_IOMMU_AMDVI_TABLES=64 -DCONFIG_IOMMU_DEVICES=8 -DCONFIG_IOMMU_FAULT_RATE=20
