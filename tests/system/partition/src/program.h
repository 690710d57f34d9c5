/* SPDX-License-Identifier: Apache-2.0 */
/* What guest, device and judge agree on. */
#ifndef TESTS_PARTITION_PROGRAM_H
#define TESTS_PARTITION_PROGRAM_H

#ifdef CONFIG_ARM64
#define GUEST_RAM 0x40000000
#define GUEST_RAM_SIZE 0x00080000
#define GUEST_LOAD 0x40010000
#define GUEST_SOIL 0x40020000 /* behind the code */
#define TOLD_MAGIC 0xedfe0dd0 /* the devicetree's magic number as little endian */
#else
#define GUEST_RAM 0
#define GUEST_RAM_SIZE 0x00120000
#define GUEST_LOAD 0x00010000
#define GUEST_SOIL 0x00100000 /* behind code and description */
#define GUEST_TOLD 0x000e0000
#define TOLD_MAGIC 0x20445352 /* "RSD " */
#endif
#define GUEST_DEVICE 0x0a000000

/* The device, all written. */
#define REG_FOUND 0x00  /* what RAM held: bits that were set */
#define REG_TREE 0x04   /* first word of what it is told, as little endian */
#define REG_HELLO 0x08  /* it runs */
#define REG_SOILED 0x0c /* all its RAM is written */
#define REG_COUNT 0x10

#ifndef __ASSEMBLER__
#include <bulkhead/vm/partition.h>

extern const u8 guest_code[], guest_code_end[];

/* What a guest said. */
struct told {
	u32 found, tree, hellos, soiled, count;
	u32 crc; /* of its RAM when it said hello first */
};

/* Partition 0 is put through its life, partition 1 only counts. */
#define TRIED 0U
#define OTHER 1U

extern struct told told[2];

/* Called by the device for each word a guest writes; answers the access. */
enum trap_result life_next(u32 partition, u32 reg);

/* Notes what is wrong. */
void check(bool good, const char *what, u32 found);

#endif
#endif
