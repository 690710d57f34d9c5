# SPDX-License-Identifier: Apache-2.0
srcs := core/vm/console.c core/vm/vpl011.c
fuzz_flags := -max_len=600
