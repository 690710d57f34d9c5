# SPDX-License-Identifier: Apache-2.0
srcs := arch/arm64/cpu/esr.c arch/arm64/virt/debug.c arch/arm64/virt/decode.c arch/arm64/virt/fault.c arch/arm64/virt/legal.c \
	arch/arm64/virt/walk.c
area_cppflags := -I$(top)/arch/arm64/include
