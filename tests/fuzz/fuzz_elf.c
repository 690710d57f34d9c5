// SPDX-License-Identifier: Apache-2.0
/*
 * Any file as an ELF executable: what elf_read() takes keeps its promises, and what it refuses it
 * gives a reason for. The first byte says how much longer the file is than what was read of it.
 */
#include <stdlib.h>
#include <string.h>

#include <bulkhead/lib/elf.h>
#include <bulkhead/lib/error.h>

#define EM_AARCH64 183U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_segments(const struct elf *e, u64 size)
{
	bool entered = false;

	check(e->count != 0U && e->count <= ELF_SEGMENTS_MAX);
	for (u32 i = 0; i < e->count; i++) {
		const struct elf_segment *s = &e->segment[i];
		const u64 last = s->at + (s->size - 1U);

		check(s->size != 0U && s->file_size <= s->size && last >= s->at);
		check(s->offset <= size && s->file_size <= size - s->offset);
		check(s->at >= e->base && last - e->base < e->room);
		entered |= e->entry >= s->at && e->entry <= last;
		for (u32 n = 0; n < i; n++)
			check(!range_overlaps(s->at, s->size, e->segment[n].at,
					      e->segment[n].size));
	}
	check(entered);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct elf e;
	const char *why = NULL;
	u64 whole;
	int err;

	if (size == 0U)
		return 0;
	whole = (size - 1U) + ((u64)data[0] << (data[0] & 0x1fU));
	err = elf_read(data + 1, size - 1U, whole, EM_AARCH64, &e, &why);
	check(err == 0 || err == BH_EINVAL || err == BH_ENOTSUP || err == BH_EOVERFLOW);
	check((err == 0) == (why == NULL));
	if (err == 0)
		check_segments(&e, whole);
	return 0;
}
