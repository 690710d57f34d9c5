# SPDX-License-Identifier: Apache-2.0
#
# ENDBR where an indirect branch may land. Jump tables would need branches without that check.
arch_cflags += $(if $(CONFIG_UNPROTECTED),-fcf-protection=none,-fcf-protection=branch -fno-jump-tables)
