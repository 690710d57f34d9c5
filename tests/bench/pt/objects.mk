# SPDX-License-Identifier: Apache-2.0
obj-y += src/main.o src/changes.o src/steps.o
obj-$(CONFIG_ARM64) += src/arm64.o
obj-$(CONFIG_X86_64) += src/x86.o
