# SPDX-License-Identifier: Apache-2.0
obj-y += machine.o machine_settle.o machine_log.o discover.o
obj-$(CONFIG_FW_FDT) += fdt_load.o fdt_walk.o fdt_node.o fdt_system.o fdt_device.o fdt_uart.o
