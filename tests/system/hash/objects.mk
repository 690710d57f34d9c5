# SPDX-License-Identifier: Apache-2.0
obj-y += src/main.o src/cases.o src/figures.o src/keep.o
obj-$(CONFIG_ARM64) += src/keep_arm64.o src/vectors_arm64.o
obj-$(CONFIG_X86_64) += src/keep_x86.o src/vectors_x86.o
