# SPDX-License-Identifier: Apache-2.0
#
# The user's commands. This file settles where things are and in which order they happen; what is
# compiled and linked is in scripts/build.mk, which it runs for one configured output directory.
# "make help" shows the commands: every line of it is a "##" comment below.

MAKEFLAGS += -rR --no-print-directory
SHELL := /bin/sh
.DEFAULT_GOAL := all
.NOTPARALLEL:
.SUFFIXES:

# The source tree may be read-only and anywhere but in a path with a space: make splits at spaces.
ifneq ($(words x$(CURDIR)x x$(lastword $(MAKEFILE_LIST))x),2)
$(error a path with a space cannot be used: "$(CURDIR)": move the tree)
endif
src := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))

O ?= build
ifneq ($(words x$(O)x),1)
$(error O="$(O)": a path with a space cannot be used: give another output directory)
endif
override O := $(abspath $(O))
ifneq ($(filter $(O),/ $(src)),)
$(error O=$(O) would mix outputs with other files: give a directory of its own, like O=$(src)/build)
endif

# A virtual environment's python3 does not see Debian's modules: the first that does is taken.
PYTHON ?= $(or $(shell for p in python3 /usr/bin/python3; do \
	$$p -c 'import kconfiglib, yaml' 2>/dev/null && echo $$p && break; done),python3)
export PYTHON

configure := $(PYTHON) -B $(src)/scripts/kconfig.py --src $(src) --out $(O)
build := $(MAKE) -f $(src)/scripts/build.mk O=$(O) src=$(src)

# What a configuration is made from. Each is remembered in $(O)/.settings until it is given anew.
export BOARD BOARD_ROOT CONF EXTRA_CONF_FILE TEST_DIR

.PHONY: all defconfig menuconfig savedefconfig clean

all:
	@$(build) all

defconfig:
	@$(configure) defconfig

menuconfig:
	@$(configure) menuconfig

savedefconfig:
	@$(configure) savedefconfig

clean:
	rm -rf $(O)
