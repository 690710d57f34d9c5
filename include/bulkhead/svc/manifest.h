/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manifest: what runs on the machine, written as a devicetree (docs/manifest.md). It is read
 * once, whole, against one table of nodes and properties and one list of rules; `make check` runs
 * the same code on the host.
 */
#ifndef BULKHEAD_SVC_MANIFEST_H
#define BULKHEAD_SVC_MANIFEST_H

#include <bulkhead/arch/vplat.h>
#include <bulkhead/fw/devices.h>
#include <bulkhead/fw/machine.h>
#include <bulkhead/lib/types.h>
#include <bulkhead/vm/config.h>

#define MANIFEST_SIZE_MAX KIB(64)
#define MANIFEST_PAYLOADS_MAX 31U /* the manifest itself is one more image of the FIT */
#define MANIFEST_NAME_MAX 31U     /* of partitions, regions and channels */
#define MANIFEST_FREE_MAX 64U

/* A rule that a manifest broke, and where. */
struct manifest_refusal {
	const char *rule;  /* its name in docs/manifest.md */
	const char *hint;  /* what to do */
	char node[80];     /* path of the node; "" for the tree as a whole */
	char property[32]; /* "" if it is about the node */
	char text[160];    /* what was found and what was expected */
};

/* A payload whose size is known. */
struct manifest_payload {
	const char *name;
	u64 size;
};

/* What a manifest is checked against. Nothing in it is changed. */
struct manifest_board {
	const struct machine *machine;
	const struct machine_devices *devices;
	const struct vplat *vplat;
	u32 cpu_count;             /* logical CPUs 0 to cpu_count - 1 */
	bool functions_unknown;    /* a host does not know what is behind PCI hosts */
	struct machine_range slot; /* flash that holds the system image: nobody's; size 0: none */
	u32 free_count;
	u32 payload_count; /* fewer than there are: the sizes of the others are not known */
	struct manifest_payload payload[MANIFEST_PAYLOADS_MAX];
	struct machine_range free[MANIFEST_FREE_MAX]; /* RAM that partitions may have, ascending */
};

/* How much was found wrong; called for each refusal in turn if it is not NULL. */
typedef void (*manifest_sink_t)(void *ctx, const struct manifest_refusal *r);

/*
 * Reads the manifest at @fdt, private, aligned to 8 bytes, at most @size bytes long and of any
 * content, for @board. 0: @out is filled; its strings lie in @fdt or in @board. BH_EINVAL: it
 * breaks a rule, the first of which is in @why; @out is not to be used. Not reentrant.
 */
int manifest_read(const void *fdt, size_t size, const struct manifest_board *board,
		  struct system_config *out, struct manifest_refusal *why);

/* The same, and every further rule that is broken goes to @sink with @ctx. */
int manifest_check(const void *fdt, size_t size, const struct manifest_board *board,
		   struct system_config *out, struct manifest_refusal *why, manifest_sink_t sink,
		   void *ctx);

/* This machine, as it is while partitions are being built. */
void manifest_board_fill(struct manifest_board *b);

/*
 * The system of this boot: what the manifest in the verified image says, checked at STAGE_IMAGE.
 * NULL: there is no image, or it or its manifest was refused.
 */
const struct system_config *manifest_system(void);

/* Does Bulkhead drive @d itself, or something in its pages? Nobody gets it. */
bool manifest_device_is_own(const struct manifest_board *b, const struct machine_device *d);

/*
 * Where a first-fit allocator puts @size bytes, aligned to @align, a power of two: taken out of
 * @board's free RAM. BH_ENOMEM if no free range has so much.
 */
int manifest_place(struct manifest_board *board, u64 size, u64 align, hpa_t *out);

/* What memory of partitions is aligned to: large leaves where it is large enough to have some. */
static inline u64 manifest_align(u64 size)
{
	return size >= MIB(2) ? MIB(2) : PAGE_SIZE;
}

/* The same for exactly [@base, @base + @size). BH_EBUSY if some of it is not free. */
int manifest_claim(struct manifest_board *board, u64 base, u64 size);

#endif
