# SPDX-License-Identifier: Apache-2.0
# The verifier, with the third-party sources that a board's build takes, and both algorithms.
include $(top)/tests/mbedtls.mk
srcs := $(addprefix core/svc/,fit.c fit_index.c hash.c heap.c payload.c sig.c sig_p256.c sig_rsa3072.c) \
	$(addprefix tests/system/fit/src/,cases.c spoil.c) tests/unit/fit/data/images.c \
	tests/unit/hash/sha256_host.c
foreign := $(addprefix $(libfdt_dir)/,fdt.c fdt_addresses.c fdt_check.c fdt_ro.c fdt_strerror.c \
	fdt_rw.c fdt_wip.c) \
	$(addprefix $(mbedtls_dir)/library/,asn1parse.c asn1write.c bignum.c bignum_core.c bignum_mod.c \
	bignum_mod_raw.c constant_time.c ecdsa.c ecp.c ecp_curves.c md.c oid.c platform_util.c rsa.c \
	rsa_alt_helpers.c sha256.c)
area_cppflags := $(mbedtls_flags) -isystem $(libfdt_dir) -DCONFIG_MBEDTLS_RSA=1 \
	-DCONFIG_MBEDTLS_HEAP_SIZE=16384 -DDATA_DIR='"$(here)/fit/data"'
ifeq ($(shell uname -m),x86_64)
srcs += arch/x86/cpu/sha256_blocks.S
area_cppflags += -DHOST_X86
endif
$(patsubst %,$(OUTPUT)/obj/fit/tree/%.o,$(basename $(srcs))) \
$(patsubst $(here)/fit/%.c,$(OUTPUT)/obj/fit/test/%.o,$(wildcard $(here)/fit/*.c)): | \
	$(libfdt_ready) $(mbedtls_ready)
