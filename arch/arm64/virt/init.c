// SPDX-License-Identifier: Apache-2.0
/* What a CPU must have before it runs guests, and what it is told once. */
#include <asm/sysreg.h>
#include <asm/virt.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/regs.h>
#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>

#define ID_MMFR0_TGRAN4_SHIFT 28U
#define ID_MMFR0_TGRAN4_2_SHIFT 40U

#define SYS_HCRX_EL2 S3_4_C1_C2_2
#define SYS_HFGRTR_EL2 S3_4_C1_C1_4
#define SYS_HFGWTR_EL2 S3_4_C1_C1_5
#define SYS_HFGITR_EL2 S3_4_C1_C1_6
#define SYS_HDFGRTR_EL2 S3_4_C3_C1_4
#define SYS_HDFGWTR_EL2 S3_4_C3_C1_5

/* The physical timer is the guest's: Bulkhead's alarm is the EL2 one. */
#define CNTHCTL_EL1PCTEN BIT(0)
#define CNTHCTL_EL1PCEN BIT(1)

static const char *backend;

/* TGran4_2 = 0 refers to TGran4, whose 0xf means none. */
static bool has_4k_stage2(u64 mmfr0)
{
	const u32 own = id_field(mmfr0, ID_MMFR0_TGRAN4_2_SHIFT);

	if (own == 0U)
		return id_field(mmfr0, ID_MMFR0_TGRAN4_SHIFT) != 0xfU;
	return own >= 2U;
}

/* UNKNOWN at reset; zero adds no trap to the ones of HCR_EL2, and gives guests no extension. */
static void fine_traps_clear(u64 mmfr0)
{
	if (id_field(read_sysreg(id_aa64mmfr1_el1), ID_MMFR1_HCX_SHIFT) != 0U)
		write_sysreg(SYS_HCRX_EL2, 0);
	if (id_field(mmfr0, ID_MMFR0_FGT_SHIFT) == 0U)
		return;
	write_sysreg(SYS_HFGRTR_EL2, 0);
	write_sysreg(SYS_HFGWTR_EL2, 0);
	write_sysreg(SYS_HFGITR_EL2, 0);
	write_sysreg(SYS_HDFGRTR_EL2, 0);
	write_sysreg(SYS_HDFGWTR_EL2, 0);
}

int virt_cpu_init(void)
{
	const u64 mmfr0 = read_sysreg(id_aa64mmfr0_el1);

	if (!has_4k_stage2(mmfr0)) {
		log_error("CPU %u: ID_AA64MMFR0_EL1 0x%llx has no 4 KiB granule at stage 2",
			  this_cpu()->id, (unsigned long long)mmfr0);
		return BH_ENOTSUP;
	}
	fine_traps_clear(mmfr0);
	el1_walks_stop();
	write_sysreg(cnthctl_el2, CNTHCTL_EL1PCTEN | CNTHCTL_EL1PCEN);
	isb();
	regs_cpu_init();
	debug_cpu_init();
	pmu_cpu_init();
	backend = "EL2";
	return vgic_cpu_init();
}

const char *virt_backend(void)
{
	return backend;
}
