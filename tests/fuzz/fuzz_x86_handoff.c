// SPDX-License-Identifier: Apache-2.0
/*
 * What a loader left in memory may be anything. The first byte chooses the protocol, the rest is
 * memory from address 0 on. Whatever comes out is well formed.
 */
#include <stdlib.h>
#include <string.h>

#include <asm/bootproto.h>
#include <asm/handoff.h>
#include <bulkhead/lib/error.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct memory {
	const uint8_t *bytes;
	size_t size;
};

static int read_memory(void *ctx, u64 pa, void *dst, size_t n)
{
	const struct memory *m = ctx;

	if (!range_inside(pa, n, 0, m->size))
		return BH_EFAULT;
	memcpy(dst, m->bytes + pa, n);
	return 0;
}

static void check_ranges(const struct handoff_range *r, u32 count, u32 max)
{
	if (count > max)
		abort();
	for (u32 i = 0; i < count; i++) {
		if (r[i].size == 0U || r[i].size > ~r[i].base.v)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const u32 protocols[] = { PROTO_MULTIBOOT2, PROTO_PVH, PROTO_BOOT_SECTOR, 0 };
	static struct handoff h;
	static struct handoff_extra extra;
	struct memory m;
	const struct handoff_mem mem = { .read = read_memory, .ctx = &m };

	if (size == 0U)
		return 0;
	m = (struct memory){ data + 1, size - 1U };
	(void)handoff_parse(&mem, protocols[data[0] % ARRAY_SIZE(protocols)], 0, &h, &extra);
	check_ranges(h.ram, h.ram_count, HANDOFF_RAM_MAX);
	check_ranges(h.module, h.module_count, HANDOFF_MODULES_MAX);
	if (memchr(h.cmdline, 0, sizeof(h.cmdline)) == NULL || extra.rsdp_size > RSDP_SIZE_MAX)
		abort();
	return 0;
}
