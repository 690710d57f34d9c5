# SPDX-License-Identifier: Apache-2.0
include $(top)/tests/mbedtls.mk
srcs := core/svc/fit.c core/svc/fit_index.c core/svc/hash.c core/svc/heap.c core/svc/sha256_no_cpu.c
foreign := $(addprefix $(libfdt_dir)/,fdt.c fdt_check.c fdt_ro.c fdt_strerror.c) \
	$(addprefix $(mbedtls_dir)/library/,platform_util.c)
fuzz_cppflags := $(mbedtls_flags) -isystem $(libfdt_dir) -DCONFIG_MBEDTLS_HEAP_SIZE=16384
fuzz_flags := -max_len=16384
$(OUTPUT)/obj/fit/tree/tests/fuzz/fuzz_fit.o \
$(patsubst %.c,$(OUTPUT)/obj/fit/tree/%.o,$(srcs)): | $(libfdt_ready) $(mbedtls_ready)
