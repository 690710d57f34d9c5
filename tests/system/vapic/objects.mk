# SPDX-License-Identifier: Apache-2.0
obj-y += src/main.o src/payload.o ../linked/linked.o

# The guest is a program of its own, linked in as bytes.
vapic_guest := $(O)/include/guest/guest-x86.elf
$(O)/obj/test/src/payload.o: $(vapic_guest)
$(vapic_guest): FORCE
	$(Q)$(MAKE) -s -C $(src)/tests/guest ARCH=x86 GUEST=$(abspath $(TEST_DIR)/guest) OUTPUT=$(@D)
