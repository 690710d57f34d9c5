# SPDX-License-Identifier: Apache-2.0
#
# Builds one configured output directory: make -f scripts/build.mk src=<source tree> O=<directory>.
# The top Makefile calls it; O and src are absolute.

MAKEFLAGS += -rR --no-print-directory
SHELL := /bin/sh
.DEFAULT_GOAL := all
.SUFFIXES:
.DELETE_ON_ERROR:

# Compilers read headers from these as well.
unexport CPATH C_INCLUDE_PATH

inc := $(O)/include/config
configure := $(PYTHON) $(src)/scripts/kconfig.py --src $(src) --out $(O)

$(O)/.config $(O)/.settings:
	@echo "no configuration in $(O): make BOARD=<board> O=$(O) defconfig ('make boards' lists them)" >&2; exit 2

# Included without '-': a configuration that cannot be made must stop the build.
-include $(inc)/kconfig.d
include $(O)/.settings
include $(inc)/auto.conf
$(inc)/auto.conf: $(O)/.config $(KCONFIG_FILES)
	@$(configure) sync && touch $@
$(KCONFIG_FILES):

ARCH := $(if $(CONFIG_ARM64),arm64)$(if $(CONFIG_X86_64),x86)

# Without a configuration there is nothing to say yet: make makes auto.conf and reads this again.
ifneq ($(ARCH),)

# ---- tools -------------------------------------------------------------------------------------

ifneq ($(filter default undefined,$(origin CC)),)
CC := gcc
endif
ifneq ($(filter default undefined,$(origin LD)),)
LD :=
endif
host := $(shell uname -m)
triple_arm64 := aarch64-linux-gnu
triple_x86 := x86_64-linux-gnu
triple := $(triple_$(ARCH))
native_arm64 := aarch64
native_x86 := x86_64
CROSS_COMPILE ?= $(if $(filter $(native_$(ARCH)),$(host)),,$(triple)-)

ifneq ($(filter clang%,$(notdir $(CC))),)
cc := $(CC) --target=$(triple)
ld := $(or $(LD),$(if $(shell command -v $(CROSS_COMPILE)ld),$(CROSS_COMPILE)ld,ld.lld))
else
cc := $(if $(filter gcc gcc-%,$(CC)),$(CROSS_COMPILE))$(CC)
ld := $(or $(LD),$(CROSS_COMPILE)ld)
endif
nm := $(CROSS_COMPILE)nm
objcopy := $(CROSS_COMPILE)objcopy
size := $(CROSS_COMPILE)size

# ---- sources -----------------------------------------------------------------------------------
# Each folder lists its objects in objects.mk, relative to itself; a folder outside the tree (a
# test program, a board) gets its objects below obj/<name it is given here>.

folders := lib core core/base core/mem core/vm core/svc arch/$(ARCH)/cpu arch/$(ARCH)/virt \
	drivers/serial drivers/fw drivers/irqchip drivers/pcie drivers/iommu

# $(1): where its objects go, below obj/; $(2): the folder
define folder
obj-y :=
-include $(2)/objects.mk
objs += $$(addprefix $(O)/obj/$(1)/,$$(obj-y))
endef
override TEST_DIR := $(abspath $(TEST_DIR))
override BOARD_DIR := $(abspath $(BOARD_DIR))
objs :=
$(foreach f,$(folders),$(eval $(call folder,$(f),$(src)/$(f))))
$(eval $(call folder,board,$(BOARD_DIR)))
$(if $(TEST_DIR),$(eval $(call folder,test,$(TEST_DIR))))
in_tree_objs := $(filter-out $(O)/obj/board/% $(O)/obj/test/%,$(objs))

include $(src)/third-party/third-party.mk

