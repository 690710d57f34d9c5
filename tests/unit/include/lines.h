/* SPDX-License-Identifier: Apache-2.0 */
/* A log sink that keeps what it is shown. */
#ifndef TESTS_UNIT_LINES_H
#define TESTS_UNIT_LINES_H

#include <bulkhead/base/log.h>
#include <unit.h>

#define LINES_KEPT 64U

/* What one sink saw; lines beyond LINES_KEPT replace the oldest. */
struct lines {
	u32 count;
	u32 drained;
	char text[LINES_KEPT][256];
};

/* Registers another sink, which writes to @l, emptied, from now on until the test ends. */
void lines_open(struct lines *l);

/* unit_setup(), a new boot and nothing seen so far; for cmocka_unit_test_setup(). */
int lines_setup(void **state);

/* Of the sink opened last. */
u32 lines_count(void);
const char *lines_last(void);
const char *lines_before_last(void);

/* The latest line that contains @text; NULL if none kept does. */
const char *lines_find(const char *text);

#endif
