# SPDX-License-Identifier: Apache-2.0
obj-y += main.o
obj-y += smp.o
obj-y += summary.o