# The public halves of the keys that sign system images.
override KEYS := $(abspath $(or $(KEYS),$(O)/keys))
key := $(subst ",,$(CONFIG_SYSTEM_IMAGE_KEY))
key := $(foreach k,$(key),$(if $(filter /%,$k),,$(src)/)$k)
key_algo := $(if $(CONFIG_SIG_RSA3072_PSS),rsa3072,p256)
key_c := $(O)/obj/system_key.c
objs += $(if $(CONFIG_SYSTEM_IMAGE),$(key_c:.c=.o))

# ---- flags -------------------------------------------------------------------------------------

warnings := -Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Wundef -Wvla \
	-Wmissing-prototypes -Wstrict-prototypes -Wold-style-definition -Wcast-qual -Wwrite-strings \
	-Wimplicit-fallthrough -Wnull-dereference -Werror

# Nothing is read from the host's /usr/include: only the compiler's own freestanding headers.
cc_include := $(shell $(cc) -print-file-name=include)
cppflags := -nostdinc -isystem $(src)/lib/libc -isystem $(cc_include) $(third_party_includes) \
	-include include/generated/autoconf.h -Iinclude -I$(src)/include \
	-I$(src)/arch/$(ARCH)/include

codegen := -std=gnu17 -O2 -g -ffreestanding -fno-common -fno-strict-aliasing -fno-pic -fno-pie \
	-fno-omit-frame-pointer -fno-asynchronous-unwind-tables -fno-unwind-tables \
	$(if $(CONFIG_UNPROTECTED),-fno-stack-protector,-fstack-protector-strong) \
	-mstack-protector-guard=global -ffunction-sections -fdata-sections \
	-mgeneral-regs-only \
	-ffile-prefix-map=$(src)/= -ffile-prefix-map=$(O)/=out/ $(third_party_prefixes)
codegen_arm64 := -mstrict-align -mno-outline-atomics \
	-mbranch-protection=$(if $(CONFIG_UNPROTECTED),none,standard)
codegen_x86 := -mno-red-zone -mcmodel=kernel
codegen += $(codegen_$(ARCH))

arch_cflags :=
arch_ldflags :=
-include $(src)/arch/$(ARCH)/flags.mk

cflags = $(codegen) $(arch_cflags) $(warnings) $(cppflags)
# What copies memory runs in normal memory with the MMU on, where words may lie anywhere.
$(O)/obj/lib/string.o: private codegen := $(filter-out -mstrict-align,$(codegen))
aflags = $(filter-out -std=%,$(codegen)) $(arch_cflags) $(cppflags) -D__ASSEMBLY__
ldflags = -nostdlib -static --gc-sections --build-id=none -z noexecstack -z max-page-size=4096 \
	--fatal-warnings $(arch_ldflags)

# ---- compiling ---------------------------------------------------------------------------------

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' $(1) $(2))
fixdep = $(src)/scripts/fixdep $(O) $@ $(1).raw && mv $(1).raw $(1)
# Compilers run in O, so that what they are told and say is the same wherever O is; the slash of
# PWD is what the prefix map above looks for. LAUNCHER= names a program in front of them: ccache,
# which may share what it keeps between all O.
export CCACHE_NOHASHDIR := 1
compile = cd $(O) && PWD=$(O)/. $(LAUNCHER) $(cc)

# $(1): below obj/; $(2): source folder with trailing slash
define objects
$(O)/obj/$(1)%.o: $(2)%.c $(O)/obj/.cflags
	$$(call say,CC,$(1)$$*.c)
	$$(Q)mkdir -p $$(@D) && $$(compile) $$(cflags) -MD -MF $$(@:.o=.d.raw) -c $$< -o $$@ && $$(call fixdep,$$(@:.o=.d))
$(O)/obj/$(1)%.o: $(2)%.S $(O)/obj/.cflags
	$$(call say,AS,$(1)$$*.S)
	$$(Q)mkdir -p $$(@D) && $$(compile) $$(aflags) -MD -MF $$(@:.o=.d.raw) -c $$< -o $$@ && $$(call fixdep,$$(@:.o=.d))
endef
$(eval $(call objects,board/,$(BOARD_DIR)/))
$(if $(TEST_DIR),$(eval $(call objects,test/,$(TEST_DIR)/)))
$(eval $(call objects,,$(src)/))

# $(1): file; $(2): text. Written only when it changes, so that what depends on it is made again
# exactly when a command line or the list of objects changes. Where O lies is neither: nothing that is
# built says it, so that an output directory may be moved or copied.
stamp = @mkdir -p $(dir $(1)); printf '%s\n' '$(2)' | cmp -s - $(1) || printf '%s\n' '$(2)' >$(1)
$(O)/obj/.cflags: FORCE
	$(call stamp,$@,$(subst $(O)/,,$(cc) $(cflags) | $(aflags)))
$(O)/obj/.objects: FORCE
	$(call stamp,$@,$(subst $(O)/,,$(ld) $(ldflags) $(sort $(objs))))

$(key_c): FORCE
	$(Q)$(PYTHON) $(src)/scripts/keys.py --algo $(key_algo) --keys $(KEYS) --key '$(key)' --out $@
$(key_c:.c=.o): $(key_c) $(O)/obj/.cflags
	$(Q)$(compile) $(cflags) -MD -MF $(@:.o=.d.raw) -c $< -o $@ && $(call fixdep,$(@:.o=.d))

# ---- linking -----------------------------------------------------------------------------------

lds := $(O)/obj/bulkhead.ld
elf := $(O)/bulkhead.elf

$(lds): $(src)/arch/$(ARCH)/bulkhead.ld.S $(O)/obj/.cflags
	$(call say,LDS,arch/$(ARCH)/bulkhead.ld.S)
	$(Q)mkdir -p $(@D) && $(compile) -E -P -x assembler-with-cpp $(aflags) -D__LINKER__ \
		-MD -MT $@ -MF $@.d.raw $< -o $@ && $(call fixdep,$@.d)

# The table of function names is made from a first link with an empty one and lies behind all
# text, so that adding it moves no function; the second link is checked against it.
ksyms := $(O)/obj/ksyms
link = $(ld) $(ldflags) -T $(lds) -Map $(1).map -o $(1) $(objs) $(2)

$(ksyms).empty.S: $(src)/scripts/ksyms.py
	$(Q)mkdir -p $(@D) && $(PYTHON) $< empty >$@
$(ksyms).S: $(ksyms).first.elf $(src)/scripts/ksyms.py
	$(Q)$(nm) -n $< | $(PYTHON) $(src)/scripts/ksyms.py make >$@
$(ksyms).o $(ksyms).empty.o: %.o: %.S $(O)/obj/.cflags
	$(Q)$(compile) $(aflags) -c $< -o $@
$(ksyms).first.elf: $(objs) $(ksyms).empty.o $(lds) $(O)/obj/.objects
	$(Q)$(call link,$@,$(ksyms).empty.o)

ksyms_o := $(if $(CONFIG_SYMBOLS),$(ksyms).o,$(ksyms).empty.o)
$(elf): $(objs) $(ksyms_o) $(lds) $(O)/obj/.objects
	$(call say,LD,$(@F))
	$(Q)$(call link,$@,$(ksyms_o))
	$(if $(CONFIG_SYMBOLS),$(Q)$(nm) -n $@ | $(PYTHON) $(src)/scripts/ksyms.py check $(ksyms).S)

images := $(elf)
ifeq ($(ARCH),arm64)
images += $(O)/bulkhead.bin
$(O)/bulkhead.bin: $(elf)
	$(call say,OBJCOPY,$(@F))
	$(Q)$(objcopy) -O binary $< $@
endif
# An architecture adds images of its own here: rules, and "images += $(O)/<file>".
-include $(src)/arch/$(ARCH)/images.mk

.PHONY: all size compile_commands.json FORCE
all: $(images)
FORCE:

include $(src)/scripts/manifest/tool.mk

# ---- the system image --------------------------------------------------------------------------
# Payloads are looked for beside the source, and where the Makefile beside it (if there is one)
# makes them.

system_dir = $(patsubst %/,%,$(dir $(SYSTEM)))
system_out = $(O)/system/$(basename $(notdir $(SYSTEM)))
.PHONY: image
image: $(key_c) $(check_tool)
	$(if $(CONFIG_SYSTEM_IMAGE),,@echo "image: this configuration takes no system image: set SYSTEM_IMAGE" >&2; exit 2)
	$(Q)mkdir -p $(system_out)
	$(Q)! test -f $(system_dir)/Makefile || \
		env -u MAKEFLAGS -u MFLAGS $(MAKE) --no-print-directory -s -C $(system_dir) ARCH=$(ARCH) OUTPUT=$(system_out)
	$(Q)$(PYTHON) $(src)/scripts/image.py --system $(SYSTEM) --files $(system_dir):$(system_out) \
		--arch $(ARCH) --algo $(key_algo) --keys $(KEYS) --key '$(key)' --sign "$$SIGN" \
		--check "$(check_command) --files $(system_dir):$(system_out) --quiet" --out $(O)/system.itb

# ---- reports -----------------------------------------------------------------------------------

size: all
	@$(PYTHON) $(src)/scripts/size.py $(elf) $(elf).map $(O) $(images)

compile_commands.json:
	@$(PYTHON) $(src)/scripts/compile_commands.py --out $(O)/$@ --directory $(O) \
		--c '$(cc) $(cflags)' --asm '$(cc) $(aflags)' \
		$(foreach o,$(filter-out $(O)/obj/third-party/% $(key_c:.c=.o),$(objs)),$(call source_of,$o)=$o)
source_of = $(or $(wildcard $(call stem_of,$1).c),$(call stem_of,$1).S)
stem_of = $(basename $(patsubst $(O)/obj/%,$(src)/%,$(patsubst \
	$(O)/obj/test/%,$(TEST_DIR)/%,$(patsubst $(O)/obj/board/%,$(BOARD_DIR)/%,$1))))

-include $(objs:.o=.d) $(lds).d

endif
