# SPDX-License-Identifier: Apache-2.0
srcs := arch/x86/virt/insn.c arch/x86/virt/alu.c
fuzz_flags := -max_len=24
