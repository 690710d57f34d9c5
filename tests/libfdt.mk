# SPDX-License-Identifier: Apache-2.0
#
# libfdt for host programs (area.mk, fuzz_*.mk): sets libfdt_dir, the same sources that images are
# built with, and how they come to be there.
ifndef libfdt_dir
src := $(top)
include $(top)/third-party/third-party.mk
libfdt_dir := $(or $(LIBFDT_DIR),$(dtc_unpacked)/libfdt)
libfdt_ready := $(if $(LIBFDT_DIR),,$(dtc_unpacked)/.unpacked)
$(libfdt_dir)/%.c $(libfdt_dir)/%.h: $(libfdt_ready) ;
endif
