// SPDX-License-Identifier: Apache-2.0
/* Instructions that are not offered, hypercalls, accesses to devices. */
#include "attack.h"

#define UCALL 0xb0000000U
#define UCALL_OPS 0x1000U
#define ENOSYS_32 0xffffffffU
#define HOLE 0xc0000000ULL /* nobody is there */
#define READ_ONLY 0x60000000U
#define LAPIC_ID 0xfee00020ULL
#define LAPIC_ICR2 0xfee00310ULL

#define USER_CODE 0x1bU
#define USER_DATA 0x23U
#define TSS 0x28U

/* Behind the TSS: code of 32 and of 16 bits, data at 0, at the I/O APIC, at the local APIC. */
static u64 gdt[12] __aligned(16) = { 0,
				     0x00af9b000000ffffULL,
				     0x00cf93000000ffffULL,
				     0x00affb000000ffffULL,
				     0x00cff3000000ffffULL,
				     0,
				     0,
				     0x00cf9b000000ffffULL,
				     0x008f9b000000ffffULL,
				     0xfe8f93c00000ffffULL,
				     0xfe8f93e00000ffffULL };
static struct {
	u32 reserved;
	u64 rsp0;
	u8 rest[92];
} __packed tss;
static u8 stack[4096] __aligned(16);

void user_init(void)
{
	struct {
		u16 limit;
		u64 base;
	} __packed pointer = { sizeof(gdt) - 1U, (u64)(uintptr_t)gdt };
	const u64 base = (u64)(uintptr_t)&tss;
	u64 cr3;

	tss.rsp0 = (u64)(uintptr_t)(stack + sizeof(stack));
	gdt[5] = (sizeof(tss) - 1U) | (base & 0xffffffU) << 16 | 0x89ULL << 40 |
		 (base >> 24 & 0xffU) << 56;
	gdt[6] = base >> 32;
	__asm__ volatile("lgdt %0\n\tltr %w1" ::"m"(pointer), "r"(TSS));
	/* All is the user's: the first entry of each table on the way to the program. */
	__asm__ volatile("movq %%cr3, %0" : "=r"(cr3));
	for (u64 *table = (u64 *)(uintptr_t)cr3, level = 0; level < 3U; level++) {
		for (u32 i = 0; i < 512U; i++) {
			if ((table[i] & 1U) != 0U)
				table[i] |= 4U;
		}
		table = (u64 *)(uintptr_t)(table[0] & ~0xfffULL);
	}
	__asm__ volatile("movq %0, %%cr3" ::"r"(cr3) : "memory");
}

void segment_base(u32 selector, u32 base)
{
	u64 *d = &gdt[selector / 8U];

	*d = (*d & 0x00ffff000000ffffULL) | (u64)(base & 0xffffffU) << 16 | (u64)(base >> 24) << 56;
}

void user_run(const void *code, u64 rax)
{
	fault = NO_FAULT;
	__asm__ volatile("leaq 1f(%%rip), %%r11\n\tmovq %%r11, resume_pc\n\t"
			 "movq %%rsp, resume_rsp\n\t"
			 "pushq %1\n\tpushq %%rsp\n\tpushq $2\n\tpushq %2\n\tpushq %0\n\t"
			 "iretq\n1:"
			 :
			 : "r"(code), "i"(USER_DATA), "i"(USER_CODE), "a"(rax)
			 : "r11", "memory", "cc");
}

/* ---- what no guest has ---- */

#define REFUSED(name, insn, vector)                         \
	do {                                                \
		TRY(insn, , "a"(0x200000), "c"(0), "d"(0)); \
		want(name, 0, fault, vector);               \
	} while (0)

static void far_jump_to_tss(void)
{
	static const struct {
		u32 offset;
		u16 selector;
	} __packed to = { 0, TSS };

	TRY("ljmp *%0", , "m"(to));
	want("task switch", 0, fault, GP);
	want("its error code", 0, fault_code, TSS);
}

/*
 * CPUID as the last instruction of the lower half: behind it RIP is not canonical, and the guest
 * gets the #GP that it would get from any other instruction there.
 */
