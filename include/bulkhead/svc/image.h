/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system image of this boot (docs/image.md): the first module that the loader handed over,
 * verified at STAGE_IMAGE. An image that is refused leaves nothing behind that could be run; the
 * machine stays up and has said why.
 *
 * The image stays where the loader put it, reserved and mapped read-only, for as long as Bulkhead
 * runs: a partition that is restarted gets its payload from there again.
 */
#ifndef BULKHEAD_SVC_IMAGE_H
#define BULKHEAD_SVC_IMAGE_H

#include <bulkhead/svc/fit.h>
#include <bulkhead/svc/sig.h>

/* The configuration that is used, whatever an image says its default is. */
#define SYSTEM_IMAGE_CONFIG "system"

/* The keys whose images are accepted, at least one; made by the build (scripts/keys.py). */
extern const struct sig_key system_image_keys[];
extern const u32 system_image_key_count;

/* The verified configuration; NULL if there is no image or it was refused. */
const struct fit_config *system_image(void);

/* The payload @name of the verified configuration, ->size bytes; NULL if it has none, or no image
 * was accepted. */
const struct fit_payload *image_payload_find(const char *name);

/*
 * A payload on its way into the memory it will run in, then its hash over what arrived there: the
 * image itself is never run. A resumable job: a step is at most 1,000 instructions. Owned by one
 * CPU at a time; any CPU, any time after STAGE_IMAGE, partitions running elsewhere or not.
 */
enum payload_phase { PAYLOAD_COPY, PAYLOAD_HASH, PAYLOAD_COMPARE, PAYLOAD_WIPE, PAYLOAD_DONE };

struct payload_copy {
	const struct fit_payload *payload;
	const u8 *from;
	u8 *to;
	u64 done; /* bytes, in this phase */
	enum payload_phase phase;
	int result; /* once it is done */
	struct hash hash;
};

/*
 * Starts a copy of @payload, one of image_payload_find(), to @to, which has room for @room bytes
 * and which nothing else writes until the job is done: not a guest, not a device. A payload that
 * lies at a multiple of 8 like @to (mkimage puts it on a page) takes fewer steps. BH_ENOENT:
 * there is no image; BH_ERANGE: @room is smaller than the payload. Memory beyond the payload is
 * not touched.
 */
int payload_copy_start(struct payload_copy *c, const struct fit_payload *payload, void *to,
		       u64 room);

/*
 * BH_EAGAIN: call again. 0: the payload is there and is what was signed. BH_EBADSIG: it is not, and
 * its bytes at @to are zero again. The last answer stays the answer.
 */
int payload_copy_step(struct payload_copy *c);

#endif
