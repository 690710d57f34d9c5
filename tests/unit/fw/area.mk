# SPDX-License-Identifier: Apache-2.0
include $(top)/tests/libfdt.mk
srcs := $(filter-out drivers/fw/acpi_no_scan.c,$(patsubst $(top)/%,%,$(wildcard $(top)/drivers/fw/*.c)))
foreign := $(addprefix $(libfdt_dir)/,fdt.c fdt_ro.c fdt_rw.c fdt_sw.c fdt_wip.c fdt_empty_tree.c \
	fdt_strerror.c fdt_addresses.c)
area_cppflags := -isystem $(libfdt_dir) -DCONFIG_FW_TABLE_MAX=8192 -DTEST_DATA='"$(here)/fw/data/"'
$(patsubst %.c,$(OUTPUT)/obj/fw/tree/%.o,$(srcs)) \
$(patsubst $(here)/fw/%.c,$(OUTPUT)/obj/fw/test/%.o,$(wildcard $(here)/fw/*.c)): | $(libfdt_ready)
# Nobody calls a unit by name, so an archive would leave it out.
area_ldlibs := $(addprefix $(OUTPUT)/obj/fw/tree/drivers/fw/,fdt_load.o acpi_load.o discover.o) \
	-Wl,--start-group $(OUTPUT)/lib/fw.a $(OUTPUT)/lib/_host.a -Wl,--end-group
