// SPDX-License-Identifier: Apache-2.0
/*
 * Accesses from other levels and states, with operands that no compiler makes, across pages, by way
 * of page tables that are not there; and calls that the manifest refuses or hands on.
 */
#include <bulkhead/lib/types.h>

#include "attack.h"

/* arm64/probe.S */
struct probe {
	u64 faults, esr, far;
};
void probe_run(const void *code, u64 address, u64 spsr, u64 sctlr, struct probe *out);
extern const u8 code_ldr[], code_str[], code_br[], code_ldp[], code_ldp_x[], code_stp_x[],
	code_ldp_zero[], code_stp_zero[], code_ldp_stack[], code_ldr_zero[], code_str_zero[],
	code_ldr_28[], code_ldr_30[], code_ldr_stack[], code_last_vector[], code_uxtw[],
	code_uxtw_scaled[], code_lsl[], code_sxtw_scaled[], code_sxtx[], code_sxtx_scaled[],
	code_ldp_twice[], code_ldr_base[], code_ldp_base[], code_ldp_base2[], code_stgp[],
	code_sve[], code32_ldr[], code32_ldm[];

#define EL1H 0x3c5U
#define EL1T 0x3c4U
#define EL0 0x3c0U
#define EL0_32 0x1d0U

#define GICD 0x08000000U
#define PRIORITIES (GICD + 0x430U)
/* attack.dts: it may be read only, and ends where the distributor begins. */
#define REGION 0x07fff000U
#define FLAGS (GUEST_UART_BASE + 0x18U)

#define SCTLR_M (1U << 0)
#define SCTLR_E0E (1U << 24)
#define SCTLR_EE (1U << 25)

#define READ 0x96000010U
#define WRITE 0x96000050U
#define READ_EL0 0x92000010U
#define FETCH 0x86000010U
#define UNDEFINED 0x02000000U
/* Beside READ: on a walk, at level 2. */
#define WALK_L2 0x6U

#define IN_DEVICE 0xc0000000U

static const struct {
	const char *name;
	const u8 *code;
	u64 address, spsr;
	u32 sctlr; /* bits that are set meanwhile */
	u32 esr;   /* 0: it is answered */
	u64 far;   /* of an abort, from @address on */
} probes[] = {
	{ "ldp zero", code_ldp_zero, PRIORITIES, EL1H, 0, 0, 0 },
	{ "stp zero", code_stp_zero, PRIORITIES, EL1H, 0, 0, 0 },
	{ "ldr zero", code_ldr_zero, PRIORITIES, EL1H, 0, 0, 0 },
	{ "str zero", code_str_zero, PRIORITIES, EL1H, 0, 0, 0 },
	{ "x28", code_ldr_28, PRIORITIES, EL1H, 0, 0, 0 },
	{ "x30", code_ldr_30, PRIORITIES, EL1H, 0, 0, 0 },
	{ "SP_EL0, writeback", code_ldr_stack, PRIORITIES, EL1T, 0, 0, 0 },
	{ "vector 31", code_last_vector, PRIORITIES, EL1H, 0, 0, 0 },
	{ "uxtw", code_uxtw, PRIORITIES, EL1H, 0, 0, 0 },
	{ "uxtw #2", code_uxtw_scaled, PRIORITIES, EL1H, 0, 0, 0 },
	{ "lsl", code_lsl, PRIORITIES, EL1H, 0, 0, 0 },
	{ "sxtw #2", code_sxtw_scaled, PRIORITIES, EL1H, 0, 0, 0 },
	{ "sxtx", code_sxtx, PRIORITIES, EL1H, 0, 0, 0 },
	{ "sxtx #3", code_sxtx_scaled, PRIORITIES, EL1H, 0, 0, 0 },
	{ "ldp twice", code_ldp_twice, PRIORITIES, EL1H, 0, READ, 0 },
	{ "ldr base", code_ldr_base, PRIORITIES, EL1H, 0, READ, 0 },
	{ "ldp base", code_ldp_base, PRIORITIES, EL1H, 0, READ, 0 },
	{ "ldp base 2", code_ldp_base2, PRIORITIES, EL1H, 0, READ, 0 },
	{ "big endian", code_ldp, PRIORITIES, EL1H, SCTLR_EE, READ, 0 },
	{ "SP_EL0", code_ldp_stack, PRIORITIES, EL1T, 0, 0, 0 },
	{ "EL0", code_ldp, PRIORITIES, EL0, 0, 0, 0 },
	{ "EL0 big endian", code_ldp, PRIORITIES, EL0, SCTLR_E0E, READ_EL0, 0 },
	{ "AArch32 UART", code32_ldr, FLAGS, EL0_32, 0, 0, 0 },
	{ "AArch32 GIC", code32_ldr, PRIORITIES, EL0_32, 0, 0, 0 },
	{ "AArch32 ldm", code32_ldm, PRIORITIES, EL0_32, 0, READ_EL0, 0 },
	{ "SVE", code_sve, 0, EL1H, 0, UNDEFINED, 0 },
	{ "out of a page", code_ldp_x, GICD + 0xff8U, EL1H, 0, READ, 0 },
	{ "out of a page", code_stp_x, GICD + 0xff8U, EL1H, 0, WRITE, 0 },
	{ "into a page", code_ldp_x, GICD - 8U, EL1H, 0, READ, 8 },
	{ "may be read", code_ldr, REGION, EL1H, 0, 0, 0 },
	{ "not be written", code_str, REGION, EL1H, 0, WRITE, 0 },
	{ "not be run", code_br, REGION, EL1H, 0, FETCH, 0 },
	{ "tables in a device", code_ldr, IN_DEVICE, EL1H, SCTLR_M, READ | WALK_L2, 0 },
};

