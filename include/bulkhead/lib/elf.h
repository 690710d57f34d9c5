/* SPDX-License-Identifier: Apache-2.0 */
/* What of an ELF file goes where (System V gABI 4.1 chapter 5, ELF-64 Object File Format 1.5). */
#ifndef BULKHEAD_LIB_ELF_H
#define BULKHEAD_LIB_ELF_H

#include <bulkhead/lib/types.h>

#define ELF_SEGMENTS_MAX 8U

/* A stretch of memory: its first bytes from the file, zero behind them. */
struct elf_segment {
	u64 offset;    /* in the file */
	u64 at;        /* physical address */
	u64 file_size; /* bytes of it */
	u64 size;      /* in memory, at least file_size */
};

struct elf {
	bool anywhere; /* position independent: addresses count from where it is put */
	u64 entry;     /* physical address of the first instruction */
	u64 base;      /* the lowest address */
	u64 room;      /* from there to the end of the highest segment */
	u32 count;
	struct elf_segment segment[ELF_SEGMENTS_MAX]; /* without those that are empty */
};

/*
 * Reads a 64-bit little-endian executable for @machine (e_machine) from the first @n bytes of a
 * file of @size, at @head, of any content. BH_EINVAL: it is none, or breaks the format; BH_ENOTSUP:
 * it is valid and not for us; BH_EOVERFLOW: too many segments, or headers beyond @n. @why says it
 * in words. On 0 every segment lies in the file, none wraps or overlaps another, and the entry is
 * in one of them.
 */
int elf_read(const void *head, size_t n, u64 size, u16 machine, struct elf *out, const char **why);

/* The same for a 32-bit file. */
int elf32_read(const void *head, size_t n, u64 size, u16 machine, struct elf *out,
	       const char **why);

/* Does a file that begins with @head say that it is a 32-bit one? */
bool elf_is_32(const void *head, size_t n);

/*
 * The number, of 4 or 8 bytes, in the note @type of @name, in a file that elf_read() or
 * elf32_read() took with the same @head and @n. BH_ENOENT: there is none; BH_EOVERFLOW: its notes
 * are not within @n.
 */
int elf_note(const void *head, size_t n, const char *name, u32 type, u64 *value);

#endif
