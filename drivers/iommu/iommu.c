// SPDX-License-Identifier: Apache-2.0
/*
 * The IOMMUs of the machine: every one is told to block before anything else is switched on.
 */
#include <bulkhead/arch/cpu.h>
#include <bulkhead/arch/io.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/fw/machine.h>
#include <bulkhead/iommu/iommu.h>
#include <bulkhead/lib/error.h>

#include "common.h"

_Static_assert(CONFIG_IOMMU_UNITS <= MACHINE_IOMMUS_MAX, "more units than the machine can name");

const u64 iommu_nothing[PAGE_SIZE / sizeof(u64)] __aligned(4096);

static const char *const kind_name[] = {
	[IOMMU_VTD] = "VT-d",
	[IOMMU_AMDVI] = "AMD-Vi",
	[IOMMU_SMMUV3] = "SMMUv3",
	[IOMMU_SMMUV2] = "SMMUv2",
};

/* What became of each unit: the driver in charge, and the answer of iommu_state(). */
static struct {
	const struct iommu_driver *driver;
	const char *state;
} units[MACHINE_IOMMUS_MAX];

int iommu_poll(struct iommu_reg reg, u32 mask, u32 want)
{
	u32 value = 0;

	for (u32 i = 0; i < IOMMU_POLLS; i++) {
		value = mmio_read32(reg.regs + reg.offset);
		if ((value & mask) == want)
			return 0;
		cpu_relax();
	}
	log_error("iommu %u: %s stays 0x%x; bits 0x%x never read 0x%x", reg.index, reg.name, value,
		  mask, want);
	return trace_error(BH_ETIMEDOUT);
}

volatile u8 *iommu_registers(u32 index, hpa_t base, u64 size, u64 need, u32 id)
{
	u64 bytes = size > need ? size : need;
	volatile u8 *regs = mmu_map(base, bytes, MMU_DEVICE);

	if (regs == NULL) {
		log_error("iommu %u: registers 0x%lx + 0x%lx cannot be mapped", index, base.v,
			  bytes);
		return NULL;
	}
	if (mmio_read32(regs + id) == ~0U) {
		log_error("iommu %u: nothing answers at 0x%lx; firmware's table names a unit "
			  "that is not there",
			  index, base.v);
		mmu_unmap((void *)(uintptr_t)regs, bytes);
		return NULL;
	}
	return regs;
}

static const struct iommu_driver *driver_of(enum iommu_kind kind)
{
	for (const struct iommu_driver *d = iommu_drivers_start; d < iommu_drivers_end; d++) {
		if (d->kind == kind)
			return d;
	}
	return NULL;
}

static int block_unit(u32 index)
{
	const struct machine_iommu *u = &machine.iommu[index];
	const char *kind = (u32)u->kind < ARRAY_SIZE(kind_name) ? kind_name[u->kind] : "unknown";
	const struct iommu_driver *d = driver_of(u->kind);
	int err;

	units[index].driver = NULL;
	if (index >= CONFIG_IOMMU_UNITS) {
		units[index].state = "not blocking: beyond CONFIG_IOMMU_UNITS";
		log_error("iommu %u: %s at 0x%lx is more than CONFIG_IOMMU_UNITS=%u", index, kind,
			  u->base.v, (u32)CONFIG_IOMMU_UNITS);
		return trace_error(BH_EOVERFLOW);
	}
	if (d == NULL) {
		units[index].state = "not blocking: no driver in this build";
		log_error("iommu %u: no driver for the %s at 0x%lx in this build", index, kind,
			  u->base.v);
		return trace_error(BH_ENOTSUP);
	}
	err = d->block_all(index, u);
	if (err != 0) {
		units[index].state = "not blocking: the unit does not obey";
		log_error("iommu %u: %s at 0x%lx does not block: %s", index, kind, u->base.v,
			  error_name(err));
		return err;
	}
	units[index].driver = d;
	units[index].state = "blocking";
	log_info("iommu %u: %s at 0x%lx blocks every device", index, d->name, u->base.v);
	return 0;
}

int iommu_block_all(void)
{
	int first = 0;

	if (machine.iommu_count == 0U) {
		log_warn("no IOMMU: nothing keeps a device's DMA out of any memory");
		return BH_ENODEV;
	}
	iommu_firmware_clear();
	/* One that does not obey is no reason to leave the others open. */
	for (u32 i = 0; i < machine.iommu_count; i++) {
		int err = block_unit(i);

		if (err != 0 && first == 0)
			first = err;
	}
	return first;
}

const struct iommu_driver *iommu_driver_of(u32 index)
{
	return index < machine.iommu_count ? units[index].driver : NULL;
}

void iommu_unit_stop(u32 index, const char *what)
{
	const struct iommu_driver *d = units[index].driver;

	if (d == NULL)
		return;
	log_error("iommu %u: %s: not done; the unit is stopped and refuses every device", index,
		  what);
	d->stop(index);
	units[index].driver = NULL;
	units[index].state = "stopped: it did not obey";
}

const char *iommu_state(u32 index)
{
	if (index >= machine.iommu_count)
		return "absent";
	return units[index].state != NULL ? units[index].state : "as firmware left it";
}

int iommu_next_fault_among(u32 *set, struct iommu_fault *out)
{
	for (u32 i = 0; i < machine.iommu_count; i++) {
		const struct iommu_driver *d = units[i].driver;
		int err;

		if ((*set & BIT(i)) == 0U)
			continue;
		err = d == NULL ? BH_ENOENT : d->next_fault(i, out);
		if (err == 0)
			return 0;
		*set &= ~(u32)BIT(i);
		if (err != BH_ENOENT)
			return err;
	}
	*set = 0;
	return BH_ENOENT;
}

int iommu_next_fault(struct iommu_fault *out)
{
	u32 all = IOMMU_ALL_UNITS;

	return iommu_next_fault_among(&all, out);
}

UNIT_DEFINE(iommu, 3, 50, iommu_block_all);
