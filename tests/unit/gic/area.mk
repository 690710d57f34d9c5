# SPDX-License-Identifier: Apache-2.0
srcs := drivers/irqchip/gic.c
area_cppflags := -I$(top)
