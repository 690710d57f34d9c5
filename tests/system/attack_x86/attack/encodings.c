// SPDX-License-Identifier: Apache-2.0
/*
 * Loads and stores of a device's register in every encoding: by code of 16, 32 and 64 bits, with
 * each way to say an address, and with each kind of paging underneath; and arithmetic with it.
 */
#include <bulkhead/lib/string.h>

#include "attack.h"

#define IOAPIC 0xfec00000U
#define LAPIC_VERSION 0xfee00030U
#define CODE_32 0x38U
#define CODE_16 0x40U
#define ROOM 32U

enum { AX, CX, DX, BX, SP, BP, SI, DI };

void narrow_enter(u32 gpr[8], u64 selector, u64 offset);
u32 legacy_run(u32 cr3, u32 cr4, u32 pg, u32 select);

static u8 page[4096] __aligned(4096);

struct bytes {
	u32 n;
	u8 b[ROOM];
};

static void put(struct bytes *c, u64 value, u32 bytes)
{
	for (u32 i = 0; i < bytes; i++)
		c->b[c->n + i] = (u8)(value >> (8U * i));
	c->n += bytes;
}

static void run(struct bytes *c, u32 width, u32 gpr[8])
{
	const u64 at = width == 8U ? (u64)(uintptr_t)page : 0U;

	put(c, 0x0b0f, 2);
	memcpy(page, c->b, c->n);
	segment_base(CODE_32, (u32)(uintptr_t)page);
	segment_base(CODE_16, (u32)(uintptr_t)page);
	fault = NO_FAULT;
	narrow_enter(gpr, width == 8U ? KERNEL_CODE : width == 4U ? CODE_32 : CODE_16, at);
	want("encoding", c->b[0] | (u64)c->b[1] << 8 | (u64)c->b[2] << 16 | (u64)c->b[3] << 24,
	     fault, UD);
	segment_base(CODE_32, 0);
}

static void select_set(u32 value)
{
	*(volatile u32 *)(uintptr_t)IOAPIC = value;
}

static u32 selected(void)
{
	return *(volatile u32 *)(uintptr_t)IOAPIC;
}

/* ---- forms: what is loaded and stored ---- */

static const struct form {
	u16 opcode;
	u8 imm; /* bytes of a constant: 0xff the operand's */
	bool store, offset, sign;
	u8 memory, reg; /* bytes; 0: the operand's */
} forms[] = {
	{ 0x88, 0, true, false, false, 1, 1 },    { 0x89, 0, true, false, false, 0, 0 },
	{ 0x8a, 0, false, false, false, 1, 1 },   { 0x8b, 0, false, false, false, 0, 0 },
	{ 0xa0, 0, false, true, false, 1, 1 },    { 0xa1, 0, false, true, false, 0, 0 },
	{ 0xa2, 0, true, true, false, 1, 1 },     { 0xa3, 0, true, true, false, 0, 0 },
	{ 0xc6, 1, true, false, false, 1, 1 },    { 0xc7, 0xff, true, false, false, 0, 0 },
	{ 0x0fb6, 0, false, false, false, 1, 0 }, { 0x0fb7, 0, false, false, false, 2, 0 },
	{ 0x0fbe, 0, false, false, true, 1, 0 },  { 0x0fbf, 0, false, false, true, 2, 0 },
};

#define OLD 0x11223344U
#define THERE 0xa5U

/* What is left in a register that held OLD, by a load of THERE. */
static u32 loaded(const struct form *f, u32 operand, bool high)
{
	const u32 memory = f->memory == 0U ? operand : f->memory;
	const u32 reg = f->reg == 0U ? operand : f->reg;
	const u32 value = f->sign && memory == 1U ? 0xffffff00U | THERE : THERE;

	if (reg >= 4U)
		return value;
	if (reg == 2U)
		return (OLD & 0xffff0000U) | (value & 0xffffU);
	return high ? (OLD & 0xffff00ffU) | THERE << 8 : (OLD & 0xffffff00U) | THERE;
}

