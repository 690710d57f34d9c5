// SPDX-License-Identifier: Apache-2.0
/*
 * A payload's first bytes may be anything. The first byte chooses the protocol, the next how much
 * RAM there is, and how much longer the file is. What is taken can be loaded and described.
 */
#include <stdlib.h>
#include <string.h>

#include <asm/vplat.h>
#include <bulkhead/arch/vplat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

static void describe(enum payload_type type, const u8 *head, size_t n, u64 ram,
		     const struct vplat_payload *p)
{
	static u8 blob[VPLAT_DESCRIPTION_SIZE] __attribute__((aligned(4096)));
	const struct vplat_guest g = {
		.type = type,
		.payload = "kernel",
		.bootargs = "console",
		.head = head,
		.head_size = n,
		.kernel = GPA(p->load),
		.entry = GPA(p->entry),
		.vcpus = 1,
		.memory_count = 1,
		.memory = { { GPA(0), ram } },
	};
	struct vcpu_start start;
	const char *why = NULL;
	size_t used = 0;

	memset(blob, 0, sizeof(blob));
	if (vplat_tables(&g, blob, sizeof(blob), &used, &start, &why) != 0)
		must(why != NULL);
	else
		must(used <= sizeof(blob) && start.pc.v == p->entry);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum payload_type types[] = { PAYLOAD_LINUX, PAYLOAD_PVH, PAYLOAD_MULTIBOOT,
						   PAYLOAD_REAL };
	static u8 head[VPLAT_HEAD_MAX];
	struct vplat_payload out;
	const char *why = NULL;
	enum payload_type type;
	u64 ram, file;
	size_t n;

	if (size < 3U)
		return 0;
	type = types[data[0] % ARRAY_SIZE(types)];
	ram = MIB(1) << (data[1] % 12U);
	n = size - 3U < sizeof(head) ? size - 3U : sizeof(head);
	file = n == sizeof(head) ? n + ((u64)data[2] << 16) : n;
	/* Exactly as large as it is, so that a look beyond is seen. */
	u8 *exact = malloc(n != 0U ? n : 1U);

	must(exact != NULL);
	memcpy(exact, data + 3, n);
	if (vplat_kernel(type, exact, n, file, GPA(0), ram, &out, &why) == 0) {
		must(out.size != 0U || file == 0U);
		for (u32 i = 0; i < out.image.count; i++)
			must(range_inside(out.image.segment[i].offset,
					  out.image.segment[i].file_size, 0, file));
		if (type == PAYLOAD_LINUX)
			must(range_inside(out.load, out.size, 0, ram) && out.size >= file);
		describe(type, exact, n, ram, &out);
	} else {
		must(why != NULL);
	}
	free(exact);
	return 0;
}
