/* SPDX-License-Identifier: Apache-2.0 */
/* A machine with two CPUs and some RAM, a system of two partitions, and payloads for them. */
#ifndef TESTS_UNIT_PARTITION_SYSTEM_H
#define TESTS_UNIT_PARTITION_SYSTEM_H

#include <bulkhead/vm/partition.h>
#include <lines.h>
#include <unit.h>

#define RAM 0x40000000ULL
#define RAM_SIZE MIB(16)
#define LOAD (RAM + MIB(2))
#define PAYLOAD_SIZE 10000U

/* Partition "a" has CPU 0, "b" CPU 1; each 4 MiB with the raw payload "guest". */
extern struct system_config config;
#define A (&config.partition[0])
#define B (&config.partition[1])

/* What copying ends with, and how often it was begun. */
extern int payload_result;
extern u32 payload_copies;

/* A byte that a copy finds otherwise than peek() did; PAYLOAD_SIZE: none. */
extern u32 payload_changed;

/* Byte @i of the payload "guest". */
u8 payload_byte(u64 i);

/* The machine without any partition; RAM holds 0xa5 everywhere. For cmocka_unit_test_setup(). */
int system_setup(void **state);

/* CPU @cpu takes turns at its slot until it has nothing to do, or did @most of them. */
void turns(u32 cpu, u32 most);

/* Both CPUs, until neither has anything to do. */
void settle(void);

/* Called by the program that includes partition.c: empties its lists. */
void lists_empty(void);

#endif
