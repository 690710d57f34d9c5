# SPDX-License-Identifier: Apache-2.0
srcs := $(addprefix drivers/irqchip/,its.c its_queue.c)
area_cppflags := -DCONFIG_ITS_LPIS=16 -DITS_TURNS=1000
