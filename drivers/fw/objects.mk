# SPDX-License-Identifier: Apache-2.0
obj-y += devices.o machine.o machine_ids.o machine_settle.o machine_log.o discover.o
obj-$(CONFIG_FW_FDT) += fdt_load.o fdt_walk.o fdt_node.o fdt_system.o fdt_device.o fdt_uart.o fdt_assign.o fdt_idmap.o
obj-$(CONFIG_FW_ACPI) += acpi_load.o acpi.o acpi_madt.o acpi_mcfg.o acpi_dmar.o acpi_ivrs.o \
	acpi_fadt.o acpi_s5.o acpi_spcr.o acpi_arm.o
obj-$(CONFIG_FW_ACPI_SCAN) += acpi_scan.o
ifndef CONFIG_FW_ACPI_SCAN
obj-$(CONFIG_FW_ACPI) += acpi_no_scan.o
endif
