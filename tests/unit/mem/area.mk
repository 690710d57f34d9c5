# SPDX-License-Identifier: Apache-2.0
srcs := $(addprefix core/mem/,frame.c guest.c region.c s2.c)
