# SPDX-License-Identifier: Apache-2.0
obj-y += cpus.o
obj-y += idle.o
obj-y += irq.o
obj-y += ksyms.o
obj-y += lock.o
obj-y += log.o
obj-y += log_guest.o
obj-y += log_later.o
obj-y += log_ring.o
obj-y += log_steps.o
obj-y += panic.o
obj-y += stackprot.o
obj-y += unit.o

obj-$(CONFIG_LOCK_CHECK) += lock_check.o
obj-$(CONFIG_LOCK_FREEZE) += lock_freeze.o
obj-$(CONFIG_LOG_SHOW_PREVIOUS) += log_previous.o
obj-$(CONFIG_TRACE_ERROR) += trace_error.o

obj-$(CONFIG_PANIC_HALT) += panic_halt.o
obj-$(CONFIG_PANIC_RESET) += panic_reset.o
obj-$(CONFIG_PANIC_SIM_EXIT) += panic_sim_exit.o

obj-$(CONFIG_BOOT_END_IDLE) += run_idle.o
obj-$(CONFIG_BOOT_END_OFF) += run_off.o
obj-$(CONFIG_BOOT_END_SIM_EXIT) += run_sim_exit.o
