# SPDX-License-Identifier: Apache-2.0
#
# mbedTLS for host programs (area.mk, fuzz_*.mk): sets mbedtls_dir, mbedtls_flags and mbedtls_ready,
# like tests/libfdt.mk.
ifndef mbedtls_dir
include $(top)/tests/libfdt.mk
mbedtls_dir := $(or $(MBEDTLS_DIR),$(mbedtls_unpacked))
mbedtls_ready := $(if $(MBEDTLS_DIR),,$(mbedtls_unpacked)/.unpacked)
mbedtls_flags := -isystem $(top)/third-party/include -isystem $(mbedtls_dir)/include \
	-I$(mbedtls_dir)/library
$(mbedtls_dir)/%.c $(mbedtls_dir)/%.h: $(mbedtls_ready) ;
endif
