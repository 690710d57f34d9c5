# SPDX-License-Identifier: Apache-2.0
obj-$(CONFIG_PCIE) += config.o pcie.o walk.o function.o caps.o quirk.o assign.o group.o log.o devices.o msi.o reset.o reset_memory.o reset_registers.o
obj-$(CONFIG_PCIE_DW) += dw.o
obj-$(CONFIG_PCIE_PATHS) += paths.o
obj-$(CONFIG_PCIE_PORTS) += ports.o
