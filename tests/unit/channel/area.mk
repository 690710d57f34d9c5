# SPDX-License-Identifier: Apache-2.0
include $(top)/tests/libfdt.mk
srcs := $(addprefix core/svc/,channel.c handle.c manage.c) $(addprefix core/mem/,frame.c s2.c) \
	$(addprefix core/vm/,describe_node.c alarm.c bell.c hypercall.c memory.c mmio.c port.c power_alone.c trap.c vcpu.c)
foreign := $(addprefix $(libfdt_dir)/,fdt.c fdt_ro.c fdt_sw.c fdt_strerror.c)
area_cppflags := -isystem $(libfdt_dir)
$(patsubst %.c,$(OUTPUT)/obj/channel/tree/%.o,$(srcs)) $(foreign) \
$(patsubst $(here)/channel/%.c,$(OUTPUT)/obj/channel/test/%.o,$(wildcard $(here)/channel/*.c)): | $(libfdt_ready)
# Nobody calls a unit by name, so an archive would leave it out.
area_ldlibs := $(addprefix $(OUTPUT)/obj/channel/tree/core/svc/,channel.o manage.o) \
	-Wl,--start-group $(OUTPUT)/lib/channel.a $(OUTPUT)/lib/_host.a -Wl,--end-group
