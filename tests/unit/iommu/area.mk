# SPDX-License-Identifier: Apache-2.0
srcs := $(addprefix drivers/iommu/,iommu.c vtd.c vtd_inval.c amdvi.c smmuv3.c)
area_cppflags := -DCONFIG_IOMMU_UNITS=4 -DCONFIG_IOMMU_AMDVI_BUSES=256
