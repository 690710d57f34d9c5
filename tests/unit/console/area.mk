# SPDX-License-Identifier: Apache-2.0
srcs := core/vm/alarm.c core/vm/console.c core/vm/v16550.c core/vm/vpl011.c
