// SPDX-License-Identifier: Apache-2.0
/* What the machine is and what protects Bulkhead on it, in a few lines at the end of the boot. */
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/firmware.h>
#include <bulkhead/base/guarded.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/fw/machine.h>
#include <bulkhead/iommu/iommu.h>

static const char *iommu_kind_name(enum iommu_kind kind)
{
	static const char *const names[] = {
		[IOMMU_VTD] = "VT-d",
		[IOMMU_AMDVI] = "AMD-Vi",
		[IOMMU_SMMUV3] = "SMMUv3",
		[IOMMU_SMMUV2] = "SMMUv2",
	};

	return names[kind];
}

static int summary_log(void)
{
	log_info("CPU: %s, virtualization: %s", cpu_name(), cpu_virt_name());
	if (build_guarded())
		log_info("protections in force: %s", cpu_protections());
	else
		log_warn("BUILT WITHOUT ITS GUARDS (UNPROTECTED), TO MEASURE ALONE; in force: %s",
			 cpu_protections());
	log_info("entropy: %s", firmware_entropy_source());
	for (u32 i = 0; i < machine.iommu_count; i++)
		log_info("IOMMU %u: %s at 0x%llx: %s", i, iommu_kind_name(machine.iommu[i].kind),
			 (unsigned long long)machine.iommu[i].base.v, iommu_state(i));
	return 0;
}
UNIT_DEFINE(summary, 9, 00, summary_log);
