/* SPDX-License-Identifier: Apache-2.0 */
/* Instructions that cannot succeed, each architecture's own (faults_<arch>.S). */
#ifndef SELFTEST_EXCEPTIONS_H
#define SELFTEST_EXCEPTIONS_H

#include <bulkhead/lib/types.h>

struct fault {
	const char *name;
	void (*take)(void);
};

extern const struct fault faults[];
extern const u32 fault_count;

#endif
