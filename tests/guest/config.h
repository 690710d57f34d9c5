/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attacks of a guest on the configuration space of a function that it has: what both architectures
 * try. The first thing that is not as it should be is printed, and fails the guest.
 */
#ifndef BULKHEAD_TESTS_GUEST_CONFIG_H
#define BULKHEAD_TESTS_GUEST_CONFIG_H

#include "guest.h"

#define CONFIG_BYTES 256U
#define CONFIG_WORDS (CONFIG_BYTES / 4U)

/* Configuration space of the function that is attacked, in the guest's ECAM. */
extern u64 config_base;

/* Checks so far. */
extern u32 config_tried;

/* A way to its registers; offsets below CONFIG_BYTES, widths of 1, 2 or 4 bytes. */
struct config_way {
	const char *name;
	u32 (*read)(u32 at, u32 size);
	void (*write)(u32 at, u32 size, u32 value);
};

/* By config_base; offsets up to all of ECAM. */
extern const struct config_way config_by_ecam;

/* What its words hold at first, and which of their bits a guest can change. */
struct config_space {
	u32 first[CONFIG_WORDS], mask[CONFIG_WORDS];
};

/* Finds that out, and puts all words back. */
void config_look(struct config_space *s);

/*
 * Every offset and width by each way, over words too: an access reaches one word or nobody, changes
 * what can be changed, and all ways find the same. Words of extended space read zero.
 */
void config_attack(const struct config_way *ways, u32 count, const struct config_space *s);

/* Fails unless @found is @expected; @at and @size name the access. */
void config_want(const char *what, u32 at, u32 size, u64 found, u64 expected);

#endif
