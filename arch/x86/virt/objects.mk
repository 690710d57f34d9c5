# SPDX-License-Identifier: Apache-2.0
obj-$(CONFIG_VIRT) += insn.o
