# SPDX-License-Identifier: Apache-2.0
obj-y += src/main.o src/payload.o ../linked/linked.o

# The guest is a program of its own, linked in as bytes.
vgic_guest := $(O)/include/guest/guest-arm64.bin
$(O)/obj/test/src/payload.o: $(vgic_guest)
$(vgic_guest): FORCE
	$(Q)$(MAKE) -s -C $(src)/tests/guest ARCH=arm64 GUEST=$(abspath $(TEST_DIR)/guest) OUTPUT=$(@D)
