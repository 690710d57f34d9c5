// SPDX-License-Identifier: Apache-2.0
#include "../guest_arch.h"

/* 16550: data, line status. */
#define COM1 0x3f8U
#define COM1_LCR (COM1 + 3U)
#define COM1_LSR (COM1 + 5U)
#define LCR_8N1 0x03U
#define LSR_THRE (1U << 5)
#define LSR_TEMT (1U << 6)

/* PM1 control of a partition's machine: SLP_EN with the type of _S5. */
#define PM1_CONTROL 0x604U
#define PM1_OFF 0x3400U

#define EXIT_QEMU 0xf4U
#define EXIT_QEMU_PASSED 0x10U
#define EXIT_QEMU_FAILED 0x11U
#define EXIT_BOCHS 0x8900U

#define VECTORS 256U
#define STUB_SIZE 16U
#define CODE_SELECTOR 8U
#define GATE_PRESENT_INTERRUPT 0x8e00U

/* Interrupt gate (Intel SDM vol. 3, 6.14.1). */
struct gate {
	u16 offset_15_0;
	u16 selector;
	u16 attributes;
	u16 offset_31_16;
	u32 offset_63_32;
	u32 reserved;
};
_Static_assert(sizeof(struct gate) == 16U, "a gate has 16 bytes");

static struct gate idt[VECTORS] __aligned(16);

extern const u8 vector_stubs[];

static void out8(u16 port, u8 v)
{
	__asm__ volatile("outb %0, %1" ::"a"(v), "Nd"(port));
}

#ifdef GUEST_BARE
static void out32(u16 port, u32 v)
{
	__asm__ volatile("outl %0, %1" ::"a"(v), "Nd"(port));
}
#else
static void out16(u16 port, u16 v)
{
	__asm__ volatile("outw %0, %1" ::"a"(v), "Nd"(port));
}
#endif

static u8 in8(u16 port)
{
	u8 v;

	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static void wait_line(u8 bit)
{
	while ((in8(COM1_LSR) & bit) == 0U)
		__asm__ volatile("pause");
}

void guest_putc(char c)
{
	wait_line(LSR_THRE);
	out8(COM1, (u8)c);
}

static void cpuid(u32 leaf, u32 *ebx, u32 *ecx)
{
	u32 eax = leaf;
	u32 edx;

	*ecx = 0;
	__asm__ volatile("cpuid" : "+a"(eax), "=b"(*ebx), "+c"(*ecx), "=d"(edx));
}

/* RDX, @c, becomes the second result. */
static u64 hypercall(u64 number, u64 a, u64 b, u64 *c, u64 d)
{
	u32 vendor, ecx;
	u64 result;

	cpuid(0, &vendor, &ecx);
	if (vendor == 0x756e6547U) /* "Genu": VMX */
		__asm__ volatile("vmcall"
				 : "=a"(result), "+d"(*c)
				 : "a"(number), "b"(a), "c"(b), "S"(d)
				 : "memory");
	else
		__asm__ volatile("vmmcall"
				 : "=a"(result), "+d"(*c)
				 : "a"(number), "b"(a), "c"(b), "S"(d)
				 : "memory");
	return result;
}

u64 guest_hypercall(u64 number, u64 a, u64 b, u64 c, u64 d)
{
	return hypercall(number, a, b, &c, d);
}

u64 guest_hypercall_two(u64 number, u64 a, u64 b, u64 c, u64 *second)
{
	*second = c;
	return hypercall(number, a, b, second, 0);
}

#ifdef GUEST_BARE
static void machine_end(u32 status)
{
	static const char off[] = "Shutdown";

	out32(EXIT_QEMU, status == 0U ? EXIT_QEMU_PASSED : EXIT_QEMU_FAILED);
	if (status == 0U)
		out8(EXIT_BOCHS, 'D');
	else
		for (const char *c = off; *c != '\0'; c++)
			out8(EXIT_BOCHS, (u8)*c);
}
#else
static void machine_end(u32 status)
{
	(void)status;
	out16(PM1_CONTROL, PM1_OFF);
}
#endif

void guest_arch_exit(u32 status)
{
	wait_line(LSR_TEMT);
	machine_end(status);
	for (;;)
		__asm__ volatile("hlt");
}

void guest_arch_show(const struct guest_frame *frame)
{
	u64 cr2;

	__asm__ volatile("mov %%cr2, %0" : "=r"(cr2));
	guest_printf("guest: error 0x%llx CR2 0x%llx rsp 0x%llx\n",
		     (unsigned long long)frame->error, (unsigned long long)cr2,
		     (unsigned long long)frame->rsp);
}

static void idt_load(void)
{
	struct {
		u16 limit;
		u64 base;
	} __packed pointer = { sizeof(idt) - 1U, (u64)(uintptr_t)idt };

	for (u32 v = 0; v < VECTORS; v++) {
		u64 stub = (u64)(uintptr_t)vector_stubs + (u64)v * STUB_SIZE;

		idt[v] = (struct gate){ .offset_15_0 = (u16)stub,
					.selector = CODE_SELECTOR,
					.attributes = GATE_PRESENT_INTERRUPT,
					.offset_31_16 = (u16)(stub >> 16),
					.offset_63_32 = (u32)(stub >> 32) };
	}
	__asm__ volatile("lidt %0" ::"m"(pointer));
}

uintptr_t guest_info;

void guest_start(uintptr_t info)
{
	guest_info = info;
	out8(COM1_LCR, LCR_8N1);
	idt_load();
	guest_main(info);
	guest_exit(0);
}
