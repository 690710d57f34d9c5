// SPDX-License-Identifier: Apache-2.0
#include <asm/image.h>
#include <asm/sysreg.h>
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/base/guarded.h>
#include <bulkhead/base/handoff.h>
#include <bulkhead/base/log.h>
#include <bulkhead/lib/printf.h>

_Static_assert(offsetof(struct cpu, id) == CPU_ID, "asm/layout.h");
_Static_assert(offsetof(struct cpu, hwid) == CPU_HWID, "asm/layout.h");
_Static_assert(sizeof(struct cpu) == CPU_SIZE, "asm/layout.h");

void cpu_halt(void)
{
	__asm__ volatile("msr daifset, #0xf" ::: "memory");
	for (;;)
		cpu_wait();
}

u64 cpu_hwid(void)
{
	return read_sysreg(mpidr_el1) & MPIDR_AFF_MASK;
}

const char *cpu_protections(void)
{
	static char text[64];
	u64 sctlr = read_sysreg(sctlr_el2);

	bh_snprintf(text, sizeof(text), "%sstack-guard%s%s%s",
		    ((sctlr & SCTLR_WXN) != 0U) ? "wxn " : "",
		    build_guarded() ? " stack-protector" : "",
		    ((sctlr & BIT(SCTLR_ENIA_SHIFT)) != 0U) ? " pac" : "",
		    build_guarded() && cpu_has_bti() ? " bti" : "");
	return text;
}

const char *cpu_virt_name(void)
{
	bool vhe = id_field(read_sysreg(id_aa64mmfr1_el1), ID_MMFR1_VH_SHIFT) != 0U;

	return vhe ? "EL2 (E2H = 0, VHE present)" : "EL2";
}

struct handoff handoff;

void arm64_main(u64 fdt)
{
	handoff.protocol = "arm64 Image";
	handoff.fdt = HPA((fdt != 0U) ? fdt : CONFIG_ARM64_FDT_ADDRESS);
	mmu_init();
	bulkhead_main();
}
