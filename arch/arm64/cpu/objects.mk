# SPDX-License-Identifier: Apache-2.0
obj-y += cache.o
obj-y += cpu.o
obj-y += cpu_name.o
obj-y += early_map.o
obj-y += entry/vectors.o
obj-y += esr.o
obj-y += exceptions.o
obj-y += firmware.o
obj-y += head.o
obj-y += mmu.o
obj-y += probe.o
obj-y += protect.o
obj-y += smp.o
obj-y += stack.o
obj-y += timer.o
obj-$(CONFIG_SIM_EXIT) += sim_exit.o
obj-$(CONFIG_SHA256_CPU) += sha256.o sha256_blocks.o
