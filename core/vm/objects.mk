# SPDX-License-Identifier: Apache-2.0
obj-$(CONFIG_VIRT) += hypercall.o
obj-$(CONFIG_VIRT) += memory.o
obj-$(CONFIG_VIRT) += mmio.o
obj-$(CONFIG_VIRT) += port.o
obj-$(CONFIG_VIRT) += trap.o
obj-$(CONFIG_VIRT) += vcpu.o
obj-$(CONFIG_VIRT) += virt.o
obj-$(CONFIG_CONSOLES) += console.o
obj-$(CONFIG_CONSOLES) += console_part.o
obj-$(CONFIG_VIRTUAL_16550) += console_16550.o
obj-$(CONFIG_VIRTUAL_PL011) += console_pl011.o
obj-$(CONFIG_PARTITIONS) += alarm.o
obj-$(CONFIG_PARTITIONS) += bell.o
obj-$(CONFIG_GUEST_FDT) += describe.o describe_node.o
obj-$(CONFIG_GUEST_TABLES) += describe_tables.o
obj-$(CONFIG_VIRTUAL_PC) += devices_part.o ports_part.o
obj-$(CONFIG_PARTITIONS) += dma.o

ifdef CONFIG_PCIE
obj-$(CONFIG_PARTITIONS) += dma_pci.o msi.o vpci_bar.o vpci_config.o vpci_hole.o vpci_msi.o vpci_part.o vpci_regs.o
obj-$(CONFIG_VIRTUAL_PC) += vpci_ports.o
obj-$(CONFIG_GUEST_FDT) += vpci_intx.o vpci_no_ports.o
obj-$(CONFIG_GUEST_TABLES) += vpci_intx_named.o
endif

obj-$(CONFIG_PARTITIONS) += health.o
obj-$(CONFIG_PARTITIONS) += life.o
obj-$(CONFIG_PARTITIONS) += load.o
obj-$(CONFIG_PARTITIONS) += partition.o
obj-$(CONFIG_PARTITIONS) += power.o
obj-$(CONFIG_PARTITIONS) += shared.o
obj-$(CONFIG_PARTITIONS) += slot.o
obj-$(CONFIG_STATE_HASH) += state_hash.o
obj-$(CONFIG_VIRTUAL_16550) += v16550.o
obj-$(CONFIG_VIRTUAL_PL011) += vpl011.o

ifdef CONFIG_VIRT
obj-y += $(if $(CONFIG_PARTITIONS),,power_alone.o)
endif
obj-$(CONFIG_PARTITIONS) += system.o
obj-$(CONFIG_PARTITIONS) += watchdog.o
obj-$(CONFIG_PARTITIONS) += window.o
