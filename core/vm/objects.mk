# SPDX-License-Identifier: Apache-2.0
obj-$(CONFIG_VIRT) += hypercall.o
obj-$(CONFIG_VIRT) += memory.o
obj-$(CONFIG_VIRT) += mmio.o
obj-$(CONFIG_VIRT) += port.o
obj-$(CONFIG_VIRT) += trap.o
obj-$(CONFIG_VIRT) += vcpu.o
obj-$(CONFIG_VIRT) += virt.o
