// SPDX-License-Identifier: Apache-2.0
/* The platform of guests: what this version has of it. */
#include <bulkhead/arch/regs.h>
#include <bulkhead/arch/virq.h>
#include <bulkhead/arch/vplat.h>
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

/* No line of a device is anybody's yet. */
void virq_lines(struct vcpu_arch *v __unused, bool open __unused)
{
}

/* HLT always exits. */
void vcpu_trap_waits(struct vcpu_arch *v __unused, bool trap __unused)
{
}
