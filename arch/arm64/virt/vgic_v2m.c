// SPDX-License-Identifier: Apache-2.0
/*
 * Messages of a guest's devices, as a GICv2m frame takes them (Arm Server Base System Architecture
 * 6.0, appendix E): a write of an SPI's number raises it. Guests of a GICv3 without an ITS use one,
 * too. Devices reach the physical doorbell in its place, at the same offset.
 */
#include <asm/vgic.h>
#include <asm/vplat.h>
#include <bulkhead/arch/virq.h>

#define MSI_TYPER 0x008U
#define MSI_SETSPI_NS 0x040U
#define MSI_TYPER_VALUE (VPLAT_V2M_INTID << 16 | VPLAT_V2M_COUNT)

_Static_assert(VPLAT_V2M_INTID + VPLAT_V2M_COUNT <= VGIC_LINES, "lines of the virtual GIC");

bool virq_message(struct virq *q, u64 address, u32 data)
{
	if (address != VPLAT_V2M_BASE + MSI_SETSPI_NS || data < VPLAT_V2M_INTID ||
	    data >= VPLAT_V2M_INTID + VPLAT_V2M_COUNT)
		return false;
	virq_pend(q, data);
	return true;
}

static enum trap_result frame(void *ctx, struct mmio_access *a)
{
	if (a->write)
		(void)virq_message(ctx, VPLAT_V2M_BASE + a->offset, (u32)a->value);
	else
		a->value = a->offset == MSI_TYPER ? MSI_TYPER_VALUE : 0U;
	return TRAP_RESUME;
}

bool virq_doorbell(struct virq *q, struct virq_window *out)
{
	*out = (struct virq_window){
		.base = VPLAT_V2M_BASE, .size = VPLAT_V2M_SIZE, .fn = frame, .ctx = q
	};
	return true;
}