/* What each GiB is: devices, RAM; tables that are nowhere, in a device, and one that is there. */
#define NOWHERE_L2 0x080000000UL
#define NOWHERE_L3 0x100000000UL

/* Walks that end at tables that are not there: as on the bare machine. */
static const struct {
	const char *name;
	const u8 *code;
	u64 address, spsr;
} walks[] = {
	{ "ldr, level 2", code_ldr, NOWHERE_L2, EL1H },
	{ "str, level 2", code_str, NOWHERE_L2, EL1H },
	{ "br, level 2", code_br, NOWHERE_L2, EL1H },
	{ "ldr, level 3", code_ldr, NOWHERE_L3, EL1H },
	{ "str, level 3", code_str, NOWHERE_L3, EL1H },
	{ "br, level 3", code_br, NOWHERE_L3, EL1H },
	{ "ldp, level 3", code_ldp, NOWHERE_L3, EL1H },
	{ "EL0 ldr, level 2", code_ldr, NOWHERE_L2, EL0 },
	{ "EL0 br, level 3", code_br, NOWHERE_L3, EL0 },
};

#define NOTHING 0x0b000000U
#define TABLE 3U

static u64 level2[512] __attribute__((aligned(4096))) = { NOTHING | TABLE };
static u64 level1[512] __attribute__((aligned(4096))) = {
	0x0060000000000401, /* device, XN, AF */
	0x0000000040000405, /* normal, AF */
	NOTHING | TABLE,
	GICD | TABLE,
};

static u64 sctlr(void)
{
	u64 value;

	__asm__ volatile("mrs %0, sctlr_el1" : "=r"(value));
	return value;
}

/* 39 bits, 4 KiB, walks not cached; attribute 0: nGnRnE, 1: not cached. */
static void tables_set(void)
{
	level1[4] = (u64)(uintptr_t)level2 | TABLE;
	__asm__ volatile("msr mair_el1, %0\n\t"
			 "msr tcr_el1, %1\n\t"
			 "msr ttbr0_el1, %2\n\t"
			 "dsb sy\n\ttlbi vmalle1\n\tdsb sy\n\tisb" ::"r"(0x4400UL),
			 "r"(2UL << 32 | 1UL << 23 | 25UL), "r"((u64)(uintptr_t)level1)
			 : "memory");
}

static void probe_all(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(probes); i++) {
		const u64 wanted = probes[i].esr;
		struct probe p;

		probe_run(probes[i].code, probes[i].address, probes[i].spsr,
			  sctlr() | probes[i].sctlr, &p);
		if (p.faults == (wanted != 0U ? 1U : 0U) && p.esr == wanted &&
		    (EC(p.esr) == EC_UNKNOWN || p.far == probes[i].address + probes[i].far))
			continue;
		guest_printf("probe %s: %llu faults, esr 0x%llx far 0x%llx, expected esr 0x%llx\n",
			     probes[i].name, (unsigned long long)p.faults,
			     (unsigned long long)p.esr, (unsigned long long)p.far,
			     (unsigned long long)wanted);
		guest_exit(1);
	}
}

void walks_run(void)
{
	tables_set();
	for (u32 i = 0; i < ARRAY_SIZE(walks); i++) {
		struct probe p;

		probe_run(walks[i].code, walks[i].address, walks[i].spsr, sctlr() | SCTLR_M, &p);
		guest_check(p.faults == 1U);
		guest_printf("access walk | %s | esr 0x%llx far +%lld\n", walks[i].name,
			     (unsigned long long)p.esr, (long long)(p.far - walks[i].address));
	}
}

/* Where there are memory tags its data is not written, and else it is undefined. */
static void probe_tags(void)
{
	struct probe p;

	probe_run(code_stgp, PRIORITIES, EL1H, sctlr(), &p);
	guest_check(p.faults == 1U && (p.esr == WRITE || p.esr == UNDEFINED));
}

static s64 call(u64 id, u64 a)
{
	u64 x[18] = { id, a };

	guest_call(x, true);
	return (s64)x[0];
}

#define NOT_SUPPORTED (-1LL)
#define INVALID_PARAMETERS (-2LL)
#define NO_ENTROPY (-3LL)

/* attack.dts: one is refused that there is, one is handed on that firmware does not know. */
static void calls_filtered(void)
{
	guest_check(call(0x84000000U, 0) == 0x10001);
	guest_check(call(0x8400000aU, 0x84000000U) == NOT_SUPPORTED);
	guest_check((s32)call(0x82000010U, 0) == NOT_SUPPORTED);
	guest_check((s32)call(0x82000011U, 0) == NOT_SUPPORTED);
}

static void random_numbers(void)
{
	static const u32 bits[] = { 1, 32, 33, 64, 65, 96, 128, 192 };

	guest_check(call(0x84000053U, 97) == INVALID_PARAMETERS);
	guest_check(call(0xc4000053U, 0) == INVALID_PARAMETERS);
	for (u32 i = 0; i < ARRAY_SIZE(bits); i++) {
		const s64 got = call(0xc4000053U, bits[i]);

		guest_check(got == 0 || got == NO_ENTROPY);
		if (bits[i] <= 96U)
			guest_check(call(0x84000053U, bits[i]) == got);
	}
}

/* FPEN; ZEN has no meaning where there is no SVE. */
static void extensions(u64 cpacr)
{
	__asm__ volatile("msr cpacr_el1, %0\n\tisb" ::"r"(cpacr));
}

void probes_run(void)
{
	tables_set();
	extensions(3UL << 20 | 3UL << 16);
	probe_all();
	extensions(3UL << 20);
	probe_tags();
	calls_filtered();
	random_numbers();
	guest_printf("probes | %u\n", (u32)ARRAY_SIZE(probes));
}
