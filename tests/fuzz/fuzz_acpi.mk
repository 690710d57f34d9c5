# SPDX-License-Identifier: Apache-2.0
srcs := $(addprefix drivers/fw/,machine.c machine_settle.c machine_log.c acpi.c acpi_madt.c \
	acpi_mcfg.c acpi_dmar.c acpi_ivrs.c acpi_fadt.c acpi_s5.c acpi_spcr.c acpi_arm.c)
fuzz_cppflags := -DCONFIG_FW_TABLE_MAX=4096
fuzz_flags := -max_len=10240
