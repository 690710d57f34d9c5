# SPDX-License-Identifier: Apache-2.0
# Where the host is an x86, its own SHA instructions run what Bulkhead's would.
srcs := core/svc/hash.c tests/system/hash/src/cases.c
ifeq ($(shell uname -m),x86_64)
srcs += arch/x86/cpu/sha256_blocks.S
area_cppflags := -DHOST_X86
endif
