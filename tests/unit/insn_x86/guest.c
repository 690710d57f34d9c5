// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "guest.h"

static u64 random_state;

u64 rnd(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state * 0x2545f4914f6cdd1dULL;
}

u64 rnd_below(u64 below)
{
	return (rnd() >> 16) % below;
}

static u64 number(const char *name, u64 otherwise)
{
	const char *text = getenv(name);

	return text == NULL ? otherwise : strtoull(text, NULL, 0);
}

void rnd_start(void)
{
	random_state = number("INSN_SEED", (u64)time(NULL)) | 1U;
	printf("insn: INSN_SEED=%llu\n", (unsigned long long)random_state);
}

u64 wanted_count(void)
{
	const char *scope = getenv("SCOPE");

	return number("INSN_OPS",
		      scope != NULL && strcmp(scope, "full") == 0 ? 10000000U : 100000U);
}

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
