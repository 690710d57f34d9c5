// SPDX-License-Identifier: Apache-2.0
/* The same device as in the test of the block. */
#include "../../iommu_edu/src/edu.c"
