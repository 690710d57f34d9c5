# SPDX-License-Identifier: Apache-2.0
#
# The user's commands. This file settles where things are and in which order they happen; what is
# compiled and linked is in scripts/build.mk, which it runs for one configured output directory.
# "make help" is made from the lines that begin with "##".

MAKEFLAGS += -rR --no-print-directory
SHELL := /bin/sh
.DEFAULT_GOAL := all
.NOTPARALLEL:
.SUFFIXES:

# The source tree may be read-only and anywhere but in a path with a space: make splits at spaces.
ifneq ($(words x$(CURDIR)x x$(lastword $(MAKEFILE_LIST))x),2)
$(error "$(CURDIR)": a path with a space cannot be used: move the tree)
endif
src := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))

O ?= build
ifneq ($(words x$(O)x),1)
$(error O="$(O)": a path with a space cannot be used: give another output directory)
endif
override O := $(abspath $(O))
ifneq ($(filter $(O)/%,$(src)/)$(filter /,$(O)),)
$(error O=$(O) holds the source tree: give a directory of its own, like O=$(src)/build)
endif

# Debian's modules are seen by the system's Python only, not by one of a virtual environment.
PYTHON ?= $(if $(wildcard /usr/bin/python3),/usr/bin/python3,python3)
CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/bulkhead
override CACHE := $(abspath $(CACHE))
export CACHE INSTALL KEYS PYTHON
export PATH := $(CACHE)/bin:$(PATH)
export PYTHONDONTWRITEBYTECODE := 1

# What a configuration is made from. Each is remembered in $(O)/.settings until it is given anew.
export BOARD BOARD_ROOT CONF EXTRA_CONF_FILE TEST_DIR

