# SPDX-License-Identifier: Apache-2.0
#
# The host's manifest checker $(O)/tools/manifest-check: Bulkhead's own reader, built for this host.
# Included by build.mk.

HOSTCC ?= cc
check_libfdt_dir := $(or $(LIBFDT_DIR),$(dtc_unpacked)/libfdt)
check_libfdt_ready := $(if $(filter $(dtc_unpacked)/%,$(check_libfdt_dir)),$(dtc_unpacked)/.unpacked)
check_tool := $(O)/tools/manifest-check
check_srcs := $(addprefix scripts/manifest/,main.c binding.c report.c) \
	$(addprefix core/svc/,manifest.c manifest_tree.c manifest_partition.c manifest_schedule.c manifest_device.c \
		manifest_memory.c) \
	$(addprefix drivers/fw/,machine.c devices.c fdt_walk.c fdt_node.c fdt_system.c fdt_device.c \
		fdt_uart.c fdt_assign.c fdt_idmap.c) lib/error.c lib/printf.c lib/pt.c lib/pt_formats.c \
	arch/fake/fill.c
check_libfdt := fdt.c fdt_ro.c fdt_check.c fdt_strerror.c
check_flags := -std=gnu17 -O1 -g -D_GNU_SOURCE -include $(src)/scripts/manifest/config.h \
	-I$(src)/include -I$(src)/arch/fake/include -isystem $(check_libfdt_dir) \
	-Wall -Wextra -Wno-unused-function $(HOSTCFLAGS)

check_objs := $(patsubst %.c,$(O)/tools/obj/%.o,$(check_srcs)) \
	$(patsubst %.c,$(O)/tools/obj/libfdt/%.o,$(check_libfdt)) \
	$(O)/tools/obj/vplat-arm64.o $(O)/tools/obj/vplat-x86.o

$(O)/tools/obj/.flags: FORCE
	$(call stamp,$@,$(subst $(O)/,,$(HOSTCC) $(check_flags) $(check_objs)))
$(O)/tools/obj/%.o: $(src)/%.c $(O)/tools/obj/.flags | $(check_libfdt_ready)
	$(Q)mkdir -p $(@D) && $(LAUNCHER) $(HOSTCC) $(check_flags) -MMD -MP -c $< -o $@
$(O)/tools/obj/libfdt/%.o: $(O)/tools/obj/.flags | $(check_libfdt_ready)
	$(Q)mkdir -p $(@D) && $(LAUNCHER) $(HOSTCC) $(check_flags) -w -fwrapv -c $(check_libfdt_dir)/$*.c -o $@
# Both architectures' numbers in one program: each under a name of its own.
$(O)/tools/obj/vplat-%.o: $(src)/arch/%/virt/platform.c $(O)/tools/obj/.flags
	$(Q)mkdir -p $(@D) && $(LAUNCHER) $(HOSTCC) $(check_flags) -I$(src)/arch/$*/include -Dvplat=vplat_$* \
		-MMD -MP -c $< -o $@

$(check_tool): $(check_objs)
	$(call say,HOSTLD,$(@F))
	$(Q)$(HOSTCC) $(HOSTCFLAGS) $^ -o $@

-include $(shell find $(O)/tools/obj -name '*.d' 2>/dev/null)

# $(SYSTEM) against the board, in the size that SET= gives its simulation.
check_command = $(PYTHON) $(src)/scripts/check.py --system $(SYSTEM) --board $(BOARD) \
	--roots '$(BOARD_ROOT)' --tool $(check_tool) --set '$(SET)' \
	$(if $(CONFIG_SYSTEM_IMAGE_FLASH),--slot $(CONFIG_SYSTEM_IMAGE_FLASH_BASE):$(CONFIG_SYSTEM_IMAGE_FLASH_SIZE))
.PHONY: check
check: $(check_tool)
	$(Q)$(check_command) --out $(O)/check
