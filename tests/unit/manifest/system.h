/* SPDX-License-Identifier: Apache-2.0 */
/* A good manifest to change, and a board with every kind of device to read it for. */
#ifndef TESTS_UNIT_MANIFEST_SYSTEM_H
#define TESTS_UNIT_MANIFEST_SYSTEM_H

#include <libfdt.h>

#include <bulkhead/lib/error.h>
#include <bulkhead/svc/manifest.h>
#include <unit.h>

#define TREE_ROOM 32768U

extern u8 tree[TREE_ROOM];
extern struct manifest_board board;
extern struct system_config config;
extern struct manifest_refusal why;

/* Two partitions, a region, a channel, as tests/system/manifest/vectors.py has them. */
void good_make(void);

/* A device of the board, 4 KiB at @base. */
struct machine_device *board_device(const char *path, u64 base);

/* Offset of the node at @path. */
int at(const char *path);

/* Gives the node at offset @node a string. 0 or an error of libfdt. */
int set_text(int node, const char *name, const char *value);

/* Reads the tree; the name of the rule it broke first, "" if none. */
const char *refused(void);

/* Makes partition @name ask for devices, a list of @size bytes. */
void devices_set(const char *name, const char *list, size_t size);
#define DEVICES(name, list) devices_set(name, list, sizeof(list))

#endif
