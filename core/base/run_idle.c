// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/base/run.h>

void run_end(bool failed __unused)
{
}

void run_idle(void)
{
	cpu_idle();
}
