# SPDX-License-Identifier: Apache-2.0
# The vcpu is arm64's own here, not the fake one.
srcs := $(addprefix arch/arm64/virt/,psci.c smccc.c trng.c)
fuzz_cppflags := -I$(top)/arch/arm64/include -include $(top)/tests/unit/psci/arm64_vcpu.h
fuzz_flags := -max_len=660
