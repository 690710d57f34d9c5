# SPDX-License-Identifier: Apache-2.0
obj-y += string.o
obj-y += printf.o
obj-y += error.o
obj-y += crc32.o
obj-y += pt.o
obj-y += pt_formats.o
obj-$(CONFIG_SYSTEM_IMAGE) += sha256.o
