/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the program. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <bulkhead/lib/pt.h>

/* Frames for tables, cleared, and where they are; set before anything is measured. */
#define ARENA_FRAMES 64U
extern u64 *arena;
extern hpa_t arena_base;

/* An empty tree of @kind, its tables in the arena. */
bool tree_make(struct pt *pt, struct pt_format *f, struct pt_pool *pool, enum pt_kind kind,
	       u32 in_bits, u32 flags);

/* Stage 2 as guests of this architecture have it. */
extern const enum pt_kind stage2_kind;
extern const u32 stage2_bits;

/* What each change costs that a guest's memory can go through. False: one of them failed. */
bool changes_bench(void);

/* The longest step of any change. False: it is longer than the law allows. */
bool steps_bench(void);

#endif
