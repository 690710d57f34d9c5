# SPDX-License-Identifier: Apache-2.0
#
# The raw disk with its own boot sector (docs/x86.md).

boot_dir := $(src)/arch/x86/boot
images += $(O)/bulkhead.img

$(O)/obj/bulkhead.flat: $(elf)
	$(Q)$(objcopy) -O binary $< $@
$(O)/obj/arch/x86/boot/disk.elf: $(O)/obj/arch/x86/boot/disk.o
	$(Q)$(ld) -nostdlib -static --build-id=none -z noexecstack -n -Ttext=0x7c00 -e _start -o $@ $<
$(O)/obj/arch/x86/boot/disk.bin: $(O)/obj/arch/x86/boot/disk.elf
	$(Q)$(objcopy) -O binary -j .text $< $@
$(O)/bulkhead.img: $(O)/obj/arch/x86/boot/disk.bin $(O)/obj/bulkhead.flat $(boot_dir)/mkdisk.py
	$(call say,DISK,$(@F))
	$(Q)$(PYTHON) -B $(boot_dir)/mkdisk.py $(wordlist 1,2,$^) $@
-include $(O)/obj/arch/x86/boot/disk.d
