// SPDX-License-Identifier: Apache-2.0
/* Guests need every CPU prepared alike: the boot CPU decides whether there can be any. */
#include <bulkhead/arch/regs.h>
#include <bulkhead/arch/s2.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/run.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>

static int virt_init(void)
{
	const int err = virt_cpu_init();

	if (err == BH_ENODEV || err == BH_ENOTSUP) {
		log_warn("no guests on this machine: %s", error_name(err));
		return BH_ENODEV;
	}
	if (err != 0)
		return err;
	cpu_init_set(virt_cpu_init);
	log_info("guests by %s: %u bits of physical address, %u tags", virt_backend(),
		 s2_gpa_bits_max(), s2_tag_count());
	return 0;
}
UNIT_DEFINE(virt, 5, 10, virt_init);
