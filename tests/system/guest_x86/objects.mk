# SPDX-License-Identifier: Apache-2.0
obj-y += src/main.o src/machine.o src/memory.o src/guest.o
obj-y += $(if $(CONFIG_GUEST_X86_TRIPLE_FAULT),src/triple.o,src/no_triple.o)
