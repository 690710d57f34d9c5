# SPDX-License-Identifier: Apache-2.0
obj-y += src/main.o src/life.o
obj-$(CONFIG_ARM64) += src/guest_arm64.o
obj-$(CONFIG_X86_64) += src/guest_x86.o
