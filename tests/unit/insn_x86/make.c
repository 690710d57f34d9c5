// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "make.h"

static const u16 opcodes[] = { 0x88, 0x89, 0x8a, 0x8b, 0xa0,   0xa1,   0xa2,   0xa3,
			       0xc6, 0xc7, 0x63, 0x63, 0x0fb6, 0x0fb7, 0x0fbe, 0x0fbf };
static const u8 prefixes[] = { 0x66, 0x67, 0x65, 0x64, 0x26, 0x2e, 0x36, 0x3e, 0xf2, 0xf3, 0x40 };

static void add_prefix(struct made *m)
{
	u8 p = prefixes[rnd_below(ARRAY_SIZE(prefixes))];

	if (p == 0x40U) {
		if (m->width != 8U)
			return;
		p |= (u8)rnd_below(16);
	}
	m->rex = (p & 0xf0U) == 0x40U ? p : 0U;
	m->op16 = m->op16 || p == 0x66U;
	m->addr_override = m->addr_override || p == 0x67U;
	if (p == 0x64U || p == 0x65U)
		m->segment = p & 7U;
	else if (m->width != 8U && (p & 0xe7U) == 0x26U)
		m->segment = (p >> 3) & 3U;
	bytes_add(&m->code, p, 1);
}

static void add_disp(struct made *m, u32 bytes)
{
	m->disp_at = m->code.n;
	m->disp_bytes = bytes;
	bytes_add(&m->code, rnd(), bytes);
}

static void add_sib(struct made *m)
{
	const u8 sib = (u8)rnd();
	const u32 index = ((sib >> 3) & 7U) | ((m->rex & 2U) << 2);

	m->sib = true;
	bytes_add(&m->code, sib, 1);
	m->index = index == 4U ? MADE_NONE : index;
	m->scale = sib >> 6;
	m->base = (sib & 7U) | ((m->rex & 1U) << 3);
	if ((sib & 7U) == 5U && m->mod == 0U)
		m->base = MADE_NONE;
}

/* What ModRM.reg may be: it is part of the opcode in some. */
static u32 any_reg(u32 opcode)
{
	static const u8 not_or_neg[] = { 0, 2, 3 };

	switch (opcode) {
	case 0xc6:
	case 0xc7:
		return 0;
	case 0xf6:
	case 0xf7:
		return not_or_neg[rnd_below(ARRAY_SIZE(not_or_neg))];
	case 0xfe:
	case 0xff:
		return (u32)rnd_below(2);
	default:
		return (u32)rnd_below(8);
	}
}

static void add_modrm(struct made *m)
{
	const u32 reg = any_reg(m->opcode);
	const bool short_address = m->addr_override ? m->width == 4U : m->width == 2U;

	m->mod = (u8)rnd_below(3);
	m->reg = (u8)reg;
	m->rm = (u8)rnd_below(8);
	bytes_add(&m->code, (u64)m->mod << 6 | reg << 3 | m->rm, 1);
	if (short_address) {
		add_disp(m, m->mod == 0U && m->rm == 6U ? 2U : m->mod);
		return;
	}
	m->base = m->rm | ((m->rex & 1U) << 3);
	if (m->rm == 4U)
		add_sib(m);
	else if (m->rm == 5U && m->mod == 0U)
		m->base = MADE_NONE;
	if (m->mod == 0U)
		add_disp(m, m->base == MADE_NONE ? 4U : 0U);
	else
		add_disp(m, m->mod == 1U ? 1U : 4U);
}

static void add_immediate(struct made *m)
{
	const bool wide = (m->width == 2U) == m->op16 || (m->rex & 8U) != 0U;

	switch (m->opcode) {
	case 0xc6:
	case 0x80:
	case 0x83:
		bytes_add(&m->code, rnd(), 1);
		break;
	case 0xc7:
	case 0x81:
		bytes_add(&m->code, rnd(), wide ? 4U : 2U);
		break;
	case 0xf6:
		bytes_add(&m->code, rnd(), m->reg == 0U ? 1U : 0U);
		break;
	case 0xf7:
		bytes_add(&m->code, rnd(), m->reg != 0U ? 0U : wide ? 4U : 2U);
		break;
	default:
		break;
	}
}

/* Half of them arithmetic, of which most is of bytes 00 to 3B. */
static u32 any_opcode(void)
{
	static const u8 others[] = { 0x80, 0x81, 0x83, 0x84, 0x85, 0xf6, 0xf7, 0xfe, 0xff };
	const u64 n = rnd_below(4U * 8U + ARRAY_SIZE(others));

	if (rnd_below(2) == 0U)
		return opcodes[rnd_below(ARRAY_SIZE(opcodes))];
	return n < 32U ? (u32)(n / 4U * 8U + n % 4U) : others[n - 32U];
}

static void made_any(struct made *m, u8 width)
{
	*m = (struct made){ .width = width, .segment = 0xff };
	for (u64 i = rnd_below(8); i > 3U; i--)
		add_prefix(m);
	if (width == 8U && rnd_below(2) == 0U) {
		m->rex = (u8)(0x40U | rnd_below(16));
		bytes_add(&m->code, m->rex, 1);
	}
	m->opcode = any_opcode();
	if (m->opcode > 0xffU)
		bytes_add(&m->code, 0x0f, 1);
	bytes_add(&m->code, m->opcode, 1);
	m->base = MADE_NONE;
	m->index = MADE_NONE;
	if (m->opcode < 0xa0U || m->opcode > 0xa3U) {
		add_modrm(m);
	} else {
		const u32 size = m->addr_override ? (width == 4U ? 2U : 4U) : width;

		add_disp(m, size);
	}
	add_immediate(m);
}

void made_random(struct made *m, u8 width)
{
	do
		made_any(m, width);
	while (m->code.n > 15U);
}
