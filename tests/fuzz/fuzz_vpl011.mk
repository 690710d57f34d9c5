# SPDX-License-Identifier: Apache-2.0
srcs := core/vm/alarm.c core/vm/console.c core/vm/vpl011.c tests/unit/console/port.c
fuzz_cppflags := -I$(top)/tests/unit/console
fuzz_flags := -max_len=600
