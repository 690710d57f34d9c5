// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>

void log_trace_error(int err, const char *file, int line)
{
	log_write(LOG_DEBUG, LOG_OWNER_SELF, "%s from %s:%d", error_name(err), file, line);
}
