// SPDX-License-Identifier: Apache-2.0
/* Where the simulator would end. */
#include "program.h"

void check_triple_fault(void)
{
}
