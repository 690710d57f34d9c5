// SPDX-License-Identifier: Apache-2.0
/* MSRs, CPUID, ports, control registers: each outcome from a table of the test's own. */
#include "attack.h"

#define MSR_EFER 0xc0000080U

/* What reading gives no fault (docs/x86.md), and what writing a 1 comes to. */
static const struct {
	u32 first, last;
	bool one; /* may be written */
} msrs[] = {
	{ 0x0, 0x1, true },
	{ 0x17, 0x17, false },
	{ 0x2a, 0x2a, true },
	{ 0x34, 0x34, false },
	{ 0x79, 0x79, true },
	{ 0x8b, 0x8b, true },
	{ 0xce, 0xce, false },
	{ 0xfe, 0xfe, false },
	{ 0x140, 0x140, false },
	{ 0x174, 0x176, true },
	{ 0x179, 0x179, false },
	{ 0x17a, 0x17a, true },
	{ 0x1a0, 0x1a0, true },
	{ 0x1d9, 0x1d9, false },
	{ 0x200, 0x20f, false },
	{ 0x250, 0x250, true },
	{ 0x258, 0x259, true },
	{ 0x268, 0x26f, true },
	{ 0x2ff, 0x2ff, true },
	{ 0x400, 0x40f, false },
	{ 0xc0000081, 0xc0000084, true },
	{ 0xc0000102, 0xc0000102, true },
	{ 0xc0000103, 0xc0000103, true },
	{ 0xc0010000, 0xc0010007, true },
	{ 0xc0010010, 0xc0010010, true },
	{ 0xc0010015, 0xc0010015, true },
	{ 0xc001001f, 0xc001001f, true },
	{ 0xc0010055, 0xc0010055, true },
	{ 0xc0010058, 0xc0010058, false },
	{ 0xc0010112, 0xc0010114, false },
	{ 0xc0011020, 0xc0011023, true },
	{ 0xc0011029, 0xc0011029, true },
};

/* Live: tried by other tests, or their value is what the program stands on. */
static const struct {
	u32 first, last;
} live[] = {
	{ 0x10, 0x10 },
	{ 0x1b, 0x1b },
	{ 0x3b, 0x3b },
	{ 0x277, 0x277 },
	{ 0x6e0, 0x6e0 },
	{ 0x800, 0x8ff },
	{ 0xc0000080, 0xc0000080 },
	{ 0xc0000100, 0xc0000101 },
};

static u32 msr_number(void)
{
	static const u32 bases[] = { 0,           0,           0,           0xc0000000U,
				     0xc0010000U, 0xc0011000U, 0x10000000U, 0x4b564d00U };
	const u64 r = rnd();

	if ((r & 0x70U) == 0U)
		return (u32)(r >> 32);
	return bases[r % ARRAY_SIZE(bases)] + (u32)(r >> 32) % 0x480U;
}

static bool is_live(u32 msr)
{
	for (u32 i = 0; i < ARRAY_SIZE(live); i++) {
		if (msr >= live[i].first && msr <= live[i].last)
			return true;
	}
	return false;
}

static u32 row(u32 msr)
{
	u32 i = 0;

	while (i < ARRAY_SIZE(msrs) && (msr < msrs[i].first || msr > msrs[i].last))
		i++;
	return i;
}

static u64 rdmsr(u32 msr)
{
	u32 lo = 0, hi = 0;

	TRY("rdmsr", OUT("+a"(lo), "+d"(hi)), "c"(msr));
	return (u64)hi << 32 | lo;
}

static void wrmsr(u32 msr, u64 value)
{
	TRY("wrmsr", , "c"(msr), "a"((u32)value), "d"((u32)(value >> 32)));
}

