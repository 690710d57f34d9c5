# SPDX-License-Identifier: Apache-2.0
include $(top)/tests/libfdt.mk
srcs := $(addprefix drivers/fw/,machine.c machine_settle.c machine_log.c fdt_walk.c fdt_node.c \
	fdt_system.c fdt_device.c fdt_uart.c fdt_assign.c fdt_idmap.c devices.c)
foreign := $(addprefix $(libfdt_dir)/,fdt.c fdt_ro.c)
fuzz_cppflags := -isystem $(libfdt_dir) -DCONFIG_FW_TABLE_MAX=8192
fuzz_flags := -max_len=10240
$(OUTPUT)/obj/fdt/tree/tests/fuzz/fuzz_fdt.o \
$(patsubst %.c,$(OUTPUT)/obj/fdt/tree/%.o,$(srcs)): | $(libfdt_ready)
