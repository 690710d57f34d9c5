# SPDX-License-Identifier: Apache-2.0
obj-y += src/main.o src/memory.o src/reset.o src/panic.o src/exceptions.o
obj-$(CONFIG_ARM64) += src/exceptions_arm64.o src/faults_arm64.o
obj-$(CONFIG_X86_64) += src/exceptions_x86.o src/faults_x86.o
