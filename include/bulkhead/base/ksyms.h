/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Function names for dumps.
 *
 * The table is section .ksyms, last of the constants, so that its size moves no code: the image
 * is linked once with an empty table and once more with the table made of the first link
 * (scripts/ksyms.py). Without CONFIG_SYMBOLS it stays empty and every lookup answers NULL.
 */
#ifndef BULKHEAD_BASE_KSYMS_H
#define BULKHEAD_BASE_KSYMS_H

#include <bulkhead/lib/types.h>

extern const u32 ksyms_count;
extern const u32 ksyms_addr[];     /* first byte of a function, from text_start; ascending */
extern const u32 ksyms_name_off[]; /* where its name, NUL-terminated, starts in ksyms_names */
extern const char ksyms_names[];

extern const char text_start[], text_end[];

/*
 * The function that holds @pc, and in @offset how far @pc lies inside it. NULL where no function
 * of the table starts at or below @pc, or @pc is not in the text.
 */
const char *ksym_lookup(uintptr_t pc, uintptr_t *offset);

#endif
