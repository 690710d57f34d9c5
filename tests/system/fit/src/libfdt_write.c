// SPDX-License-Identifier: Apache-2.0
/* Bulkhead itself has no use for the half of libfdt that writes. */
#include <fdt_rw.c>
#include <fdt_wip.c>
