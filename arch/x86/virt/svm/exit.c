// SPDX-License-Identifier: Apache-2.0
/* What #VMEXIT says, in common words. Pure: tested on the host. */
#include <asm/desc.h>
#include <asm/virt.h>
#include <bulkhead/arch/exit.h>

#include "vmcb.h"

struct opcode {
	u8 size;
	u8 byte[3];
};

/*
 * Exits by EXITCODE, the usual ones first: the class, and for instructions that are stepped over
 * their opcode. What Bulkhead does not offer is an exception: the guest sees #UD.
 */
static const struct {
	u32 first, last;
	enum exit_class class;
	u32 vector;
	struct opcode opcode;
} exits[] = {
	{ EXITCODE_VMMCALL, EXITCODE_VMMCALL, EXIT_HYPERCALL, 0, { 3, { 0x0f, 0x01, 0xd9 } } },
	{ EXITCODE_NPF, EXITCODE_NPF, EXIT_MEMORY, 0, { 0 } },
	{ EXITCODE_IOIO, EXITCODE_IOIO, EXIT_PORT, 0, { 0 } },
	{ EXITCODE_MSR, EXITCODE_MSR, EXIT_SYSREG, 0, { 2, { 0x0f, 0 } } },
	{ EXITCODE_CPUID, EXITCODE_CPUID, EXIT_CPUID, 0, { 2, { 0x0f, 0xa2 } } },
	{ EXITCODE_CR4_WRITE, EXITCODE_CR4_WRITE, EXIT_SYSREG, 0, { 3, { 0x0f, 0x22 } } },
	{ EXITCODE_CR8_WRITE, EXITCODE_CR8_WRITE, EXIT_SYSREG, 0, { 3, { 0x0f, 0x22 } } },
	{ EXITCODE_INTR, EXITCODE_VINTR, EXIT_IRQ, 0, { 0 } },
	{ EXITCODE_IRET, EXITCODE_IRET, EXIT_IRQ, 0, { 0 } },
	{ EXITCODE_HLT, EXITCODE_HLT, EXIT_WAIT, 0, { 1, { 0xf4 } } },
	{ EXITCODE_FERR_FREEZE, EXITCODE_FERR_FREEZE, EXIT_IRQ, 0, { 0 } },
	{ EXITCODE_SHUTDOWN, EXITCODE_SHUTDOWN, EXIT_SHUTDOWN, 0, { 0 } },
	{ EXITCODE_INVALID, EXITCODE_INVALID, EXIT_REFUSED, 0, { 0 } },
	{ EXITCODE_RDPMC, EXITCODE_RDPMC, EXIT_EXCEPTION, VEC_GP, { 0 } },
	{ EXITCODE_RSM, EXITCODE_RSM, EXIT_EXCEPTION, VEC_UD, { 0 } },
	{ EXITCODE_INVD, EXITCODE_INVD, EXIT_EXCEPTION, VEC_UD, { 0 } },
	{ EXITCODE_INVLPGA, EXITCODE_INVLPGA, EXIT_EXCEPTION, VEC_UD, { 0 } },
	{ EXITCODE_VMRUN, EXITCODE_VMRUN, EXIT_EXCEPTION, VEC_UD, { 0 } },
	{ EXITCODE_VMLOAD, EXITCODE_SKINIT, EXIT_EXCEPTION, VEC_UD, { 0 } },
	{ EXITCODE_MONITOR, EXITCODE_MWAIT_ARMED, EXIT_EXCEPTION, VEC_UD, { 0 } },
	{ EXITCODE_XSETBV, EXITCODE_XSETBV, EXIT_SYSREG, 0, { 3, { 0x0f, 0x01, 0xd1 } } },
};

/* EXITINFO1 of a nested page fault (APM volume 2, 15.25.6). */
static void decode_npf(const struct vmcb *b, struct exit_memory *m)
{
	*m = (struct exit_memory){
		.gpa = GPA(b->exitinfo2),
		.gpa_exact = true,
		.permission = (b->exitinfo1 & BIT(0)) != 0U,
		.write = (b->exitinfo1 & BIT(1)) != 0U,
		.exec = (b->exitinfo1 & BIT(4)) != 0U,
		.table_walk = (b->exitinfo1 & BIT(33)) != 0U,
	};
	m->read = !m->write && !m->exec;
}

/* EXITINFO1 of IOIO (APM volume 2, 15.10.2). SZ8, SZ16 and SZ32 are bits 4 to 6. */
static void decode_ioio(const struct vmcb *b, struct exit *e)
{
	e->length = (u8)(b->exitinfo2 - b->rip);
	e->port = (struct exit_port){
		.port = (u16)FIELD_GET(b->exitinfo1, 31, 16),
		.size = (u8)FIELD_GET(b->exitinfo1, 6, 4),
		.in = (b->exitinfo1 & BIT(0)) != 0U,
		.string = (b->exitinfo1 & BIT(2)) != 0U,
		.rep = (b->exitinfo1 & BIT(3)) != 0U,
	};
}

