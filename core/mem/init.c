// SPDX-License-Identifier: Apache-2.0
/* Where memory stands in the boot order. */
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/mem/frame.h>

/* After the seal (prio 50): only then is it known what Bulkhead itself covers. */
static int frames_init(void)
{
	const int err = frame_init(&machine);

	log_info("memory: %llu MiB free", (unsigned long long)(frame_total_bytes() >> 20));
	return err == BH_EOVERFLOW ? 0 : err;
}
UNIT_DEFINE(frames, 2, 60, frames_init);

/* Partitions stand (docs/design.md, law 2). */
static int frames_close(void)
{
	frame_close();
	return 0;
}
UNIT_DEFINE(frames_closed, 8, 99, frames_close);
