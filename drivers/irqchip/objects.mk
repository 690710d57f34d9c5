# SPDX-License-Identifier: Apache-2.0
obj-$(CONFIG_ARM64) += gic.o
obj-$(CONFIG_GICV2) += gicv2.o
obj-$(CONFIG_GICV3) += gicv3.o
obj-$(CONFIG_GIC_ITS) += its.o its_queue.o
obj-$(CONFIG_IOAPIC) += ioapic.o
obj-y += message.o
