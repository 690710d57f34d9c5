// SPDX-License-Identifier: Apache-2.0
/* User mode: system calls, and what keeps it and the kernel apart: SMEP, SMAP, UMIP, PKU. */
#include "cpu.h"

#include <bulkhead/lib/string.h>

#define CR4_TSD BIT(2)
#define CR4_UMIP BIT(11)
#define CR4_SMEP BIT(20)
#define CR4_SMAP BIT(21)
#define CR4_PKE BIT(22)
#define PAGE_USER 4ULL
#define EFER 0xc0000080U
#define EFER_SCE 1ULL
#define STAR 0xc0000081U
#define LSTAR 0xc0000082U
#define FMASK 0xc0000084U

static u64 gdt[7] = { 0,
		      0x00af9b000000ffffULL, /* kernel's code */
		      0x00cf93000000ffffULL, /* data */
		      0x00cff3000000ffffULL, /* user's data */
		      0x00affb000000ffffULL, /* code, as SYSRET wants them */
		      0,
		      0 };
static u32 task[26];
static u8 stack[8192] __aligned(16);

extern u64 system_call_from;
extern const u8 system_call[];
void enter_user(u64 pc, u64 sp);

void user_init(void)
{
	const u64 base = (u64)(uintptr_t)task;
	const u64 top = (u64)(uintptr_t)&stack[sizeof(stack)];
	struct {
		u16 limit;
		u64 base;
	} __packed pointer = { sizeof(gdt) - 1U, (u64)(uintptr_t)gdt };
	u64 cr3;
	u64 *level;

	task[1] = (u32)top; /* RSP0 */
	task[25] = sizeof(task) << 16;
	gdt[5] = 0x890000000000ULL | (sizeof(task) - 1U) | (base & 0xffffffU) << 16 |
		 (base >> 24 & 0xffU) << 56;
	__asm__ volatile("lgdt %0" : : "m"(pointer));
	__asm__ volatile("ltr %w0" : : "r"(TASK));
	__asm__ volatile("mov %%cr3, %0" : "=r"(cr3));
	for (u32 shift = 39; shift >= 21U; shift -= 9U) {
		level = (u64 *)(uintptr_t)(cr3 & ~0xfffULL) + (USER >> shift & 511U);
		*level |= PAGE_USER;
		cr3 = *level;
	}
	__asm__ volatile("invlpg %0" : : "m"(*(u8 *)USER));
}

static void user_go(u64 arg)
{
	enter_user(arg, USER_STACK);
}

u32 try_user(const void *code, u32 n)
{
	static const u8 end[] = { 0x0f, 0x0b };

	memcpy((void *)USER_CODE, code, n);
	memcpy((u8 *)USER_CODE + n, end, sizeof(end));
	return try_call(user_go, USER_CODE);
}

#define TRY_USER(...)                                     \
	({                                                \
		static const u8 code[] = { __VA_ARGS__ }; \
		try_user(code, sizeof(code));             \
	})

static void test_rings(void)
{
	CHECK("user mode", TRY_USER(0x90) == VECTOR_UD && fault.pc == USER_CODE + 1U);
	CHECK("HLT in user mode", TRY_USER(0xf4) == VECTOR_GP);
	CHECK("CLI in user mode", TRY_USER(0xfa) == VECTOR_GP);
	CHECK("ports in user mode", TRY_USER(0xe6, 0x80) == VECTOR_GP);
	CHECK("control registers in user mode", TRY_USER(0x0f, 0x20, 0xc0) == VECTOR_GP);
	CHECK("RDMSR in user mode", TRY_USER(0x0f, 0x32) == VECTOR_GP);
	/* mov 0x400000, %eax */
	CHECK("the kernel's memory in user mode",
	      TRY_USER(0x8b, 0x04, 0x25, 0, 0, 0x40, 0) == VECTOR_PF && fault.error == 5U);
	cr4_write(cr4_read() | CR4_TSD);
	CHECK("RDTSC in user mode while CR4.TSD is set", TRY_USER(0x0f, 0x31) == VECTOR_GP);
	cr4_write(cr4_read() & ~CR4_TSD);
	CHECK("RDTSC in user mode", TRY_USER(0x0f, 0x31) == VECTOR_UD);
}

