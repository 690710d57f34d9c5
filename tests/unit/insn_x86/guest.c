// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"

static u64 read_reg(void *ctx, u32 reg)
{
	const struct guest *g = ctx;

	if (reg == REG_PC)
		return g->pc;
	if (reg >= ARRAY_SIZE(g->reg))
		abort();
	return g->reg[reg];
}

static u64 read_segment(void *ctx, u32 segment)
{
	const struct guest *g = ctx;

	if (segment >= ARRAY_SIZE(g->segment))
		abort();
	return g->segment[segment];
}

struct insn_mode guest_mode(struct guest *g, u8 width)
{
	return (struct insn_mode){
		.width = width,
		.reg = read_reg,
		.segment = read_segment,
		.ctx = g,
	};
}

void guest_randomize(struct guest *g)
{
	for (u32 i = 0; i < ARRAY_SIZE(g->reg); i++)
		g->reg[i] = rnd();
	for (u32 i = 0; i < ARRAY_SIZE(g->segment); i++)
		g->segment[i] = rnd();
	g->pc = rnd();
	g->flags = (rnd() & STATUS_FLAGS) | 0x202U;
}

void bytes_add(struct bytes *b, u64 value, u32 count)
{
	for (u32 i = 0; i < count && b->n < sizeof(b->b); i++)
		b->b[b->n++] = (u8)(value >> (8U * i));
}

const char *bytes_text(const u8 *b, u32 n)
{
	static char text[128];

	text[0] = '\0';
	for (u32 i = 0; i < n && i < 32U; i++)
		snprintf(text + 3U * i, 4, "%02x ", b[i]);
	return text;
}
