# SPDX-License-Identifier: Apache-2.0
srcs := $(addprefix core/vm/,vpci_bar.c vpci_config.c vpci_hole.c vpci_msi.c vpci_regs.c) \
	$(addprefix core/mem/,frame.c s2.c) tests/unit/vpci/board.c
fuzz_cppflags := -DCONFIG_PCIE_FUNCTIONS=8 -I$(top)/tests/unit/vpci
fuzz_flags := -max_len=256