static void end_of_lower_half(void)
{
	static u64 tables[3][512] __aligned(4096);
	static u8 page[4096] __aligned(4096);
	u64 cr3;
	u64 *pml4;

	__asm__ volatile("movq %%cr3, %0" : "=r"(cr3));
	pml4 = (u64 *)(uintptr_t)cr3;
	page[4094] = 0x0f;
	page[4095] = 0xa2;
	tables[0][511] = (u64)(uintptr_t)tables[1] | 3U;
	tables[1][511] = (u64)(uintptr_t)tables[2] | 3U;
	tables[2][511] = (u64)(uintptr_t)page | 3U;
	pml4[255] = (u64)(uintptr_t)tables[0] | 3U;
	__asm__ volatile("movq %0, %%cr3" ::"r"(cr3) : "memory");
	for (u32 i = 0; i < 3U; i++) {
		u32 leaf = 0x40000100;

		fault = NO_FAULT;
		__asm__ volatile("leaq 1f(%%rip), %%r11\n\tmovq %%r11, resume_pc\n\tjmpq *%1\n1:"
				 : "+a"(leaf)
				 : "r"(0x7ffffffffffeULL)
				 : "rbx", "rcx", "rdx", "r11", "memory", "cc");
		want("RIP behind the lower half", i, fault, GP);
		want("what CPUID answered there", i, leaf, 0x40000100);
	}
	TRY("jmpq *%0", , "r"(0x800000000000ULL));
	want("jump to where no address is", 0, fault, GP);
}

/* Prefixes that mean nothing are part of an instruction all the same. */
static void prefixed(void)
{
	/* Each at its own place: without NRIPS one of another length is not expected there. */
	static u8 codes[24][8];
	static const u8 prefixes[] = { 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65,
				       0x66, 0x67, 0xf2, 0xf3, 0x41, 0x48 };

	for (u32 i = 0; i < 2U * ARRAY_SIZE(prefixes); i++) {
		u8 *code = codes[i];
		u32 leaf = 0x40000100;
		u32 n = 0;

		if (i >= ARRAY_SIZE(prefixes)) {
			code[n] = prefixes[0];
			n++;
		}
		code[n] = prefixes[i % ARRAY_SIZE(prefixes)];
		code[n + 1U] = 0x0f;
		code[n + 2U] = 0xa2;
		code[n + 3U] = 0xc3;
		TRY("call *%1", "+a"(leaf), "r"(code), "b"(0), "c"(0), "d"(0));
		want("CPUID with a prefix", i, fault == NO_FAULT ? leaf : 0U, 0x40000100);
	}
	/* R9 to CR4, and RDPMC with a prefix. */
	TRY("movq %%cr4, %%r9\n\tmovq %%r9, %%cr4", , "a"(0));
	want("CR4 by R9", 0, fault, NO_FAULT);
	TRY(".byte 0x2e\n\tmovq %%rax, %%cr4", , "a"(1ULL << 40));
	want("CR4 with a prefix", 0, fault, GP);
}

/* A region that may be read only, one nobody has: by data and as code. */
static void regions(void)
{
	u32 value = 1;

	TRY("movl (%1), %0", "+r"(value), "r"((u64)READ_ONLY));
	want("read", READ_ONLY, fault == NO_FAULT ? value : ~0U, 0);
	TRY("movl %0, (%1)", , "r"(value), "r"((u64)READ_ONLY));
	want("write", READ_ONLY, fault, GP);
	TRY("jmpq *%0", , "r"((u64)READ_ONLY));
	want("fetch", READ_ONLY, fault, GP);
	TRY("jmpq *%0", , "r"(HOLE));
	want("fetch", HOLE, fault, GP);
	TRY("jmpq *%0", , "r"((u64)LAPIC_ID));
	want("fetch", LAPIC_ID, fault, GP);
}

/* Not VMXON, VMCLEAR and VMPTRLD: QEMU executes 0F C7 /6 with memory as nothing. */
void attack_instructions(void)
{
	for (u32 i = 0; i < 8U; i++) {
		REFUSED("VMRUN", "vmrun %%rax", UD);
		REFUSED("VMLOAD", "vmload %%rax", UD);
		REFUSED("VMSAVE", "vmsave %%rax", UD);
		REFUSED("STGI", "stgi", UD);
		REFUSED("CLGI", "clgi", UD);
		REFUSED("SKINIT", "skinit %%eax", UD);
		REFUSED("INVLPGA", "invlpga %%rax, %%ecx", UD);
		REFUSED("VMXOFF", "vmxoff", UD);
		REFUSED("VMLAUNCH", "vmlaunch", UD);
		REFUSED("VMRESUME", "vmresume", UD);
		REFUSED("VMREAD", "vmread %%rax, %%rcx", UD);
		REFUSED("VMWRITE", "vmwrite %%rax, %%rcx", UD);
		REFUSED("INVEPT", "invept (%%rax), %%rcx", UD);
		REFUSED("INVVPID", "invvpid (%%rax), %%rcx", UD);
		REFUSED("VMFUNC", "vmfunc", UD);
		REFUSED("MONITOR", "monitor", UD);
		REFUSED("MWAIT", "mwait", UD);
		REFUSED("RSM", "rsm", UD);
		REFUSED("GETSEC", "getsec", UD);
		REFUSED("INVD", "invd", UD);
		REFUSED("ENCLS", ".byte 0x0f, 0x01, 0xcf", UD);
		REFUSED("RDPMC", "rdpmc", GP);
		REFUSED("WBINVD", "wbinvd", NO_FAULT);
		REFUSED("INVLPG", "invlpg (%%rax)", NO_FAULT);
		far_jump_to_tss();
		end_of_lower_half();
		prefixed();
		regions();
	}
}

