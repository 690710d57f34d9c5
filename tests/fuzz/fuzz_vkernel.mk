# SPDX-License-Identifier: Apache-2.0
srcs := $(addprefix arch/x86/virt/,aml.c vacpi.c vboot.c vkernel.c)
fuzz_cppflags := -I$(top)/arch/x86/include -I$(top)/arch/x86/virt
