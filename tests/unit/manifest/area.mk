# SPDX-License-Identifier: Apache-2.0
# The manifest's reader, over the libfdt that a board's build takes.
include $(top)/tests/libfdt.mk
srcs := $(addprefix core/svc/,manifest.c manifest_tree.c manifest_partition.c manifest_schedule.c manifest_device.c \
	manifest_memory.c) drivers/fw/devices.c
foreign := $(addprefix $(libfdt_dir)/,fdt.c fdt_ro.c fdt_rw.c fdt_sw.c fdt_wip.c fdt_strerror.c)
area_cppflags := -isystem $(libfdt_dir)
$(patsubst %.c,$(OUTPUT)/obj/manifest/tree/%.o,$(srcs)) \
$(patsubst $(here)/manifest/%.c,$(OUTPUT)/obj/manifest/test/%.o,$(wildcard $(here)/manifest/*.c)): | \
	$(libfdt_ready)
