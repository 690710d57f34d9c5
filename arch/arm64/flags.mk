# SPDX-License-Identifier: Apache-2.0
# Nothing may be emitted that an ARMv8.0 CPU does not have; hints (PAC, BTI) are no-operations there.
arch_cflags += -march=armv8-a
