# SPDX-License-Identifier: Apache-2.0
#
# Programs on the host (unit tests, fuzz targets): how they are compiled, and with what each is
# linked beside its own files: lib/, core/base/ and the fake architecture. Wants `here`, the folder of
# the Makefile that includes it, and `OUTPUT`.

MAKEFLAGS += -rR --no-print-directory
SHELL := /bin/sh
.DEFAULT_GOAL := run
.DELETE_ON_ERROR:
.SECONDARY:

top := $(abspath $(here)/../..)
override OUTPUT := $(abspath $(OUTPUT))

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' $(1) $(2))
stamp = @mkdir -p $(dir $(1)); printf '%s\n' '$(2)' | cmp -s - $(1) || printf '%s\n' '$(2)' >$(1)

warnings := -Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Wundef -Wvla \
	-Wmissing-prototypes -Wstrict-prototypes -Wold-style-definition -Wcast-qual -Wwrite-strings \
	-Wimplicit-fallthrough -Werror
sanitize_address := -fsanitize=address,undefined -fno-sanitize-recover=all
codegen := -std=gnu17 -O1 -g -fno-omit-frame-pointer -fno-strict-aliasing -fno-pic -fno-pie -pthread
cppflags := -D_GNU_SOURCE -include $(top)/arch/fake/config.h -I$(top)/include \
	-I$(top)/arch/fake/include -I$(top)

# A file is taken only where something asks for it, so a program may define what it wants to replace.
host_srcs := $(filter-out lib/string.c core/base/panic_reset.c core/base/panic_sim_exit.c \
	core/base/run_off.c core/base/run_sim_exit.c,$(patsubst $(top)/%,%,$(wildcard $(top)/lib/*.c \
	$(top)/core/base/*.c $(top)/arch/fake/*.c)))
