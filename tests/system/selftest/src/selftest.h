/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program inside Bulkhead that does what a good boot never does. One word, given on the command
 * line or written into the image, picks a part of it; without one nothing happens.
 */
#ifndef SELFTEST_H
#define SELFTEST_H

#include <bulkhead/lib/types.h>

struct selftest {
	const char *name; /* the word, up to a colon */
	/* @what: behind the colon, or "". 0: passed, else it has said why not. */
	int (*run)(const char *what);
};

int selftest_memory(const char *what);
int selftest_reset(const char *what);
int selftest_panic(const char *what);
int selftest_exception(const char *what);

/* Logs "selftest: <condition>: no" and fails the calling function when @cond does not hold. */
#define selftest_check(cond)                                                                   \
	do {                                                                                   \
		if (!(cond)) {                                                                 \
			log_error("selftest: %s: no (%s:%d)", #cond, __FILE_NAME__, __LINE__); \
			return 1;                                                              \
		}                                                                              \
	} while (0)

#endif
