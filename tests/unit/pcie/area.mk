# SPDX-License-Identifier: Apache-2.0
srcs := drivers/pcie/config.c drivers/pcie/ports.c
area_cppflags := -DCONFIG_PCIE_PORTS=1
