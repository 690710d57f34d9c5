// SPDX-License-Identifier: Apache-2.0
#include <asm/image.h>
#include <asm/psci.h>
#include <asm/sysreg.h>
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/cache.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/arch/smp.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/percpu.h>
#include <bulkhead/fw/machine.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/string.h>

static int start_by_psci(const struct cpu *c)
{
	s64 answer = psci_call(PSCI_CPU_ON, c->hwid, mmu_pa(entry_secondary).v, 0);

	if (answer == 0)
		return 0;
	log_error("CPU %u (MPIDR 0x%llx): PSCI CPU_ON answered %lld, expected 0", c->id,
		  (unsigned long long)c->hwid, (long long)answer);
	return trace_error(BH_EIO);
}

/* Devicetree Specification 3.8.1: the CPU waits until its release address holds an entry point. */
static int start_by_release(const struct cpu *c, hpa_t release)
{
	u64 entry = mmu_pa(entry_secondary).v;
	u64 *word = mmu_map(release, sizeof(*word), MMU_RAM_RW);

	if (word == NULL || !IS_ALIGNED(release.v, sizeof(*word))) {
		log_error("CPU %u: cpu-release-addr 0x%llx cannot be written", c->id,
			  (unsigned long long)release.v);
		return trace_error(BH_EFAULT);
	}
	write_once(*word, entry);
	cache_clean(word, sizeof(*word));
	__asm__ volatile("sev");
	mmu_unmap(word, sizeof(*word));
	return 0;
}

#ifdef CONFIG_ARM64_EL3_ALL_CPUS
/* Read by CPUs that wait in el3_pen with the MMU off; not in bss, which is cleared under them. */
u64 el3_pen_release = ~0ULL;

static int start_from_pen(const struct cpu *c)
{
	write_once(el3_pen_release, c->hwid);
	cache_clean(&el3_pen_release, sizeof(el3_pen_release));
	__asm__ volatile("sev");
	return 0;
}
#else
static int start_from_pen(const struct cpu *c)
{
	(void)c;
	return trace_error(BH_ENOTSUP);
}
#endif

static hpa_t release_of(u64 hwid)
{
	for (u32 i = 0; i < machine.cpu_count; i++)
		if (machine.cpu[i].hwid == hwid)
			return machine.cpu[i].release;
	return HPA(0);
}

int smp_start(u32 id)
{
	struct cpu *c = &cpus[id];
	hpa_t release = release_of(c->hwid);

	if (machine.power.psci == PSCI_SMC)
		return start_by_psci(c);
	if (machine.power.psci == PSCI_HVC) {
		log_error("CPU %u: PSCI by HVC cannot be called from EL2; expected method \"smc\"",
			  id);
		return trace_error(BH_ENOTSUP);
	}
	return (release.v != 0U) ? start_by_release(c, release) : start_from_pen(c);
}

void smp_finish(void)
{
	memset(boot_root, 0, sizeof(boot_root));
	cache_clean(boot_root, sizeof(boot_root));
}
