/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of host builds: every check on, every list short enough to overflow. */
#ifndef ARCH_FAKE_CONFIG_H
#define ARCH_FAKE_CONFIG_H

#define CONFIG_VERSION "0.1.0"
#define CONFIG_BOARD "fake"
#define CONFIG_MAX_CPUS 8
#define CONFIG_STACK_SIZE 0x4000
#define CONFIG_LOG_DEBUG 1
#define CONFIG_TRACE_ERROR 1
#define CONFIG_LOCK_CHECK 1
#define CONFIG_LOG_RING_SIZE 16
#define CONFIG_LOG_GUEST_RATE 5
#define CONFIG_LOG_GUEST_BURST 10
#define CONFIG_CONSOLE_RATE 1000
/* Those that look at many functions say so themselves. */
#ifndef CONFIG_PCIE_FUNCTIONS
#define CONFIG_PCIE_FUNCTIONS 8
#endif

#endif
