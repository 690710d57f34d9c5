# SPDX-License-Identifier: Apache-2.0
# Where the host is an x86, tables are filled as Bulkhead's are there.
ifeq ($(shell uname -m),x86_64)
srcs := arch/x86/cpu/fill.S
endif
