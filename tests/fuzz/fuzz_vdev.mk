# SPDX-License-Identifier: Apache-2.0
srcs := $(addprefix arch/x86/virt/,vdev.c vpit.c vpm.c vreset.c vrtc.c wallclock.c)
fuzz_cppflags := -I$(top)/arch/x86/include -I$(top)/arch/fake/include/asm
fuzz_flags := -max_len=800
