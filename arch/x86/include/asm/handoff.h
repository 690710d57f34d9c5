/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads what a loader left in memory into struct handoff. All of it is outside data: sizes,
 * counts and addresses may be anything. Nothing here touches the machine, so that the unit tests
 * and the fuzzer run it on the host.
 */
#ifndef ASM_HANDOFF_H
#define ASM_HANDOFF_H

#include <bulkhead/base/handoff.h>
#include <bulkhead/lib/types.h>

#define RSDP_SIZE_MAX 36U
#define MB2_INFO_MAX 16384U

/* Copies @n bytes of physical memory at @pa to @dst. 0, or BH_EFAULT where there is none. */
struct handoff_mem {
	int (*read)(void *ctx, u64 pa, void *dst, size_t n);
	void *ctx;
};

/* What struct handoff has no place for. */
struct handoff_extra {
	u8 rsdp[RSDP_SIZE_MAX]; /* multiboot2 hands over a copy of the RSDP, not its address */
	u32 rsdp_size;          /* 0: none */
	u32 dropped;            /* map entries and modules that did not fit, or wrap */
};

/*
 * Reads the information of @protocol (PROTO_*, asm/bootproto.h) at @pa. Always leaves @h and
 * @extra well formed; on an error they hold what was read before it. BH_ENOTSUP: unknown
 * protocol; BH_EINVAL: it breaks its specification; BH_EFAULT: it points outside memory;
 * BH_EOVERFLOW: larger than MB2_INFO_MAX.
 */
int handoff_parse(const struct handoff_mem *mem, u32 protocol, u64 pa, struct handoff *h,
		  struct handoff_extra *extra);

#endif
