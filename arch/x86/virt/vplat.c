// SPDX-License-Identifier: Apache-2.0
/* Partitions need a virtual APIC, which this version has not: building one says so. */
#include <bulkhead/arch/virq.h>
#include <bulkhead/arch/vplat.h>
#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>

const u32 vplat_clock = 0;
const char vplat_uart_path[] = "";

int vplat_linux(const void *head __unused, size_t n __unused, u64 file_size __unused,
		gpa_t ram __unused, u64 ram_size __unused, struct vplat_payload *out __unused,
		const char **why)
{
	*why = "not on this architecture in this version";
	return BH_EINVAL;
}

int vplat_describe(void *fdt __unused, u32 vcpus __unused, bool console __unused)
{
	return 0;
}

u32 vplat_irq_cells(u32 intid, bool level __unused, u32 cells[VPLAT_IRQ_CELLS_MAX])
{
	cells[0] = intid;
	return 1;
}

size_t virq_size(u32 vcpus __unused)
{
	return 64;
}

int virq_init(struct virq *q __unused, struct vcpu_arch *const *vcpus __unused, u32 count __unused,
	      struct virq_window window[VIRQ_WINDOWS_MAX] __unused, u32 *count_out)
{
	*count_out = 0;
	log_error("partitions: this version has no virtual APIC");
	return BH_ENOTSUP;
}

void virq_reset(struct virq *q __unused)
{
}

void virq_pend(struct virq *q __unused, u32 intid __unused)
{
}

void virq_level(struct virq *q __unused, u32 intid __unused, bool high __unused)
{
}

int virq_bind(struct virq *q __unused, u32 intid __unused, bool level __unused)
{
	return BH_ENOTSUP;
}

bool virq_pending(struct vcpu_arch *v __unused)
{
	return false;
}
