# SPDX-License-Identifier: Apache-2.0
srcs := $(addprefix arch/x86/virt/,ipi.c vioapic.c vlapic.c vlapic_regs.c vlapic_state.c vpic.c vtimer.c)
area_cppflags := -I$(top)/arch/x86/include