# Where the board lies, as far as it takes to know which packages it needs; scripts/boards.py is
# what judges the name.
remembered = $(shell sed -n 's/^$(1) := //p' $(O)/.settings 2>/dev/null)
board := $(or $(BOARD),$(call remembered,BOARD),qemu_virt_arm64)
roots := $(src) $(subst :, ,$(or $(BOARD_ROOT),$(call remembered,BOARD_ROOT)))
board_name := $(firstword $(subst /, ,$(board)))
board_dir := $(firstword $(wildcard $(addsuffix /boards/*/$(board_name),$(roots))))
yaml_value = $(shell sed -n 's/^ *$(1): *//p' $(board_dir)/$(2) 2>/dev/null | head -n 1)

install := $(src)/scripts/install.sh
configure := $(PYTHON) $(src)/scripts/kconfig.py --src $(src) --out $(O)
build := $(MAKE) -f $(src)/scripts/build.mk O=$(O) src=$(src)
run = $(PYTHON) $(src)/scripts/run.py --board $(board) --build $(O) --roots '$(roots)' \
	$(if $(SYSTEM),--system $(SYSTEM)) --set '$(SET)'

# What "make run" boots when nothing is said: the system the board's description names, unless a
# test program or a configuration without system images is to run.
ifeq ($(origin SYSTEM)$(filter-out run,$(or $(MAKECMDGOALS),all)),undefined)
ifeq ($(or $(TEST_DIR),$(call remembered,TEST_DIR))$(filter minimal,$(or $(CONF),$(call remembered,CONF))),)
board_system := $(call yaml_value,system,$(board_name).yaml)
SYSTEM := $(if $(board_system),$(firstword $(wildcard $(addsuffix /$(board_system),$(roots)))))
endif
endif

.PHONY: help boards systems run check image test bench test-fresh defconfig menuconfig savedefconfig all size \
	compile_commands.json debug clean tools configured tools-run system-given system-there

## usage: make [BOARD=<board>[/<variant>]] [O=<directory>] [command]
##
## Look around
##   help                    this text
##   boards                  boards, with their variants; BOARD_ROOT=<dir>[:<dir>] adds more
##   systems                 systems (sets of partitions) that come with the tree
help:
	@sed -n 's/^## \{0,1\}//p' $(src)/Makefile

boards: tools-base
	@$(PYTHON) $(src)/scripts/boards.py --src $(src) --roots '$(BOARD_ROOT)'

systems:
	@found='$(wildcard $(src)/systems/*/*.dts)'; for s in $$found; do echo "$$s"; done; \
		test -n "$$found" || echo "none yet: this version boots Bulkhead itself, without partitions"

##
## Try it
##   run                     builds the board and boots it in its simulator; the default board is
##                           qemu_virt_arm64. On a terminal the console is yours (Ctrl-A x ends it),
##                           otherwise the run ends by itself. SET='cpus=4' changes a parameter
##                           SYSTEM=<system>.dts makes its image first and boots that; without it
##                           the board's demo is booted, if it has one, with SYSTEM= no system
##   debug                   the same, stopped at the first instruction, with gdb attached
##   test                    every kind of test, reduced counts; the result is also $(O)/tests.xml
##                           TESTS= picks some by path, by node id or by pytest's -k expression,
##                           BOARD= picks a board, SCOPE=full runs the full counts
##   bench                   measures, on all boards or BOARD=: a table, and $(O)/bench.json
##   test-fresh              both commands in bare Debian roots (as root); SUITES='bookworm trixie'
run: system-there configured tools-run $(if $(SYSTEM),image)
	+@$(build) all
	@$(run)

debug: system-there configured tools-run tools-debug $(if $(SYSTEM),image)
	+@$(build) all
	@$(src)/scripts/debug.sh $(O) $(run)

SCOPE ?= push
ifeq ($(filter $(SCOPE),push full),)
$(error SCOPE=$(SCOPE): expected push or full)
endif
# The tests call make themselves: nothing of this call may leak into theirs.
test: tools-test
	@mkdir -p $(O)
	@unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES CONF EXTRA_CONF_FILE TEST_DIR; \
		INSTALL=no SCOPE=$(SCOPE) O=$(O) \
		$(PYTHON) -m pytest --rootdir=$(src) --import-mode=importlib -o norecursedirs=.* \
		-o cache_dir=$(O)/.pytest_cache --junitxml=$(O)/tests.xml \
		$(if $(TESTS),--tests '$(TESTS)',-n 2 --dist loadfile) $(PYTEST_ARGS) $(src)/tests

bench: tools-test
	@mkdir -p $(O)
	@unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES CONF EXTRA_CONF_FILE TEST_DIR; \
		INSTALL=no O=$(O) $(PYTHON) -m pytest --rootdir=$(src) --import-mode=importlib -q \
		-o norecursedirs=.* -o cache_dir=$(O)/.pytest_cache --bench -n 2 --dist loadfile \
		$(PYTEST_ARGS) $(src)/tests/bench $(src)/tests/system

test-fresh: tools-fresh
	@$(src)/scripts/test-fresh.sh $(or $(SUITES),bookworm trixie)

##
## Configure
##   defconfig               the board's configuration; CONF=minimal|default|debug|safety picks a
##                           fragment, EXTRA_CONF_FILE=<file>[,<file>] adds your own,
##                           TEST_DIR=<dir> builds a test program in
##   menuconfig              changes it on the screen
##   savedefconfig           writes what differs from the defaults to $(O)/defconfig
defconfig: tools
	@$(configure) defconfig

menuconfig: configured
	@$(configure) menuconfig

savedefconfig: configured
	@$(configure) savedefconfig

##
## Build
##   all                     bulkhead.elf and the board's image files in $(O); CC=gcc|clang, V=1
##                           shows the commands, LIBFDT_DIR= and MBEDTLS_DIR= name sources of yours
##   check                   SYSTEM=<system>.dts: is it right for the board? Every broken rule by file
##                           and line, or who has what, as text and as a picture. docs/manifest.md
##   image                   SYSTEM=<system>.dts: the signed system image $(O)/system.itb. KEYS=<dir>
##                           keeps development keys (default $(O)/keys), SIGN=<command> signs with
##                           a tool or token of yours. docs/image.md says more
##   size                    what the image is made of; also $(O)/size.json
##   compile_commands.json   how each file is compiled, in $(O), for editors and analysers
##   clean                   removes $(O)
all: configured
	+@$(build) all

ifneq ($(SYSTEM),)
override SYSTEM := $(abspath $(SYSTEM))
endif
export SIGN
# Told before anything is built.
system-there:
	@test -z '$(SYSTEM)' -o -e '$(SYSTEM)' || { \
		echo "SYSTEM=$(SYSTEM): no such file; 'make systems' lists those of the tree" >&2; exit 2; }
system-given:
	@test -n '$(SYSTEM)' || { \
		echo "$(firstword $(MAKECMDGOALS)): give SYSTEM=<system>.dts; 'make systems' lists those of the tree" >&2; exit 2; }
check image: system-given system-there configured tools-image
	+@$(build) $@ SYSTEM=$(SYSTEM) SET='$(SET)'

size compile_commands.json: configured
	+@$(build) $@

clean:
	@test ! -e $(O) || test -e $(O)/.settings || test -e $(O)/tests.xml || { \
		echo "clean: $(O) holds nothing that was built here: not removed" >&2; exit 2; }
	rm -rf $(O)

##
## O=<directory> (default build) takes all output; the source tree is never written to. Missing
## packages are shown and installed first; INSTALL=no only prints the command. CACHE=<directory>
## (default ~/.cache/bulkhead) keeps downloads. docs/building.md says more.

# ---- what commands stand on --------------------------------------------------------------------

tools:
	@$(install) base $(call yaml_value,arch,board.yml)
tools-base tools-image tools-test tools-debug tools-fresh tools-run: tools-%:
	@$(install) $(jobs-$*)
jobs-base := base
jobs-image := base image
jobs-run = $(call yaml_value,program,$(board_name).yaml)
jobs-debug := debug
jobs-test := base image arm64 x86 qemu-system-aarch64 qemu-system-x86_64 bochs debug test
jobs-fresh := fresh

# A configuration that is there stays as it is, unless this call asks for another.
configured: tools
	@$(configure) ensure
