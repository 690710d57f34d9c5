# SPDX-License-Identifier: Apache-2.0
srcs := $(addprefix drivers/pcie/,config.c dw.c paths.c ports.c pcie.c walk.c function.c caps.c quirk.c assign.c \
	group.c log.c reset.c reset_memory.c msi.c reset_registers.c) drivers/irqchip/message.c drivers/fw/machine_ids.c
area_cppflags := -DCONFIG_PCIE_PORTS=1 -DCONFIG_PCIE_DW=1 -DCONFIG_PCIE_FUNCTIONS=64
