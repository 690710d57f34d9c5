// SPDX-License-Identifier: Apache-2.0
#include "program.h"

void check_triple_fault(void)
{
	struct vcpu *v = machine_vcpu(0, false, ARG_TRIPLE);

	check(0, "triple fault", "result", vcpu_go(v), TRAP_STOP);
	check(0, "triple fault", "exit", v->stop.class, EXIT_SHUTDOWN);
}