static void try_msr(u32 msr)
{
	const u32 i = row(msr);
	const bool known = i < ARRAY_SIZE(msrs);
	u64 before;

	before = rdmsr(msr);
	want("RDMSR", msr, fault, known ? NO_FAULT : GP);
	wrmsr(msr, 1);
	if (!known || !msrs[i].one) {
		/* Zero and a type may be written where 1 may not. */
		if (msr >= 0x200U && msr <= 0x20fU)
			want("WRMSR", msr, fault, (msr & 1U) != 0U ? GP : NO_FAULT);
		else
			want("WRMSR", msr, fault, GP);
	} else {
		want("WRMSR", msr, fault, NO_FAULT);
	}
	if (known && fault == NO_FAULT) {
		wrmsr(msr, before);
		(void)rdmsr(msr);
		want("RDMSR again", msr, fault, NO_FAULT);
	}
}

/* Every value of EFER that has a bit a guest is not offered, or that changes LME. */
static void try_efer(void)
{
	const u64 old = rdmsr(MSR_EFER);
	const u64 value = rnd() & rnd();
	const bool legal = (value & ~0xd01ULL) == 0U && ((value ^ old) & 0x100U) == 0U;

	if (legal)
		return;
	wrmsr(MSR_EFER, value);
	want("EFER", value, fault, GP);
	want("EFER after a refused write", value, rdmsr(MSR_EFER), old);
}

/* What is legal in MTRRs, in PAT, in the banks of errors: by value. */
static void try_values(void)
{
	static const struct {
		u32 msr;
		bool legal;
		u64 value;
	} rows[] = {
		{ 0x2ff, true, 0xc06 },
		{ 0x2ff, true, 0x800 },
		{ 0x2ff, false, 0x802 },
		{ 0x2ff, false, 0x1000 },
		{ 0x250, true, 0x0606060606060606 },
		{ 0x259, true, 0x0001040506000104 },
		{ 0x26f, false, 0x0200000000000000 },
		{ 0x268, false, 0x07 },
		{ 0x200, true, 0x1006 },
		{ 0x200, false, 0x1002 },
		{ 0x200, false, 0x1106 },
		{ 0x200, false, 1ULL << 52 },
		{ 0x201, true, 0xfffff800 },
		{ 0x201, false, 0xfffff400 },
		{ 0x201, false, 1ULL << 63 },
		{ 0x277, true, 0x0007040600070406 },
		{ 0x277, false, 0x0007040600070402 },
		{ 0x277, false, 0x0207040600070406 },
		{ 0x277, false, 0x0807040600070406 },
		{ 0x400, true, ~0ULL },
		{ 0x400, true, 0 },
		{ 0x400, false, 2 },
		{ 0x401, true, 0 },
		{ 0x401, false, ~0ULL },
		{ 0x17a, true, 0 },
		{ 0x3b, true, 0x1000 },
		{ 0x3b, true, 0 },
		{ 0x10, true, 0x123456789 },
		{ 0x10a, false, 0 },
		{ 0x4b564d00, false, 0 },
		{ 0x4b564d01, false, 1 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		const u64 before = rdmsr(rows[i].msr);
		const bool there = fault == NO_FAULT;

		wrmsr(rows[i].msr, rows[i].value);
		want("value of an MSR", i, fault, rows[i].legal ? NO_FAULT : GP);
		if (rows[i].legal && rows[i].msr != 0x10U)
			want("kept", i, rdmsr(rows[i].msr),
			     rows[i].msr == 0x401U ? 0U : rows[i].value);
		if (there && rows[i].msr != 0x10U)
			wrmsr(rows[i].msr, before);
	}
}

void attack_msr(u32 rounds)
{
	try_values();
	for (u32 i = 0; i < rounds; i++) {
		const u32 msr = msr_number();

		if (is_live(msr))
			try_efer();
		else
			try_msr(msr);
	}
}

/* ---- CPUID ---- */

static void cpuid(u32 leaf, u32 subleaf, u32 r[4])
{
	__asm__ volatile("cpuid"
			 : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3])
			 : "a"(leaf), "c"(subleaf));
}

static bool is_leaf(u32 leaf)
{
	static const u32 leaves[] = { 0,   1,    2,    4,    6,          7,         0xb,
				      0xd, 0x15, 0x16, 0x1f, 0x40000010, 0x40000100 };

	for (u32 i = 0; i < ARRAY_SIZE(leaves); i++) {
		if (leaf == leaves[i])
			return true;
	}
	return leaf >= 0x80000000U && leaf <= 0x80000008U;
}