static void try_form(const struct form *f, u32 width, bool op, bool addr, u32 reg)
{
	const u32 operand = (width == 2U) == op ? 4U : 2U;
	const u32 wide = width == 2U   ? (addr ? 4U : 2U)
			 : width == 4U ? (addr ? 2U : 4U)
			 : addr        ? 4U
				       : 8U;
	const bool high = f->reg == 1U && reg >= 4U && !f->offset;
	static const u8 segments[] = { 0x64, 0x3e, 0x36 };
	u32 gpr[8] = { OLD, OLD, OLD, OLD, 0, OLD, OLD, OLD };
	struct bytes c = { 0 };

	/* All of them begin there; in 64-bit code only FS does. */
	put(&c, width == 8U ? 0x64U : segments[reg % ARRAY_SIZE(segments)], 1);
	if (op)
		put(&c, 0x66, 1);
	if (addr)
		put(&c, 0x67, 1);
	if (f->opcode > 0xffU)
		put(&c, 0x0f, 1);
	put(&c, f->opcode & 0xffU, 1);
	if (f->offset)
		put(&c, 0, wide);
	else if (wide == 2U)
		put(&c, 0x06U | reg << 3, 3);
	else if (width == 8U)
		put(&c, 0x2504U | reg << 3, 6);
	else
		put(&c, 0x05U | reg << 3, 5);
	put(&c, 0x77, f->imm == 0xffU ? operand : f->imm);
	select_set(THERE);
	run(&c, width, gpr);
	if (f->store)
		want("stored", f->opcode, selected(), f->imm != 0U ? 0x77U : high ? 0x33U : 0x44U);
	else
		want("loaded", f->opcode, gpr[high ? reg & 3U : reg], loaded(f, operand, high));
}

static void all_forms(u32 width)
{
	for (u32 i = 0; i < 4U * 8U * ARRAY_SIZE(forms); i++) {
		const struct form *f = &forms[i / 32U];
		const u32 reg = i / 4U % 8U;

		if ((f->imm != 0U || f->offset) && reg != 0U)
			continue;
		/* The stack pointer is left alone. */
		if (reg == SP && f->reg != 1U)
			continue;
		try_form(f, width, (i & 1U) != 0U, (i & 2U) != 0U, reg);
	}
}

/* ---- arithmetic: the same with a device's register as with memory ---- */

#define STATUS_FLAGS 0x8d5U

/* @insn with (rdi), as a subroutine that takes its flags from RCX and leaves them in RDX. */
static void arithmetic(const struct bytes *insn, u32 there, u64 operand, u64 flags)
{
	u64 memory = there, value[2], after[2];
	struct bytes c = { 0 };

	put(&c, 0x9d51, 2); /* push rcx; popfq */
	for (u32 i = 0; i < insn->n; i++)
		put(&c, insn->b[i], 1);
	put(&c, 0xc35a9c, 3); /* pushfq; pop rdx; ret */
	memcpy(page, c.b, c.n);
	select_set(there);
	for (u32 i = 0; i < 2U; i++) {
		const u64 at = i == 0U ? IOAPIC : (u64)(uintptr_t)&memory;

		value[i] = operand;
		after[i] = 0;
		TRY("call *%2", OUT("+a"(value[i]), "+d"(after[i])), "r"((u64)(uintptr_t)page),
		    "D"(at), "c"(flags | 2U));
		want("arithmetic", insn->b[0] | (u64)insn->b[1] << 8 | (u64)insn->b[2] << 16, fault,
		     NO_FAULT);
	}
	want("its memory", insn->b[0] | (u64)insn->b[1] << 8, selected(), (u8)memory);
	want("its register", insn->b[0] | (u64)insn->b[1] << 8, value[0], value[1]);
	want("its flags", insn->b[0] | (u64)insn->b[1] << 8, after[0] & STATUS_FLAGS,
	     after[1] & STATUS_FLAGS);
}

