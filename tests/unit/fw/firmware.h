/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of the firmware readers share: data files, and what was logged. */
#ifndef TESTS_UNIT_FW_FIRMWARE_H
#define TESTS_UNIT_FW_FIRMWARE_H

#include <stddef.h>

#include <bulkhead/fw/machine.h>

/* Reads file @name of data/ into @buf and returns its size; fails the test if larger. */
size_t data_load(const char *name, void *buf, size_t max);

/* Text of the newest record of level error, "" if there is none. */
const char *last_error(void);

/* How often @text begins an info or warning record. */
u32 logged(const char *text);

/* Logs @m and returns the lines of it, each ended by a newline; static storage. */
const char *machine_text(const struct machine *m);

#endif
