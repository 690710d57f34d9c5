# SPDX-License-Identifier: Apache-2.0
srcs := $(addprefix core/mem/,frame.c s2.c) \
	$(addprefix core/vm/,hypercall.c memory.c mmio.c port.c power_alone.c trap.c vcpu.c)
