// SPDX-License-Identifier: Apache-2.0
#include "program.h"

const enum pt_kind stage2_kind = PT_VMSA_S2;
const u32 stage2_bits = 40;
