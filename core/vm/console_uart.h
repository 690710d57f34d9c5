/* SPDX-License-Identifier: Apache-2.0 */
/* The UART by which a partition has its console; one of them is built. */
#ifndef CORE_VM_CONSOLE_UART_H
#define CORE_VM_CONSOLE_UART_H

#include <bulkhead/vm/console.h>
#include <bulkhead/vm/partition.h>

/*
 * Boot: gives @p its UART (arch/vplat.h says where) and adds @c, whose name and CPU are set, to
 * the consoles. Errors of mmio_map_add().
 */
int console_uart_build(struct partition *p, struct console *c);

/* As after power-on. No vcpu of @p runs. */
void console_uart_reset(struct partition *p);

#endif