/* ---- hypercalls ---- */

/* The other vendor's call, and any call from user mode, is #UD; a number nobody has is told so. */
void attack_calls(u32 rounds)
{
	for (u32 op = 0; op < UCALL_OPS; op += op < 32U ? 1U : 97U) {
		u64 rax = UCALL + op;
		u64 rbx = op == 0U ? 0U : ~0ULL;

		/* Those that are there have no such handle; a watchdog it has none either. */
		TRY("vmmcall", OUT("+a"(rax), "+b"(rbx)), "c"(0), "d"(0), "S"(0));
		want("UCALL", op, fault, NO_FAULT);
		want("its answer", op, op == 0U || op == 22U ? 1U : (s64)rax < 0, 1);
	}
	static const u8 vmmcall[] = { 0x0f, 0x01, 0xd9, 0x0f, 0x0b };
	static const u8 vmcall[] = { 0x0f, 0x01, 0xc1, 0x0f, 0x0b };
	static const u8 cpuid_call[] = { 0x0f, 0xa2, 0xf4 };

	for (u32 i = 0; i < rounds; i++) {
		u64 number = rnd() & (rnd() | 0xffU);
		u64 rax = number;
		const bool ucall = (u32)number - UCALL < UCALL_OPS;

		if (ucall)
			continue;
		TRY("vmmcall", "+a"(rax), "b"(rnd()), "c"(rnd()), "d"(rnd()), "S"(rnd()));
		want("VMMCALL", number, fault, NO_FAULT);
		want("its answer", number, (u32)(rax >> 32), ENOSYS_32);
		TRY("vmcall", , "a"(number));
		want("VMCALL", number, fault, UD);
		if (i % 8U != 0U)
			continue;
		user_run(vmmcall, number);
		want("VMMCALL of user mode", number, fault, UD);
		user_run(vmcall, number);
		want("VMCALL of user mode", number, fault, UD);
		user_run(cpuid_call, number);
		want("CPUID and HLT of user mode", number, fault, GP);
	}
}

/* ---- devices ---- */

/*
 * What is one load, one store, or one of each and arithmetic works, where nobody is with all ones;
 * everything else on a device is #GP, and does nothing.
 */
static void try_class(u64 at, bool there)
{
	u64 rax = 0;

	TRY("movl (%1), %k0", "+a"(rax), "r"(at));
	want("load", at, fault == NO_FAULT && (there || rax == 0xffffffffU), true);
	TRY("movl %k0, (%1)", , "a"(0), "r"(at));
	want("store", at, fault, NO_FAULT);
	TRY("movl $0, (%0)", , "r"(at));
	want("store of a constant", at, fault, NO_FAULT);
	TRY("movzwl (%1), %k0", "+a"(rax), "r"(at));
	want("load that extends", at, fault, NO_FAULT);
	TRY("addl $1, (%0)", , "r"(at));
	want("ADD", at, fault, NO_FAULT);
	TRY("lock incl (%0)", , "r"(at));
	want("locked INC", at, fault, GP);
	TRY("xchgl %k0, (%1)", "+a"(rax), "r"(at));
	want("XCHG", at, fault, GP);
	TRY("btsl $3, (%0)", , "r"(at));
	want("BTS", at, fault, GP);
	TRY("mull (%0)", , "r"(at), "a"(0));
	want("MUL", at, fault, GP);
	TRY("cmpxchg8b (%0)", , "r"(at), "a"(0), "d"(0), "b"(0), "c"(0));
	want("CMPXCHG8B", at, fault, GP);
	TRY("pushq (%0)\n\taddq $8, %%rsp", , "r"(at));
	want("PUSH", at, fault, GP);
	TRY("jmpq *(%0)", , "r"(at));
	want("jump through it", at, fault, GP);
	TRY("stosl", , "D"(at), "a"(0));
	want("STOS", at, fault, GP);
	TRY("movsl", , "D"(at), "S"(&gdt[1]));
	want("MOVS to it", at, fault, GP);
	TRY("fxsave (%0)", , "r"(at & ~15ULL));
	want("FXSAVE", at, fault, GP);
}

void attack_mmio(u32 rounds)
{
	for (u32 i = 0; i < rounds / 13U; i++) {
		try_class(HOLE + (rnd() & 0xffffff8ULL), false);
		if (i % 4U == 0U)
			try_class(LAPIC_ICR2, true);
	}
}
