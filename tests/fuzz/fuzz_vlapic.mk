# SPDX-License-Identifier: Apache-2.0
srcs := $(addprefix arch/x86/virt/,ipi.c vioapic.c vlapic.c vlapic_regs.c vlapic_state.c vpic.c vtimer.c) \
	tests/unit/vlapic/machine.c
fuzz_cppflags := -I$(top)/arch/x86/include -I$(top)/tests/unit/vlapic
fuzz_flags := -max_len=2048
