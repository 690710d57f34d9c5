# SPDX-License-Identifier: Apache-2.0
include $(top)/tests/libfdt.mk
srcs := $(addprefix core/svc/,manifest.c manifest_tree.c manifest_partition.c manifest_schedule.c manifest_device.c \
	manifest_memory.c) drivers/fw/devices.c
foreign := $(addprefix $(libfdt_dir)/,fdt.c fdt_ro.c)
fuzz_cppflags := -isystem $(libfdt_dir)
fuzz_flags := -max_len=8192
$(OUTPUT)/obj/manifest/tree/tests/fuzz/fuzz_manifest.o \
$(patsubst %.c,$(OUTPUT)/obj/manifest/tree/%.o,$(srcs)): | $(libfdt_ready)
