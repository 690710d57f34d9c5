/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest that is linked into a test program, as the payload of all its partitions; and where its
 * console goes.
 */
#ifndef TESTS_SYSTEM_LINKED_H
#define TESTS_SYSTEM_LINKED_H

#include <bulkhead/vm/partition.h>

/* The guest's bytes, which the test's payload.S holds. */
extern const u8 guest_image[], guest_image_end[];

/* For partition_payloads_set(): whatever its name, a payload is the guest. */
extern const struct payload_ops linked_payload;

/*
 * Takes a byte that a guest has sent. Lines go to the log. Returns a whole line, which lasts until
 * the next byte; NULL: there is none yet.
 */
const char *linked_console(char byte);

/* A UART that does nothing else, for mmio_map_add(): its first register sends, all read zero. */
enum trap_result linked_uart(void *ctx, struct mmio_access *a);

#endif
