/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A vcpu's performance monitors (FEAT_PMUv3; Arm ARM D13). Its registers trap until the vcpu
 * touches one: from then on they are its own, in hardware while it is loaded, without an exit.
 * They count nothing at EL2 where the CPU can be told so: from PMUv3 of Armv8.1 on, cycles from
 * that of 8.5 on.
 */
#ifndef ASM_PMU_H
#define ASM_PMU_H

#include <bulkhead/lib/types.h>

#define PMU_COUNTERS 31U

/* All zero at reset. */
struct vcpu_pmu {
	u64 control, user, select;           /* PMCR_EL0, PMUSERENR_EL0, PMSELR_EL0 */
	u64 enabled, interrupts, overflowed; /* PMCNTENSET_EL0, PMINTENSET_EL1, PMOVSSET_EL0 */
	u64 cycles, cycle_filter;            /* PMCCNTR_EL0, PMCCFILTR_EL0 */
	u64 count[PMU_COUNTERS], type[PMU_COUNTERS];
	bool used; /* it has the registers */
};

/* Pure. What ID_AA64DFR0_EL1.PMUVer says: can guests have it, and as which version? 0: none. */
u32 pmu_version(u32 field);

/* This CPU: nothing counts, nothing interrupts, guests' accesses trap. */
void pmu_cpu_init(void);

/* Are there counters on this machine, and do they interrupt by a line of the CPU's own? */
bool pmu_described(void);

/*
 * The loaded vcpu has met a trap of the performance monitors. True: it has the registers now, and
 * executes its instruction again. False: there are none.
 */
bool pmu_give(struct vcpu_pmu *p);

/* Of a vcpu that has them: into this CPU, out of it. */
void pmu_load(const struct vcpu_pmu *p);
void pmu_put(struct vcpu_pmu *p);

/* Level of the overflow interrupt of this CPU. */
bool pmu_line(void);

#endif
