# SPDX-License-Identifier: Apache-2.0
# core/vm/dma.c is included by the test, beside an IOMMU of its own.
srcs :=
area_cppflags := -DCONFIG_IOMMU_UNITS=4 -DCONFIG_PCIE_FUNCTIONS=8 -I$(top)