/* A leaf nobody has is zero; of any other the answer is the same twice, prefix or not. */
void attack_cpuid(u32 rounds)
{
	static const u32 bases[] = { 0, 0, 0x40000000, 0x40000100, 0x80000000, 0x80860000 };
	u32 one[4];
	u64 cr4;

	cpuid(1, 0, one);
	want("OSXSAVE", 0, one[2] >> 27 & 1U, 0);
	__asm__ volatile("movq %%cr4, %0" : "=r"(cr4));
	TRY("movq %0, %%cr4", , "r"(cr4 | BIT(18)));
	cpuid(1, 0, one);
	want("OSXSAVE", 1, one[2] >> 27 & 1U, fault == NO_FAULT ? 1 : 0);
	__asm__ volatile("movq %0, %%cr4" ::"r"(cr4));
	for (u32 i = 0; i < rounds; i++) {
		const u64 v = rnd();
		const u32 near = bases[v % ARRAY_SIZE(bases)] + (u32)(v >> 8) % 0x28U;
		const u32 leaf = (v & 0xf000U) == 0U ? (u32)(v >> 32) : near;
		const u32 subleaf = (v & 0x10000U) != 0U ? (u32)(v >> 17) % 5U : (u32)rnd();
		u32 a[4], b[4];

		cpuid(leaf, subleaf, a);
		__asm__ volatile(".byte 0x66, 0x2e\n\tcpuid"
				 : "=a"(b[0]), "=b"(b[1]), "=c"(b[2]), "=d"(b[3])
				 : "a"(leaf), "c"(subleaf));
		for (u32 n = 0; n < 4U; n++) {
			want("CPUID twice", leaf, b[n], a[n]);
			if (!is_leaf(leaf))
				want("CPUID", leaf, a[n], 0);
		}
	}
	cpuid(1, 0, (u32[4]){ 0 });
}

/* ---- ports ---- */

static const struct {
	u16 first, last;
} claimed[] = {
	{ 0x20, 0x21 },   { 0x40, 0x43 },   { 0x61, 0x61 },   { 0x64, 0x64 },
	{ 0x70, 0x71 },   { 0x92, 0x92 },   { 0xa0, 0xa1 },   { 0x3f8, 0x3ff },
	{ 0x4d0, 0x4d1 }, { 0x600, 0x605 }, { 0x608, 0x60b }, { 0xcf8, 0xcff },
};

static bool is_claimed(u32 port, u32 size)
{
	for (u32 i = 0; i < ARRAY_SIZE(claimed); i++) {
		if (port + size > claimed[i].first && port <= claimed[i].last)
			return true;
	}
	return false;
}

u32 port_in(u16 port, u32 size)
{
	u32 value = 0;

	switch (size) {
	case 1:
		__asm__ volatile("inb %w1, %b0" : "+a"(value) : "d"(port));
		break;
	case 2:
		__asm__ volatile("inw %w1, %w0" : "+a"(value) : "d"(port));
		break;
	default:
		__asm__ volatile("inl %w1, %0" : "+a"(value) : "d"(port));
		break;
	}
	return value;
}

void port_out(u16 port, u32 size, u32 value)
{
	switch (size) {
	case 1:
		__asm__ volatile("outb %b0, %w1" ::"a"(value), "d"(port));
		break;
	case 2:
		__asm__ volatile("outw %w0, %w1" ::"a"(value), "d"(port));
		break;
	default:
		__asm__ volatile("outl %0, %w1" ::"a"(value), "d"(port));
		break;
	}
}

/* Where somebody is, reading harms nothing; strings are refused anywhere. */
void attack_ports(u32 rounds)
{
	static u8 memory[16];

	for (u32 i = 0; i < rounds; i++) {
		const u64 v = rnd();
		const u32 size = 1U << v % 3U;
		const u16 port = (u16)((v & 0x100U) != 0U ? v >> 16 : (v >> 16) % 0xd00U);
		const u32 value = port_in(port, size);

		if (!is_claimed(port, size)) {
			want("IN", port, value, ~0U >> (32U - 8U * size));
			port_out(port, size, (u32)(v >> 32));
		}
		if (i % 16U != 0U)
			continue;
		TRY("insb", , "d"(port), "D"(memory));
		want("INS", port, fault, GP);
		TRY("rep outsl", , "d"(port), "S"(memory), "c"(2));
		want("OUTS", port, fault, GP);
	}
}

