# SPDX-License-Identifier: Apache-2.0
srcs := arch/arm64/cpu/esr.c
area_cppflags := -I$(top)/arch/arm64/include