static void test_syscall(void)
{
	msr_write(EFER, msr_read(EFER) | EFER_SCE);
	msr_write(STAR, (u64)(USER_SS - 8U) << 48 | (u64)KERNEL_CODE << 32);
	msr_write(LSTAR, (u64)(uintptr_t)system_call);
	msr_write(FMASK, 0x200);
	CHECK("SYSCALL and SYSRET", TRY_USER(0x0f, 0x05) == VECTOR_UD &&
					    system_call_from == USER_CODE + 2U &&
					    fault.pc == USER_CODE + 2U);
	msr_write(EFER, msr_read(EFER) & ~EFER_SCE);
	CHECK("SYSCALL while EFER.SCE is clear",
	      TRY_USER(0x0f, 0x05) == VECTOR_UD && fault.pc == USER_CODE);
}

static void load(u64 arg)
{
	(void)*(volatile u32 *)arg;
}

static void load_allowed(u64 arg)
{
	__asm__ volatile("stac");
	load(arg);
	__asm__ volatile("clac");
}

static void jump(u64 arg)
{
	((void (*)(void))arg)();
}

static void test_smep_smap(void)
{
	*(u8 *)USER_CODE = 0xc3; /* ret */
	CHECK("the user's code in the kernel", try_call(jump, USER_CODE) == NO_FAULT);
	if (has(7, 1, 7)) {
		cr4_write(cr4_read() | CR4_SMEP);
		CHECK("SMEP", try_call(jump, USER_CODE) == VECTOR_PF && fault.error == 0x11U &&
				      fault.cr2 == USER_CODE);
		cr4_write(cr4_read() & ~CR4_SMEP);
	} else {
		SKIP("SMEP");
	}
	if (!has(7, 1, 20)) {
		SKIP("SMAP");
		return;
	}
	cr4_write(cr4_read() | CR4_SMAP);
	CHECK("SMAP", try_call(load, USER_DATA) == VECTOR_PF && fault.error == 1U &&
			      fault.cr2 == USER_DATA);
	CHECK("SMAP and STAC", try_call(load_allowed, USER_DATA) == NO_FAULT);
	cr4_write(cr4_read() & ~CR4_SMAP);
	CHECK("no SMAP", try_call(load, USER_DATA) == NO_FAULT);
}

static void test_umip(void)
{
	/* sgdt, sidt, sldt, str, smsw: to the stack, or to EAX. */
	static const u8 code[][4] = { { 0x0f, 0x01, 0x04, 0x24 },
				      { 0x0f, 0x01, 0x0c, 0x24 },
				      { 0x0f, 0x00, 0xc0, 0x90 },
				      { 0x0f, 0x00, 0xc8, 0x90 },
				      { 0x0f, 0x01, 0xe0, 0x90 } };
	u32 with = 0, without = 0;

	if (!has(7, 2, 2)) {
		SKIP("UMIP");
		return;
	}
	for (u32 i = 0; i < ARRAY_SIZE(code); i++) {
		cr4_write(cr4_read() | CR4_UMIP);
		with += try_user(code[i], 4) == VECTOR_GP ? 1U : 0U;
		cr4_write(cr4_read() & ~CR4_UMIP);
		without += try_user(code[i], 4) == VECTOR_UD ? 1U : 0U;
	}
	CHECK("UMIP", with == ARRAY_SIZE(code));
	CHECK("no UMIP", without == ARRAY_SIZE(code));
}

static void pkru_write(u32 value)
{
	__asm__ volatile("wrpkru" : : "a"(value), "c"(0), "d"(0));
}

static void test_pku(void)
{
	/* mov USER_DATA, %eax; mov %eax, USER_DATA */
	static const u8 reads[] = { 0x8b, 0x04, 0x25, 0, 0x10, 0, 1 };
	static const u8 writes[] = { 0x89, 0x04, 0x25, 0, 0x10, 0, 1 };
	u32 vector;

	if (!has(7, 2, 3)) {
		SKIP("PKU");
		return;
	}
	cr4_write(cr4_read() | CR4_PKE);
	pkru_write(0);
	CHECK("PKU that allows", try_user(reads, sizeof(reads)) == VECTOR_UD &&
					 try_user(writes, sizeof(writes)) == VECTOR_UD);
	memcpy((void *)USER_CODE, writes, sizeof(writes));
	pkru_write(2);
	vector = try_call(user_go, USER_CODE);
	CHECK("PKU that denies writes", vector == VECTOR_PF && fault.error == 0x27U);
	pkru_write(0);
	memcpy((void *)USER_CODE, reads, sizeof(reads));
	pkru_write(1);
	vector = try_call(user_go, USER_CODE);
	CHECK("PKU that denies reads", vector == VECTOR_PF && fault.error == 0x25U);
	pkru_write(0);
	cr4_write(cr4_read() & ~CR4_PKE);
}

void test_user(void)
{
	test_rings();
	test_syscall();
	test_smep_smap();
	test_umip();
	test_pku();
}