/* ---- control registers ---- */

static u64 cr4_offered(void)
{
	u32 one[4], seven[4];

	cpuid(1, 0, one);
	cpuid(7, 0, seven);
	return 0x7fcULL | ((one[2] & BIT(26)) != 0U ? BIT(18) : 0U) |
	       ((seven[1] & BIT(0)) != 0U ? BIT(16) : 0U) |
	       ((seven[1] & BIT(7)) != 0U ? BIT(20) : 0U) |
	       ((seven[1] & BIT(20)) != 0U ? BIT(21) : 0U) |
	       ((seven[2] & BIT(2)) != 0U ? BIT(11) : 0U) |
	       ((seven[2] & BIT(3)) != 0U ? BIT(22) : 0U);
}

static void try_cr4(u64 offered)
{
	const u64 value = rnd() & (rnd() | 0xffffffU) & ((rnd() & 1U) != 0U ? ~0ULL : offered);
	/* SMAP and SMEP are left alone: the program's pages are not the user's, but its code is. */
	const u64 tried = value & ~(u64)(BIT(20) | BIT(21));
	const bool legal = (tried & ~offered) == 0U && (tried & BIT(5)) != 0U;
	u64 old, now;

	__asm__ volatile("movq %%cr4, %0" : "=r"(old));
	TRY("movq %0, %%cr4", , "r"(tried));
	want("CR4", tried, fault, legal ? NO_FAULT : GP);
	__asm__ volatile("movq %%cr4, %0" : "=r"(now));
	want("CR4 behind it", tried, now, legal ? tried : old);
	__asm__ volatile("movq %0, %%cr4" ::"r"(old));
}

/* PKRU is behind all that guests have not. */
static u32 state_size(u64 xcr0)
{
	u32 pkru[4];

	cpuid(0xd, 9, pkru);
	if ((xcr0 & BIT(9)) != 0U)
		return pkru[1] + pkru[0];
	return (xcr0 & 4U) != 0U ? 832 : 576;
}

static void try_xcr0(u64 offered)
{
	static const u8 user[] = { 0x0f, 0x01, 0xd1, 0x0f, 0x0b };
	const u64 value = rnd() & 0x2ffU;
	const u32 index = (u32)rnd() & 3U;
	u32 lo, hi, d[4];
	u64 old;

	if ((offered & BIT(18)) == 0U)
		return;
	cpuid(0xd, 0, d);
	__asm__ volatile("movq %%cr4, %0" : "=r"(old));
	__asm__ volatile("movq %0, %%cr4" ::"r"(old & ~BIT(18)));
	TRY("xsetbv", , "a"(1), "d"(0), "c"(0));
	want("XSETBV without CR4.OSXSAVE", 0, fault, UD);
	__asm__ volatile("movq %0, %%cr4" ::"r"(old | BIT(18)));
	user_run(user, 1);
	want("XSETBV of user mode", 0, fault, GP);
	TRY("xsetbv", , "a"((u32)value), "d"(0), "c"(index));
	want("XSETBV", value, fault,
	     index == 0U && (value & 1U) != 0U && (value & ~(u64)d[0]) == 0U &&
			     ((value & 4U) == 0U || (value & 2U) != 0U)
		     ? NO_FAULT
		     : GP);
	if (fault == NO_FAULT) {
		__asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
		want("XGETBV", value, lo, value);
		cpuid(0xd, 0, d);
		want("size of the state", value, d[1], state_size(value));
	}
	__asm__ volatile("movq %0, %%cr4" ::"r"(old));
}

/* Not CR0: QEMU checks nothing there, and VMRUN refuses what it let pass (CAVEATS.md). */
void attack_registers(u32 rounds)
{
	const u64 offered = cr4_offered();

	for (u32 i = 0; i < rounds; i++) {
		try_cr4(offered);
		try_xcr0(offered);
	}
}
