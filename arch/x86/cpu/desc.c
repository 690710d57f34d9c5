// SPDX-License-Identifier: Apache-2.0
#include <asm/desc.h>
#include <asm/msr.h>
#include <asm/x86.h>
#include <bulkhead/arch/percpu.h>

#define GDT_ENTRIES 5U
#define GATE_INTERRUPT 0x8eU /* present, DPL 0, 64-bit interrupt gate */
#define TSS_AVAILABLE 0x89U

static struct gate idt[VEC_COUNT];
static u64 gdt[CONFIG_MAX_CPUS][GDT_ENTRIES] __aligned(64);
static struct tss tss[CONFIG_MAX_CPUS] __aligned(64);

static u8 ist_of(u32 vector)
{
	switch (vector) {
	case VEC_DF:
		return IST_DF;
	case VEC_NMI:
		return IST_NMI;
	case VEC_MC:
		return IST_MC;
	default:
		return 0;
	}
}

void idt_init(void)
{
	for (u32 v = 0; v < VEC_COUNT; v++) {
		u64 entry = (uintptr_t)vectors_start + v * (u64)vector_stride;

		idt[v] = (struct gate){
			.offset_lo = (u16)entry,
			.selector = SEL_CODE64,
			.ist = ist_of(v),
			.type = GATE_INTERRUPT,
			.offset_mid = (u16)(entry >> 16),
			.offset_hi = (u32)(entry >> 32),
		};
	}
}

static void tss_fill(u32 id)
{
	struct tss *t = &tss[id];

	for (u32 i = 0; i < IST_COUNT; i++)
		t->ist[i] = (uintptr_t)x86_ist_stacks[id].ist[i].stack + X86_IST_STACK_SIZE;
	t->iomap_base = sizeof(*t);
}

uintptr_t desc_tss(u32 id)
{
	return (uintptr_t)&tss[id];
}

/* SDM volume 3, figures 3-8 and 8-4. */
static void gdt_fill(u32 id)
{
	u64 *g = gdt[id];
	u64 base = (uintptr_t)&tss[id];

	g[SEL_CODE64 / 8] = 0x00af9b000000ffffULL;
	g[SEL_DATA / 8] = 0x00cf93000000ffffULL;
	g[SEL_TSS / 8] = FIELD_PREP(sizeof(struct tss) - 1U, 15, 0) | FIELD_PREP(base, 39, 16) |
			 FIELD_PREP(TSS_AVAILABLE, 47, 40) | FIELD_PREP(base >> 24, 63, 56);
	g[SEL_TSS / 8 + 1] = base >> 32;
}

void desc_load(u32 id)
{
	struct table_register gdtr = { .limit = sizeof(gdt[id]) - 1U, .base = (uintptr_t)gdt[id] };
	struct table_register idtr = { .limit = sizeof(idt) - 1U, .base = (uintptr_t)idt };

	tss_fill(id);
	gdt_fill(id);
	__asm__ volatile("lgdt %0" : : "m"(gdtr));
	__asm__ volatile("ltr %w0" : : "r"(SEL_TSS));
	__asm__ volatile("lidt %0" : : "m"(idtr));
	wrmsr(IA32_GS_BASE, (uintptr_t)&cpus[id]);
}