static void try_arithmetic(bool word, u32 opcode, u32 reg, u32 imm)
{
	static const u8 values[][2] = { { 0, 0 },       { 1, 0xff },    { 0x80, 0x80 },
					{ 0x7f, 0x01 }, { 0x0f, 0xf1 }, { 0xa5, 0x5a } };

	for (u32 i = 0; i < 2U * ARRAY_SIZE(values); i++) {
		const u8 *v = values[i / 2U];
		struct bytes c = { 0 };

		if (word)
			put(&c, 0x66, 1);
		put(&c, opcode | (0x07U | reg << 3) << 8, 2);
		put(&c, v[1], imm);
		arithmetic(&c, v[0], 0xffffffffffffff00ULL | v[1],
			   (i & 1U) != 0U ? STATUS_FLAGS : 0U);
	}
}

static void all_arithmetic(void)
{
	static const struct {
		u8 opcode, reg, imm, word_imm;
	} others[] = {
		{ 0x84, 0, 0, 0 }, { 0x84, 4, 0, 0 }, { 0x85, 0, 0, 0 }, { 0xf6, 0, 1, 1 },
		{ 0xf6, 2, 0, 0 }, { 0xf6, 3, 0, 0 }, { 0xf7, 0, 4, 2 }, { 0xf7, 2, 0, 0 },
		{ 0xf7, 3, 0, 0 }, { 0xfe, 0, 0, 0 }, { 0xfe, 1, 0, 0 }, { 0xff, 0, 0, 0 },
		{ 0xff, 1, 0, 0 },
	};

	for (u32 n = 0; n < 2U; n++) {
		const bool word = n != 0U;

		for (u32 op = 0; op < 8U; op++) {
			for (u32 form = 0; form < 4U; form++)
				try_arithmetic(word, op << 3 | form, AX, 0);
			try_arithmetic(word, 0x80, op, 1);
			try_arithmetic(word, 0x81, op, word ? 2 : 4);
			try_arithmetic(word, 0x83, op, 1);
		}
		for (u32 i = 0; i < ARRAY_SIZE(others); i++)
			try_arithmetic(word, others[i].opcode, others[i].reg,
				       word ? others[i].word_imm : others[i].imm);
	}
}

/* ---- addresses: MOV to it from AL, by each of them ---- */

static void store(struct bytes *c, u32 width, const u32 from[8], const char *what, u32 how)
{
	u32 gpr[8];

	memcpy(gpr, from, sizeof(gpr));
	gpr[AX] = (gpr[AX] & ~0xffU) | 0x5aU;
	select_set(0);
	run(c, width, gpr);
	want(what, how, selected(), 0x5a);
}

static void addresses_16(void)
{
	static const u8 pair[8][2] = { { BX, SI }, { BX, DI }, { BP, SI }, { BP, DI },
				       { SI, SP }, { DI, SP }, { BP, SP }, { BX, SP } };
	static const u32 values[3][8] = {
		{ 0 },
		{ 0, 0, 0, 0x20, 0, 0x28, 0x11, 0x12 },
		{ 0, 0, 0, 0x8123, 0, 0x4567, 0x89ab, 0xcdef },
	};

	for (u32 i = 0; i < 24U; i++) {
		const u32 mod = i / 8U;
		const u32 rm = i % 8U;
		const u32 *v = values[mod];
		const u32 sum = v[pair[rm][0]] + v[pair[rm][1]];
		struct bytes c = { 0 };

		put(&c, 0x88, 1);
		put(&c, mod << 6 | rm, 1);
		put(&c, mod == 0U ? 0U : 0U - sum, mod == 0U && rm == 6U ? 2U : mod);
		store(&c, 2, v, "address of 16 bits", i);
	}
}

