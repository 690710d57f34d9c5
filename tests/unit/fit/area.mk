# SPDX-License-Identifier: Apache-2.0
# The verifier, with the third-party sources that a board's build takes.
fit_cache := $(or $(CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/bulkhead)/src
fit_fdt := $(or $(LIBFDT_DIR),$(fit_cache)/92d8ca769805ae1f176204230438fe52808f4e1c7944053c9eec0e649b237539/libfdt)
fit_mbedtls := $(or $(MBEDTLS_DIR),$(fit_cache)/8fb65fae8dcae5840f793c0a334860a411f884cc537ea290ce1c52bb64ca007a)
srcs := core/svc/fit.c core/svc/hash.c core/svc/heap.c core/svc/sig.c core/svc/sig_p256.c core/svc/sig_rsa3072.c
foreign := $(addprefix $(fit_fdt)/,fdt.c fdt_addresses.c fdt_check.c fdt_ro.c fdt_strerror.c fdt_rw.c fdt_wip.c) \
	$(addprefix $(fit_mbedtls)/library/,asn1parse.c asn1write.c bignum.c bignum_core.c bignum_mod.c \
	bignum_mod_raw.c constant_time.c ecdsa.c ecp.c ecp_curves.c md.c oid.c platform_util.c rsa.c \
	rsa_alt_helpers.c sha256.c)
area_cppflags := -isystem $(top)/third-party/include -isystem $(fit_mbedtls)/include -isystem $(fit_fdt) \
	-I$(fit_mbedtls)/library -DCONFIG_MBEDTLS_RSA=1 -DCONFIG_MBEDTLS_HEAP_SIZE=16384 \
	-DDATA_DIR='"$(here)/fit/data"'
