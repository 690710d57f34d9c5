# SPDX-License-Identifier: Apache-2.0
srcs := $(addprefix arch/x86/virt/,fastmov.c ipi.c offload.c vioapic.c vlapic.c vlapic_regs.c vlapic_state.c vpic.c vtimer.c) arch/arm64/virt/vsgi.c
# After the x86 one: what is not found there.
area_cppflags := -I$(top)/arch/x86/include -I$(top)/arch/arm64/include