/* 32 bits; in 64-bit code with a prefix, and with the segment that begins there. */
static void addresses_32(u32 width)
{
	static const u32 values[8] = { 0, 0x10, 0x23, 0x1c, 0, 0x31, 0x22, 0x18 };

	for (u32 i = 0; i < 3U * 8U * 64U; i++) {
		const u32 mod = i / 512U;
		const u32 rm = i / 64U % 8U;
		const u32 scale = i % 4U;
		const u32 index = i / 4U % 8U;
		u32 base = i / 32U % 2U != 0U ? 5U : 3U;
		const bool none = mod == 0U && (rm == BP || (rm == SP && base == BP));
		u32 v[8], sum;
		struct bytes c = { 0 };

		if (rm != SP && i % 64U != 0U)
			continue;
		if (width == 8U && mod == 0U && rm == BP)
			continue;
		memcpy(v, values, sizeof(v));
		if (mod == 0U && !none)
			memset(v, 0, sizeof(v));
		if (rm != SP)
			base = rm;
		sum = none ? 0U : v[base];
		if (rm == SP && index != SP)
			sum += v[index] << scale;
		/* A byte does not reach so far. */
		if (mod == 1U && sum > 0x7fU)
			continue;
		put(&c, 0x64, 1);
		if (width != 4U)
			put(&c, 0x67, 1);
		put(&c, 0x88, 1);
		put(&c, mod << 6 | rm, 1);
		if (rm == SP)
			put(&c, scale << 6 | index << 3 | base, 1);
		if (none)
			put(&c, 0U - sum, 4);
		else if (mod != 0U)
			put(&c, 0U - sum, mod == 1U ? 1U : 4U);
		if (index == AX || base == AX)
			v[AX] = 0;
		/* AX is part of the address, and what is stored. */
		if ((rm == SP && index == AX) || base == AX)
			continue;
		store(&c, width, v, "address of 32 bits", i);
	}
}

/* RBX is the I/O APIC; RSI 0, where FS has it; R8, R12 hold what they hold. */
static void addresses_64(void)
{
	static const struct {
		u64 code;
		u32 n;
	} codes[] = {
		{ 0x0388, 2 },       /* (rbx) */
		{ 0x03882e, 3 },     /* CS is nothing here; QEMU adds the bases of DS, ES and SS */
		{ 0x0388f3f2, 4 },   /* nor REP */
		{ 0x06886448, 4 },   /* a REX that does not count; FS: (rsi) */
		{ 0x0023448840, 5 }, /* 0(rbx), no index */
		{ 0x5a03c648, 4 },   /* a constant */
		{ 0x33048842, 4 },   /* (rbx + r14) */
	};

	for (u32 i = 0; i < ARRAY_SIZE(codes); i++) {
		static const u32 v[8] = { [BX] = IOAPIC };
		struct bytes c = { 0 };

		put(&c, codes[i].code, codes[i].n);
		store(&c, 8, v, "address of 64 bits", i);
	}
	/* Behind the instruction, with 32 bits. */
	for (u32 imm = 0; imm < 2U; imm++) {
		static const u32 v[8] = { 0 };
		struct bytes c = { 0 };

		put(&c, imm != 0U ? 0x05c667U : 0x058867U, 3);
		put(&c, IOAPIC - ((u32)(uintptr_t)page + 7U + imm), 4);
		put(&c, 0x5a, imm);
		store(&c, 8, v, "address behind the instruction", imm);
	}
}

/* Registers of 64 bits, R8 to R15, MOVSXD; by asm of the program's own. */
static void registers_64(void)
{
	u64 value = 0;

	select_set(THERE);
	TRY("movq %1, %%r8\n\tmovslq (%%r8), %0", "=r"(value), "r"((u64)IOAPIC));
	want("MOVSXD", 0, fault == NO_FAULT ? value : ~0ULL, THERE);
	TRY("movq (%1), %0", "=r"(value), "r"((u64)IOAPIC));
	want("64 bits", 0, fault == NO_FAULT ? value : ~0ULL, 0);
	TRY("movsbq (%1), %0", "=r"(value), "r"((u64)IOAPIC));
	want("a byte to 64", 0, fault == NO_FAULT ? value : 0U, 0xffffffffffffffa5ULL);
	TRY("movw %%ax, (%0)", , "r"((u64)IOAPIC), "a"(0x5a));
	want("a word", 0, selected(), 0x5a);
	TRY("movq $0x33, (%0)", , "r"((u64)IOAPIC));
	want("a constant of 64", 0, fault, NO_FAULT);
	/* 63 with 16 bits is not the same everywhere. */
	TRY(".byte 0x66, 0x63, 0x00", , "a"((u64)IOAPIC));
	want("MOVSXD of 16 bits", 0, fault, GP);
	/* Over the end of the device, and of the page. */
	TRY("movl 0xffe(%0), %%eax", , "r"((u64)IOAPIC));
	want("over the end", 0, fault, GP);
	TRY("movq %%rax, (%0)", , "r"((u64)0xfee00ffcU));
	want("over the end", 1, fault, GP);
}

