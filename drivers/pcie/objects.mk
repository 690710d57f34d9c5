# SPDX-License-Identifier: Apache-2.0
obj-$(CONFIG_PCIE) += config.o
obj-$(CONFIG_PCIE_PORTS) += ports.o
