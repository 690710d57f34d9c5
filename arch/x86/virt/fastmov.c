// SPDX-License-Identifier: Apache-2.0
/* SDM volume 2, chapter 2 and MOV: 89 /r, 8B /r, C7 /0. */
#include <bulkhead/lib/string.h>

#include "fastmov.h"

#define OP_STORE 0x89U
#define OP_LOAD 0x8bU
#define OP_IMMEDIATE 0xc7U
#define REX 0x40U
#define REX_W 8U
#define REX_R 4U

/* Bytes of ModRM, SIB and displacement; 0: a register, or an address relative to RIP. */
static size_t operand_size(const u8 *code)
{
	const u32 mod = code[0] >> 6;
	const bool sib = (code[0] & 7U) == 4U;
	const u32 base = (sib ? code[1] : code[0]) & 7U;
	const size_t head = sib ? 2U : 1U;

	switch (mod) {
	case 0:
		if (base != 5U)
			return head;
		return head + 4U;
	case 1:
		return head + 1U;
	case 2:
		return head + 4U;
	default:
		return 0;
	}
}

bool fastmov_decode(const u8 code[FASTMOV_MAX], struct fastmov *m)
{
	size_t at = 0;
	u32 rex = 0;
	size_t size;
	u8 op;

	if ((code[0] & 0xf0U) == REX) {
		rex = code[0];
		at = 1;
	}
	op = code[at];
	at++;
	size = operand_size(&code[at]);
	if (size == 0U || (rex & REX_W) != 0U)
		return false;
	*m = (struct fastmov){ .store = op != OP_LOAD };
	m->reg = (u8)((code[at] >> 3 & 7U) | ((rex & REX_R) != 0U ? 8U : 0U));
	at += size;
	if (op == OP_IMMEDIATE && m->reg == 0U) {
		memcpy(&m->value, &code[at], sizeof(m->value));
		m->immediate = true;
		at += sizeof(m->value);
	} else if (op != OP_STORE && op != OP_LOAD) {
		return false;
	}
	m->length = (u8)at;
	return true;
}