/* The local APIC's page, by code of each width (ES begins there), and at the end of a page. */
static void local_apic(void)
{
	const u32 version = apic_read(LAPIC_VERSION & 0xfffU);
	static const u8 load[] = { 0x8b, 0x07, 0xc3 };
	u8 *const end = &page[sizeof(page) - 2U * sizeof(load)];

	for (u32 width = 2; width <= 4U; width += 2U) {
		u32 gpr[8] = { 0 };
		struct bytes c = { 0 };

		put(&c, 0x26, 1);
		if (width == 2U)
			put(&c, 0x66, 1);
		put(&c, 0xa1, 1);
		put(&c, LAPIC_VERSION & 0xfffU, width);
		run(&c, width, gpr);
		want("local APIC", width, gpr[AX], version);
	}
	memcpy(end, load, sizeof(load));
	for (u32 i = 0; i < 2U; i++) {
		u32 value = 0;

		TRY("call *%1", "+a"(value), "r"((u64)(uintptr_t)end), "D"((u64)LAPIC_VERSION));
		want("at the end of a page", i, fault == NO_FAULT ? value : ~0U, version);
	}
}

/* ---- other paging ---- */

#define CR4_PSE 0x10U
#define CR4_PAE 0x20U
#define PG 0x80000000U

static void legacy(void)
{
	static u32 directory[1024] __aligned(4096);
	static u32 low[1024] __aligned(4096);
	static u32 high[1024] __aligned(4096);
	static u64 pdpt[4] __aligned(4096);
	const u64 *tables;
	u64 cr3, cr4;

	__asm__ volatile("movq %%cr3, %0\n\tmovq %%cr4, %1" : "=r"(cr3), "=r"(cr4));
	want("no paging", 0, legacy_run(0, (u32)cr4, 0, 0x31), 0x31);
	for (u32 i = 0; i < 1024U; i++) {
		directory[i] = i << 22 | 0x83U;
		low[i] = i << 12 | 3U;
		high[i] = (IOAPIC & 0xffc00000U) | i << 12 | 3U;
	}
	want("pages of 4 MiB", 0, legacy_run((u32)(uintptr_t)directory, CR4_PSE, PG, 0x32), 0x32);
	memset(directory, 0, sizeof(directory));
	directory[0] = (u32)(uintptr_t)low | 3U;
	directory[IOAPIC >> 22] = (u32)(uintptr_t)high | 3U;
	want("pages of 4 KiB", 0, legacy_run((u32)(uintptr_t)directory, 0, PG, 0x33), 0x33);
	want("pages of 4 KiB", CR4_PSE, legacy_run((u32)(uintptr_t)directory, CR4_PSE, PG, 0x35),
	     0x35);
	tables = (const u64 *)(uintptr_t)(*(const u64 *)(uintptr_t)cr3 & ~0xfffULL);
	for (u32 i = 0; i < 4U; i++)
		pdpt[i] = (tables[i] & ~0xfffULL) | 1U;
	want("PAE", 0, legacy_run((u32)(uintptr_t)pdpt, CR4_PAE, PG, 0x34), 0x34);
}

void attack_encodings(void)
{
	all_forms(2);
	all_forms(4);
	all_forms(8);
	all_arithmetic();
	addresses_16();
	addresses_32(4);
	addresses_32(2);
	addresses_32(8);
	addresses_64();
	registers_64();
	local_apic();
	legacy();
}
