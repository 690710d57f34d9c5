# SPDX-License-Identifier: Apache-2.0
# What the tests include as source (to empty its lists) is not here: partition.c, shared.c, slot.c.
include $(top)/tests/libfdt.mk
srcs := drivers/fw/devices.c $(addprefix core/mem/,frame.c guest.c region.c s2.c) \
	$(addprefix core/vm/,alarm.c bell.c describe.c health.c hypercall.c life.c load.c memory.c mmio.c port.c power.c \
	system.c trap.c vcpu.c watchdog.c window.c)
foreign := $(addprefix $(libfdt_dir)/,fdt.c fdt_addresses.c fdt_check.c fdt_ro.c fdt_strerror.c fdt_sw.c)
area_cppflags := -isystem $(libfdt_dir)
$(patsubst %.c,$(OUTPUT)/obj/partition/tree/%.o,$(srcs)) \
$(patsubst $(here)/partition/%.c,$(OUTPUT)/obj/partition/test/%.o,$(wildcard $(here)/partition/*.c)): | \
	$(libfdt_ready)
