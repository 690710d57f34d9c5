# SPDX-License-Identifier: Apache-2.0
srcs := arch/x86/virt/cpuid.c arch/x86/virt/creg.c arch/x86/virt/mitigate.c arch/x86/virt/msr.c arch/x86/virt/tsc.c arch/x86/virt/legal.c arch/x86/virt/svm/exit.c arch/x86/virt/svm/rules.c \
	arch/x86/virt/vmx/exit.c arch/x86/virt/vmx/rules.c
area_cppflags := -I$(top)/arch/x86/include -I$(top)/arch/x86/virt
