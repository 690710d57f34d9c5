// SPDX-License-Identifier: Apache-2.0
/* Performance monitors of this CPU, handed from vcpu to vcpu. */
#include <asm/pmu.h>
#include <asm/sysreg.h>
#include <bulkhead/fw/machine.h>

#define PMUVER_NONE 0U
#define PMUVER_8_1 4U
#define PMUVER_8_5 6U
#define PMUVER_OTHER 0xfU /* not the architecture's */

#define PMCR_E BIT(0)
#define PMCR_P BIT(1)
#define PMCR_C BIT(2)
#define PMCR_N_SHIFT 11U
#define PMCR_N_MASK 0x1fU

#define PPI_FIRST 16U
#define PPI_COUNT 16U

/* What of versions behind it would be new state is not known here. */
u32 pmu_version(u32 field)
{
	if (field == PMUVER_NONE || field == PMUVER_OTHER)
		return 0;
	return field < PMUVER_8_5 ? field : PMUVER_8_5;
}

static u32 field_of_cpu(void)
{
	return id_field(read_sysreg(id_aa64dfr0_el1), ID_DFR0_PMUVER_SHIFT);
}

bool pmu_described(void)
{
	return pmu_version(field_of_cpu()) != 0U && machine.pmu_intid - PPI_FIRST < PPI_COUNT;
}

static void traps(bool on)
{
	const u64 bits = MDCR_TPM | MDCR_TPMCR;
	const u64 mdcr = read_sysreg(mdcr_el2);

	write_sysreg(mdcr_el2, on ? mdcr | bits : mdcr & ~bits);
}

static void silence(void)
{
	write_sysreg(pmcr_el0, 0);
	write_sysreg(pmcntenclr_el0, ~0ULL);
	write_sysreg(pmintenclr_el1, ~0ULL);
	write_sysreg(pmovsclr_el0, ~0ULL);
	write_sysreg(pmuserenr_el0, 0);
}

void pmu_cpu_init(void)
{
	const u32 field = field_of_cpu();
	u64 mdcr = read_sysreg(mdcr_el2);

	if (pmu_version(field) == 0U)
		return;
	if (field >= PMUVER_8_1)
		mdcr |= MDCR_HPMD;
	if (field >= PMUVER_8_5)
		mdcr |= MDCR_HCCD;
	write_sysreg(mdcr_el2, mdcr);
	silence();
}

static u32 counters(void)
{
	return (u32)(read_sysreg(pmcr_el0) >> PMCR_N_SHIFT) & PMCR_N_MASK;
}

static void counter_select(u32 n)
{
	write_sysreg(pmselr_el0, n);
	isb();
}

void pmu_load(const struct vcpu_pmu *p)
{
	const u32 n = counters();

	for (u32 i = 0; i < n; i++) {
		counter_select(i);
		write_sysreg(pmxevtyper_el0, p->type[i]);
		write_sysreg(pmxevcntr_el0, p->count[i]);
	}
	write_sysreg(pmselr_el0, p->select);
	write_sysreg(pmuserenr_el0, p->user);
	write_sysreg(pmccntr_el0, p->cycles);
	write_sysreg(pmccfiltr_el0, p->cycle_filter);
	write_sysreg(pmovsset_el0, p->overflowed);
	write_sysreg(pmintenset_el1, p->interrupts);
	write_sysreg(pmcntenset_el0, p->enabled);
	write_sysreg(pmcr_el0, p->control);
	traps(false);
}

void pmu_put(struct vcpu_pmu *p)
{
	const u32 n = counters();

	p->control = read_sysreg(pmcr_el0) & ~(u64)(PMCR_P | PMCR_C);
	write_sysreg(pmcr_el0, p->control & ~(u64)PMCR_E);
	isb();
	p->enabled = read_sysreg(pmcntenset_el0);
	p->interrupts = read_sysreg(pmintenset_el1);
	p->overflowed = read_sysreg(pmovsset_el0);
	p->user = read_sysreg(pmuserenr_el0);
	p->select = read_sysreg(pmselr_el0);
	p->cycles = read_sysreg(pmccntr_el0);
	p->cycle_filter = read_sysreg(pmccfiltr_el0);
	for (u32 i = 0; i < n; i++) {
		counter_select(i);
		p->type[i] = read_sysreg(pmxevtyper_el0);
		p->count[i] = read_sysreg(pmxevcntr_el0);
	}
	silence();
	traps(true);
}

bool pmu_give(struct vcpu_pmu *p)
{
	if (pmu_version(field_of_cpu()) == 0U)
		return false;
	p->used = true;
	pmu_load(p);
	isb();
	return true;
}

bool pmu_line(void)
{
	return (read_sysreg(pmcr_el0) & PMCR_E) != 0U &&
	       (read_sysreg(pmovsset_el0) & read_sysreg(pmintenset_el1)) != 0U;
}