/* Which register a MOV to CRn takes the instruction says: svm_cr_operand(). */
static void decode_sysreg(const struct vmcb *b, u64 rcx, struct exit_sysreg *s)
{
	switch ((u32)b->exitcode) {
	case EXITCODE_CR4_WRITE:
	case EXITCODE_CR8_WRITE:
		*s = (struct exit_sysreg){ .write = true };
		s->id = SYSREG_CR((u32)b->exitcode - EXITCODE_CR0_WRITE);
		break;
	case EXITCODE_XSETBV:
		*s = (struct exit_sysreg){ .id = SYSREG_XSETBV, .write = true };
		break;
	default:
		*s = (struct exit_sysreg){ .id = sysreg_msr(rcx), .write = b->exitinfo1 == 1U };
		break;
	}
}

static void decode_details(const struct vmcb *b, u64 rcx, struct exit *e)
{
	switch (e->class) {
	case EXIT_MEMORY:
		decode_npf(b, &e->memory);
		break;
	case EXIT_PORT:
		decode_ioio(b, e);
		break;
	case EXIT_SYSREG:
		decode_sysreg(b, rcx, &e->sysreg);
		break;
	default:
		break;
	}
}

void svm_exit_decode(const struct vmcb *b, bool nrips, u64 rcx, struct exit *e)
{
	/* QEMU writes the low half only. */
	const u32 code = (u32)b->exitcode;

	*e = (struct exit){ .class = EXIT_UNKNOWN, .reason = code, .syndrome = b->exitinfo1 };
	if (code >= EXITCODE_EXCP0 && code <= EXITCODE_EXCP31) {
		e->class = EXIT_EXCEPTION;
		e->vector = code - EXITCODE_EXCP0;
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(exits); i++) {
		if (code < exits[i].first || code > exits[i].last)
			continue;
		e->class = exits[i].class;
		if (e->class == EXIT_EXCEPTION)
			e->vector = exits[i].vector;
		if (nrips && exits[i].opcode.size != 0U && b->nrip > b->rip)
			e->length = (u8)(b->nrip - b->rip);
		decode_details(b, rcx, e);
		return;
	}
}

static bool is_prefix(u8 c)
{
	switch (c) {
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
	case 0x64:
	case 0x65:
	case 0x66:
	case 0x67:
	case 0xf0:
	case 0xf2:
	case 0xf3:
		return true;
	default:
		return false;
	}
}

/* A REX prefix counts only in 64-bit code; elsewhere these opcodes cannot make such an exit. */
static size_t prefixes(const u8 *code, size_t n)
{
	size_t i = 0;

	while (i < n && is_prefix(code[i]))
		i++;
	if (i < n && (code[i] & 0xf0U) == 0x40U)
		i++;
	return i;
}

u8 svm_exit_length(u32 exitcode, const u8 *code, size_t n)
{
	const struct opcode *o;
	size_t i = 0;
	size_t at;

	while (i < ARRAY_SIZE(exits) && (exitcode < exits[i].first || exitcode > exits[i].last))
		i++;
	if (i == ARRAY_SIZE(exits) || exits[i].opcode.size == 0U)
		return 0;
	o = &exits[i].opcode;
	at = prefixes(code, n);
	if (at >= n || code[at] != o->byte[0])
		return o->size;
	return (u8)(at + o->size);
}

/* 0F 22 /r; ModRM.rm with REX.B is the general register. */
bool svm_cr_operand(const u8 *code, size_t n, u16 *reg)
{
	const size_t at = prefixes(code, n);
	const bool rex = at > 0U && (code[at - 1U] & 0xf0U) == 0x40U;

	if (at + 2U >= n || code[at] != 0x0fU || code[at + 1U] != 0x22U)
		return false;
	*reg = (u16)((code[at + 2U] & 7U) | (rex && (code[at - 1U] & 1U) != 0U ? 8U : 0U));
	return true;
}

u64 svm_event_encode(const struct x86_event *e)
{
	if (!e->valid)
		return 0;
	return EVENT_V | FIELD_PREP(e->type, 10, 8) | e->vector |
	       (e->has_code ? EVENT_EV | (u64)e->code << 32 : 0U);
}

struct x86_event svm_event_decode(u64 word)
{
	return (struct x86_event){
		.valid = (word & EVENT_V) != 0U,
		.has_code = (word & EVENT_EV) != 0U,
		.vector = (u8)word,
		.type = (u8)FIELD_GET(word, 10, 8),
		.code = (u32)(word >> 32),
	};
}
