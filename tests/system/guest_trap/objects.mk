# SPDX-License-Identifier: Apache-2.0
obj-y += src/main.o src/machine.o src/trips.o src/shootdown.o
obj-$(CONFIG_ARM64) += src/arm64.o src/guest_arm64.o
obj-$(CONFIG_X86_64) += src/x86.o src/guest_x86.o
