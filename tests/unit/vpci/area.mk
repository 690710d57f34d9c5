# SPDX-License-Identifier: Apache-2.0
srcs := $(addprefix core/vm/,vpci_bar.c vpci_config.c vpci_hole.c vpci_msi.c vpci_regs.c) \
	$(addprefix core/mem/,frame.c s2.c)
area_cppflags := -DCONFIG_PCIE_FUNCTIONS=8 -I$(top)
