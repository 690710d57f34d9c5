// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/lib/types.h>

#include "attack.h"

/* arm64/snippets.S */
struct form {
	const void *code;
	const char *name;
	u64 writes;
};
extern const struct form forms[], forms_end[], forms_lse[], forms_lse_end[];

#define PATTERN 0xd5d5d5d5d5d5d5d5ULL
#define GICD 0x08000000U

/*
 * Where: nothing, a word of the distributor that keeps what is written, the same where none but a
 * byte is aligned, registers of the UART.
 */
static const struct place {
	const char *name;
	u64 address;
} places[] = {
	{ "nothing", 0x0b000000 },
	{ "gicd", GICD + 0x430U }, /* GICD_IPRIORITYR, bytes */
	{ "odd", GICD + 0x431U },
	{ "uart", GUEST_UART_BASE + 0x20U }, /* ILPR, IBRD, FBRD, LCR_H */
};

/* Fills what is read: three priorities are enough to see which bytes came. */
static void place_fill(const struct place *p)
{
	if (p->address == places[0].address)
		return;
	for (u32 i = 0; i < 32U; i += 4U)
		*(volatile u32 *)(uintptr_t)((p->address & ~3ULL) + i) =
			p->address >= GUEST_UART_BASE ? 0U : 0x10203040U + (i << 4);
}

/* What an access left as it was is shown as "-". */
static void show(u64 value)
{
	if (value == PATTERN)
		guest_printf(" -");
	else
		guest_printf(" %llx", (unsigned long long)value);
}

static void try_form(const struct place *p, const struct form *f)
{
	const u64 data = f->writes != 0U ? 0U : PATTERN;
	struct snippet s = { .x = { p->address, data, data, PATTERN },
			     .q = { data, data, data, data } };

	place_fill(p);
	taken.count = 0;
	snippet_run(f->code, &s);
	if (taken.count != 0U) {
		guest_check(s.x[0] == p->address && s.x[1] == data && s.x[2] == data);
		guest_check(s.q[0] == data && s.q[3] == data);
		guest_printf("access %s | %s | esr 0x%llx far +%lld\n", p->name, f->name,
			     (unsigned long long)taken.esr,
			     EC(taken.esr) == EC_UNKNOWN ? 0LL
							 : (long long)(taken.far - p->address));
		return;
	}
	guest_printf("access %s | %s |", p->name, f->name);
	for (u32 i = 1; i < ARRAY_SIZE(s.x); i++)
		show(s.x[i]);
	for (u32 i = 0; i < ARRAY_SIZE(s.q); i++)
		show(s.q[i]);
	guest_printf(" base +%lld\n", (long long)(s.x[0] - p->address));
}

static bool has_lse(void)
{
	u64 isar0;

	__asm__ volatile("mrs %0, id_aa64isar0_el1" : "=r"(isar0));
	return (isar0 >> 20 & 0xfU) != 0U;
}

void access_forms(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(places); i++) {
		for (const struct form *f = forms; f < forms_end; f++)
			try_form(&places[i], f);
		for (const struct form *f = forms_lse; f < forms_lse_end && has_lse(); f++)
			try_form(&places[i], f);
	}
}

void fetches(void)
{
	static const u64 at[] = { 0,          0x0b000000,  GICD,       GICD + 0xffecU,
				  0x080a0000, 0x09000000,  0x7ffff000, 0x3fffffff000,
				  0xfffff000, 0xfffffffff0 };

	for (u32 i = 0; i < ARRAY_SIZE(at); i++) {
		taken.count = 0;
		((void (*)(void))(uintptr_t)at[i])();
		guest_printf("fetch 0x%llx | esr 0x%llx far +%lld\n", (unsigned long long)at[i],
			     (unsigned long long)taken.esr, (long long)(taken.far - at[i]));
		guest_check(taken.count == 1U);
	}
}
