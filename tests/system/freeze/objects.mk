# SPDX-License-Identifier: Apache-2.0
obj-y += src/calls.o
