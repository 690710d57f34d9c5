// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/fw/machine.h>

#include "model.h"

struct machine machine;

void model_machine(enum iommu_kind kind, u32 count, u64 size)
{
	machine = (struct machine){ .iommu_count = count };
	for (u32 i = 0; i < count; i++)
		machine.iommu[i] = (struct machine_iommu){
			.kind = kind,
			.base = HPA(MODEL_BASE.v + MIB(i)),
			.size = size,
			.segment = (u16)i,
		};
}
