/* SPDX-License-Identifier: Apache-2.0 */
/* Contract: whole page tables written fast. */
#ifndef BULKHEAD_ARCH_FILL_H
#define BULKHEAD_ARCH_FILL_H

#include <bulkhead/lib/types.h>

/*
 * Writes @n words from @w on, where nobody looks yet: @first, and each @step more than the one
 * before. @n is a multiple of 32, @w aligned to 64 bytes. Any time, also before the own address
 * space; the vector registers, whoever they belong to, are the same after as before.
 */
void words_fill(u64 *w, u64 n, u64 first, u64 step);

#endif
