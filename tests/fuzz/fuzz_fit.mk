# SPDX-License-Identifier: Apache-2.0
fit_cache := $(or $(CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/bulkhead)/src
fit_fdt := $(or $(LIBFDT_DIR),$(fit_cache)/92d8ca769805ae1f176204230438fe52808f4e1c7944053c9eec0e649b237539/libfdt)
fit_mbedtls := $(or $(MBEDTLS_DIR),$(fit_cache)/8fb65fae8dcae5840f793c0a334860a411f884cc537ea290ce1c52bb64ca007a)
srcs := core/svc/fit.c core/svc/hash.c core/svc/heap.c
foreign := $(addprefix $(fit_fdt)/,fdt.c fdt_check.c fdt_ro.c fdt_strerror.c) \
	$(addprefix $(fit_mbedtls)/library/,platform_util.c sha256.c)
fuzz_cppflags := -isystem $(top)/third-party/include -isystem $(fit_mbedtls)/include -isystem $(fit_fdt) \
	-I$(fit_mbedtls)/library -DCONFIG_MBEDTLS_HEAP_SIZE=16384
fuzz_flags := -max_len=16384
