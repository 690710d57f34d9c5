# SPDX-License-Identifier: Apache-2.0
srcs := core/vm/console.c core/vm/v16550.c
fuzz_flags := -max_len=600
