# SPDX-License-Identifier: Apache-2.0
#
# Third-party sources: never in the tree, fetched once from Debian's archive, identified by sha256.
# LIBFDT_DIR= and MBEDTLS_DIR= name an unpacked tree instead, and nothing is fetched.

CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/bulkhead

# Accepted sources: suite, package=version (a hint), tarball, sha256 (the identity).
dtc_suite := trixie
dtc_package := device-tree-compiler=1.7.2-2
dtc_tarball := device-tree-compiler_1.7.2.orig.tar.xz
dtc_sha256 := 92d8ca769805ae1f176204230438fe52808f4e1c7944053c9eec0e649b237539
mbedtls_suite := trixie
mbedtls_package := mbedtls=3.6.6-0.1~deb13u1
mbedtls_tarball := mbedtls_3.6.6.orig.tar.bz2
mbedtls_sha256 := 8fb65fae8dcae5840f793c0a334860a411f884cc537ea290ce1c52bb64ca007a

third_party_includes :=
third_party_sources :=

# $(1): name. Unpacked beside and renamed, so that an interrupted run never looks finished; the
# script checks the sha256 of a cached tarball again before it is unpacked.
define fetch
$(1)_unpacked := $(CACHE)/src/$($(1)_sha256)
$(CACHE)/src/$($(1)_sha256)/.unpacked:
	$$(Q)$(src)/scripts/fetch-src.sh $(CACHE) $($(1)_suite) '$($(1)_package)' \
		$($(1)_tarball) $($(1)_sha256)
endef
$(eval $(call fetch,dtc))
$(eval $(call fetch,mbedtls))

# Their code is theirs: warnings off. Freestanding, with the headers of lib/libc.
third_party_cflags = $(codegen) $(arch_cflags) -w $(cppflags)

ifdef CONFIG_FW_FDT
libfdt_sources := $(if $(LIBFDT_DIR),,$(dtc_unpacked)/.unpacked)
LIBFDT_DIR ?= $(dtc_unpacked)/libfdt
libfdt_objs := $(addprefix $(O)/obj/third-party/libfdt/,fdt.o fdt_addresses.o fdt_ro.o \
	fdt_check.o fdt_strerror.o)
third_party_includes += -isystem $(LIBFDT_DIR)
third_party_sources += $(libfdt_sources)
objs += $(libfdt_objs)
# -fwrapv: fdt_next_tag() of 1.7.2 relies on signed lengths that wrap.
$(libfdt_objs): $(O)/obj/third-party/libfdt/%.o: $(libfdt_sources) $(O)/obj/.cflags
	$(call say,CC,libfdt/$*.c)
	$(Q)mkdir -p $(@D) && $(cc) $(third_party_cflags) -fwrapv -c $(LIBFDT_DIR)/$*.c -o $@
endif

$(objs): | $(third_party_sources)
