# SPDX-License-Identifier: Apache-2.0
srcs := arch/x86/cpu/handoff.c
fuzz_cppflags := -I$(top)/arch/x86/include
