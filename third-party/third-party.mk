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
third_party_prefixes :=
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

# Their code is theirs: warnings off. Freestanding, with the headers of lib/libc. It runs with the MMU
# on, in normal memory, so that numbers it puts together from bytes may be loaded as one.
third_party_cflags = $(filter-out -mstrict-align,$(codegen)) $(arch_cflags) -w $(cppflags)

# $(1): name below obj/third-party; $(2): folder of its sources; $(3): objects; $(4): flags of its own
define third_party_library
objs += $(addprefix $(O)/obj/third-party/$(1)/,$(3))
$(addprefix $(O)/obj/third-party/$(1)/,$(3)): $(O)/obj/third-party/$(1)/%.o: $(O)/obj/.cflags
	$$(call say,CC,$(1)/$$*.c)
	$$(Q)mkdir -p $$(@D) && $$(compile) $$(third_party_cflags) $(4) -MD -MF $$(@:.o=.d.raw) \
		-c $(2)/$$*.c -o $$@ && $$(call fixdep,$$(@:.o=.d))
endef

ifdef CONFIG_LIBFDT
ifndef LIBFDT_DIR
LIBFDT_DIR := $(dtc_unpacked)/libfdt
third_party_sources += $(dtc_unpacked)/.unpacked
endif
override LIBFDT_DIR := $(abspath $(LIBFDT_DIR))
third_party_includes += -isystem $(LIBFDT_DIR)
third_party_prefixes += -ffile-prefix-map=$(LIBFDT_DIR)/=third-party/libfdt/
# -fwrapv: fdt_next_tag() of 1.7.2 relies on signed lengths that wrap. It asks for each byte of a name
# whether it is in the tree: where that is no call, a walk takes a third.
libfdt_inline := $(if $(filter clang%,$(notdir $(CC))),,-finline-functions --param=max-inline-insns-auto=120)
$(eval $(call third_party_library,libfdt,$(LIBFDT_DIR),\
	fdt.o fdt_addresses.o fdt_check.o fdt_ro.o fdt_strerror.o fdt_sw.o,-fwrapv -DFDT_ASSUME_MASK=4 $(libfdt_inline)))
endif

ifdef CONFIG_MBEDTLS
ifndef MBEDTLS_DIR
MBEDTLS_DIR := $(mbedtls_unpacked)
third_party_sources += $(mbedtls_unpacked)/.unpacked
endif
override MBEDTLS_DIR := $(abspath $(MBEDTLS_DIR))
third_party_prefixes += -ffile-prefix-map=$(MBEDTLS_DIR)/=third-party/mbedtls/
# Ours comes first: its mbedtls/mbedtls_config.h takes the place of theirs.
third_party_includes += -isystem $(src)/third-party/include -isystem $(MBEDTLS_DIR)/include
$(eval $(call third_party_library,mbedtls,$(MBEDTLS_DIR)/library,asn1parse.o asn1write.o bignum.o \
	bignum_core.o bignum_mod.o bignum_mod_raw.o constant_time.o ecdsa.o ecp.o ecp_curves.o md.o \
	oid.o platform_util.o rsa.o rsa_alt_helpers.o sha256.o sha512.o,\
	-I$(MBEDTLS_DIR)/library))
endif

$(objs): | $(third_party_sources)
