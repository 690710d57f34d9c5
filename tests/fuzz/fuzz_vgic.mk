# SPDX-License-Identifier: Apache-2.0
srcs := $(addprefix arch/arm64/virt/,vgic_model.c vgic_regs.c vgic_state.c) tests/unit/vgic/interface.c
fuzz_cppflags := -I$(top)/arch/arm64/include -I$(top)/tests/unit/vgic
fuzz_flags := -max_len=2048
