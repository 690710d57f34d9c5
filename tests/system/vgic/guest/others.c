// SPDX-License-Identifier: Apache-2.0
/* As many vcpus as there are: what is sent to one, to some and to all, and routed by affinity. */
#include "gic.h"

#define PSCI_CPU_ON 0xc4000003ULL
#define SGI1R(intid, targets) ((u64)(intid) << 24 | (targets))
#define ALL_OTHERS (1ULL << 40)
#define OTHERS_MAX 16U
#define FIRST 2U
#define TYPER_LAST (1U << 4)

void other_entry(void);

static volatile u32 counts[OTHERS_MAX];

u32 vcpus(void)
{
	u32 n = 0;

	while ((read32(GICR(n) + 8U) & TYPER_LAST) == 0U)
		n++;
	return n + 1U;
}

/* Its redistributor is set up from here. */
static void other_start(u32 n)
{
	write32(GICR(n) + 0x14U, 0);
	for (u32 i = 0; i < 32U; i += 4U)
		write32(GICR_SGI(n) + REG_IPRIORITYR + i, 0x80808080U);
	/* What was sent to all others while it was off. */
	write32(GICR_SGI(n) + REG_ICPENDR, 0xffffU);
	write32(GICR_SGI(n) + REG_ISENABLER, 0xffffU);
	guest_check(guest_hypercall(PSCI_CPU_ON, n, (u64)(uintptr_t)other_entry,
				    (u64)(uintptr_t)&counts[n], 0) == 0U);
}

/* Until each of them has taken @total. */
static void all_took(u32 n, u32 total)
{
	const u64 from = guest_ticks();

	for (u32 i = FIRST; i < n; i++) {
		while (counts[i] < total && guest_ticks() - from < LONG_TIME)
			__asm__ volatile("yield");
		if (counts[i] != total) {
			guest_printf("vcpu %u took %u interrupts, expected %u\n", i, counts[i],
				     total);
			guest_exit(1);
		}
	}
}

void test_others(void)
{
	const u32 n = vcpus();
	u32 total = 0;

	for (u32 i = FIRST; i < n; i++)
		other_start(i);
	icc_sgi(SGI1R(1, 0) | ALL_OTHERS);
	all_took(n, ++total);
	icc_sgi(SGI1R(2, ((1U << n) - 1U) & ~3U));
	all_took(n, ++total);
	for (u32 i = FIRST; i < n; i++)
		icc_sgi(SGI1R(i, 1U << i));
	all_took(n, ++total);
	/* Twice the same, the second one where the first was. */
	for (u32 i = FIRST; i < n; i++)
		icc_sgi(SGI1R(i, 1U << i));
	all_took(n, ++total);
	for (u32 i = FIRST; i < n; i++) {
		gic_route(SPI, i);
		write32(DEVICE_BASE + DEVICE_PEND, SPI);
		gic_route(EDGE_INTID, i);
		write32(DEVICE_BASE + DEVICE_EDGE, EDGE_INTID);
		while (counts[i] < total + 2U)
			__asm__ volatile("yield");
	}
	total += 2U;
	/* There is no such vcpu. */
	icc_sgi(SGI1R(1, 1U << n));
	gic_route(SPI, n);
	write32(DEVICE_BASE + DEVICE_PEND, SPI);
	all_took(n, total);
	gic_set(REG_ICPENDR, SPI);
	gic_route(SPI, 0);
	guest_printf("interrupts of %u vcpus: good\n", n);
}
