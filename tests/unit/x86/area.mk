# SPDX-License-Identifier: Apache-2.0
srcs := arch/x86/cpu/handoff.c arch/x86/cpu/decode.c arch/x86/cpu/apic_encode.c \
	arch/x86/cpu/mce_rules.c
area_cppflags := -I$(top)/arch/x86/include
