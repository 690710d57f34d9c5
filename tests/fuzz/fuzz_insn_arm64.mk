# SPDX-License-Identifier: Apache-2.0
srcs := arch/arm64/virt/insn.c
fuzz_flags := -max_len=16
