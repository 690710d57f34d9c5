// SPDX-License-Identifier: Apache-2.0
/* Reads the devicetree (Devicetree Specification 0.4, chapter 5) that the guest was given. */
#include <bulkhead/lib/string.h>

#include "../guest_arch.h"

#define MAGIC 0xd00dfeedU
#define BEGIN_NODE 1U
#define END_NODE 2U
#define PROP 3U
#define NOP 4U

#define INTID_PPI 16U
#define INTID_SPI 32U

u32 guest_be32(const void *property, u32 index)
{
	const u8 *p = (const u8 *)property + 4U * index;

	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

static const u8 *blob(void)
{
	return (const u8 *)guest_info;
}

static u32 head(u32 word)
{
	return guest_be32(blob(), word);
}

static u32 token(u32 at)
{
	return guest_be32(blob() + head(2) + at, 0);
}

static u32 align(u32 n)
{
	return (n + 3U) & ~3U;
}

/* Behind the token at @at and what belongs to it. */
static u32 next(u32 at)
{
	const u8 *body = blob() + head(2) + at + 4U;

	switch (token(at)) {
	case BEGIN_NODE:
		return at + 4U + align((u32)strlen((const char *)body) + 1U);
	case PROP:
		return at + 12U + align(guest_be32(body, 0));
	default:
		return at + 4U;
	}
}

/* A token the tree ends with, or one that is none. */
static bool ends(u32 at)
{
	const u32 t = token(at);

	return at >= head(9) || (t != BEGIN_NODE && t != END_NODE && t != PROP && t != NOP);
}

/* A node is the offset of what comes behind its name. */
const void *guest_property(u32 node, const char *name, u32 *length)
{
	u32 at = node;

	while (token(at) == PROP || token(at) == NOP) {
		const u8 *body = blob() + head(2) + at + 4U;

		if (token(at) == PROP &&
		    strcmp((const char *)blob() + head(3) + guest_be32(body, 1), name) == 0) {
			*length = guest_be32(body, 0);
			return body + 8;
		}
		at = next(at);
	}
	return NULL;
}

static bool compatible_with(u32 node, const char *compatible)
{
	u32 length = 0;
	const char *s = guest_property(node, "compatible", &length);

	for (u32 i = 0; s != NULL && i < length; i += (u32)strlen(s + i) + 1U) {
		if (strcmp(s + i, compatible) == 0)
			return true;
	}
	return false;
}

u32 guest_node(const char *compatible, u32 nth)
{
	u32 at = 0;

	if (guest_info == 0U || head(0) != MAGIC)
		return 0;
	for (; !ends(at); at = next(at)) {
		if (token(at) != BEGIN_NODE || !compatible_with(next(at), compatible))
			continue;
		if (nth == 0U)
			return next(at);
		nth--;
	}
	return 0;
}

bool guest_channel_find(u32 nth, struct guest_channel *out)
{
	const u32 node = guest_node("bulkhead,channel", nth);
	u32 length;

	if (node == 0U || !guest_reg(node, 0, &out->base, &out->size))
		return false;
	out->intid = guest_intid(node);
	out->bell = guest_be32(guest_property(node, "bulkhead,bell", &length), 0);
	out->end = guest_be32(guest_property(node, "bulkhead,end", &length), 0);
	out->peer = guest_property(node, "bulkhead,peer", &length);
	return true;
}

const char *guest_bootargs(void)
{
	u32 at = 0;
	u32 length;

	if (guest_info == 0U || head(0) != MAGIC)
		return NULL;
	for (; !ends(at); at = next(at)) {
		const char *name = (const char *)blob() + head(2) + at + 4U;

		if (token(at) == BEGIN_NODE && strcmp(name, "chosen") == 0)
			return guest_property(next(at), "bootargs", &length);
	}
	return NULL;
}

bool guest_reg(u32 node, u32 n, u64 *address, u64 *size)
{
	u32 length = 0;
	const void *reg = guest_property(node, "reg", &length);

	if (reg == NULL || length < 16U * (n + 1U))
		return false;
	*address = (u64)guest_be32(reg, 4U * n) << 32 | guest_be32(reg, 4U * n + 1U);
	*size = (u64)guest_be32(reg, 4U * n + 2U) << 32 | guest_be32(reg, 4U * n + 3U);
	return true;
}

u64 guest_pci(void)
{
	const u32 node = guest_node("pci-host-ecam-generic", 0);
	u64 config = 0, size;

	return node != 0U && guest_reg(node, 0, &config, &size) ? config : 0U;
}

u32 guest_intid(u32 node)
{
	u32 length = 0;
	const void *p = guest_property(node, "interrupts", &length);

	if (p == NULL || length < 12U)
		return 0;
	return guest_be32(p, 1) + (guest_be32(p, 0) == 0U ? INTID_SPI : INTID_PPI);
}
