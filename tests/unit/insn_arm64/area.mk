# SPDX-License-Identifier: Apache-2.0
srcs := arch/arm64/virt/insn.c
area_cppflags := -DRUNNER='"$(OUTPUT)/lib/insn_arm64_runner"'
area_ldlibs := -lcapstone

# What executes A64 for test_native; without the cross compiler that test is skipped.
$(OUTPUT)/bin/insn_arm64/test_native: \
	$(if $(shell command -v aarch64-linux-gnu-gcc),$(OUTPUT)/lib/insn_arm64_runner)
$(OUTPUT)/lib/insn_arm64_runner: $(here)/insn_arm64/runner/runner.c $(here)/insn_arm64/runner/runner.h
	$(call say,CC,insn_arm64/runner)
	$(Q)mkdir -p $(@D) && aarch64-linux-gnu-gcc -std=gnu17 -O1 -g -Wall -Wextra -Werror -static $< -o $@
