# SPDX-License-Identifier: Apache-2.0
obj-y += frame.o
obj-y += init.o

obj-$(CONFIG_VIRT) += guest.o
obj-$(CONFIG_VIRT) += region.o
obj-$(CONFIG_VIRT) += s2.o
