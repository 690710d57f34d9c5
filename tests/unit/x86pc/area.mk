# SPDX-License-Identifier: Apache-2.0
srcs := $(addprefix arch/x86/virt/,vdev.c vpit.c vpm.c vreset.c vrtc.c wallclock.c)
area_cppflags := -I$(top)/arch/x86/include
