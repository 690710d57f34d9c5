# SPDX-License-Identifier: Apache-2.0
# The images lie with the host's tests, the half of libfdt that writes with its sources.
obj-y += src/main.o src/cases.o src/spoil.o src/images.o src/libfdt_write.o
