# SPDX-License-Identifier: Apache-2.0
obj-y += serial.o
obj-$(CONFIG_SERIAL_PL011) += pl011.o
obj-$(CONFIG_SERIAL_16550) += uart16550.o
obj-$(CONFIG_SERIAL_IMX) += imx_uart.o
