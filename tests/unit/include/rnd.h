/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers that can be had again, for tests against another decoder. */
#ifndef TESTS_UNIT_RND_H
#define TESTS_UNIT_RND_H

#include <bulkhead/lib/types.h>

/* Starts the generator with INSN_SEED or the time, and prints it. */
void rnd_start(void);
u64 rnd(void);
u64 rnd_below(u64 below);

/* How many: INSN_OPS, or 10^7 with SCOPE=full, or 10^5. */
u64 wanted_count(void);

#endif
