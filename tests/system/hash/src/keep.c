// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/lib/string.h>
#include <bulkhead/svc/hash.h>

#include "program.h"

#define MESSAGE 1000U

static u8 before[VECTORS_SIZE] __aligned(64);
static u8 after[VECTORS_SIZE] __aligned(64);
static u8 message[MESSAGE];

bool hash_keeps_vectors(void)
{
	u64 control;
	u8 digest[SHA256_SIZE];
	struct hash h;
	bool same;

	for (u32 i = 0; i < VECTORS_SIZE; i++)
		before[i] = (u8)(i * 11U + 3U);
	vectors_open();
	control = vectors_control();
	vectors_load(before);
	hash_init(&h);
	hash_update(&h, message, sizeof(message));
	hash_final(&h, digest);
	vectors_store(after);
	same = control == vectors_control();
	vectors_close();
	return same && memcmp(before, after, vectors_size()) == 0;
}
