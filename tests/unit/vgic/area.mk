# SPDX-License-Identifier: Apache-2.0
srcs := $(addprefix arch/arm64/virt/,vgic_model.c vgic_regs.c vgic_state.c)
area_cppflags := -I$(top)/arch/arm64/include -DDOCS_DIR='"$(top)/docs"'
