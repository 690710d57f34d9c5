# SPDX-License-Identifier: Apache-2.0
include $(top)/tests/libfdt.mk
srcs := $(addprefix core/svc/,channel.c handle.c manage.c) $(addprefix core/mem/,frame.c s2.c) \
	$(addprefix core/vm/,alarm.c bell.c describe_node.c hypercall.c memory.c mmio.c port.c power_alone.c trap.c vcpu.c)
foreign := $(addprefix $(libfdt_dir)/,fdt.c fdt_ro.c fdt_sw.c fdt_strerror.c)
fuzz_cppflags := -isystem $(libfdt_dir)
fuzz_flags := -max_len=600
$(OUTPUT)/obj/calls/tree/tests/fuzz/fuzz_calls.o \
$(patsubst %.c,$(OUTPUT)/obj/calls/tree/%.o,$(srcs)): | $(libfdt_ready)
