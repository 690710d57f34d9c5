# SPDX-License-Identifier: Apache-2.0
obj-y += src/main.o src/attacks.o src/edu.o src/figures.o
