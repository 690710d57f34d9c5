# SPDX-License-Identifier: Apache-2.0
obj-y += src/main.o src/judge.o src/image.o src/figures.o src/payload.o ../linked/linked.o
obj-$(CONFIG_ARM64) += src/place_arm64.o
obj-$(CONFIG_X86_64) += src/place_x86.o

# The guest is a program of its own, linked in as bytes.
iommu_guest := $(O)/include/guest/guest
iommu_guest_built := $(if $(CONFIG_ARM64),guest-arm64.bin,guest-x86.elf)
$(O)/obj/test/src/payload.o: $(iommu_guest)
$(iommu_guest): FORCE
	$(Q)$(MAKE) -s -C $(src)/tests/guest ARCH=$(ARCH) GUEST=$(abspath $(TEST_DIR)/guest) OUTPUT=$(@D)
	$(Q)cp $(@D)/$(iommu_guest_built) $@
