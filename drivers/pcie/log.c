// SPDX-License-Identifier: Apache-2.0
/* The tree as text, a line a function: docs/pcie.md says how to read it. */
#include <bulkhead/base/log.h>
#include <bulkhead/fw/machine.h>
#include <bulkhead/lib/printf.h>
#include <bulkhead/pcie/reset.h>

#include "internal.h"

/* Names of classes; the first whose bits under @mask are equal. */
static const struct {
	u32 class, mask;
	const char *name;
} class_name[] = {
	{ 0x010601, 0xffffff, "SATA" },          { 0x010800, 0xffff00, "NVMe" },
	{ 0x010100, 0xffff00, "IDE" },           { 0x010000, 0xff0000, "storage" },
	{ 0x020000, 0xff0000, "network" },       { 0x030000, 0xff0000, "display" },
	{ 0x040000, 0xff0000, "multimedia" },    { 0x050000, 0xff0000, "memory" },
	{ 0x060000, 0xffff00, "host bridge" },   { 0x060100, 0xffff00, "ISA bridge" },
	{ 0x060000, 0xff0000, "bridge" },        { 0x070000, 0xffff00, "serial" },
	{ 0x070000, 0xff0000, "communication" }, { 0x080600, 0xffff00, "IOMMU" },
	{ 0x080000, 0xff0000, "system" },        { 0x090000, 0xff0000, "input" },
	{ 0x0c0300, 0xffff00, "USB" },           { 0x0c0500, 0xffff00, "SMBus" },
	{ 0x0c0000, 0xff0000, "serial bus" },    { 0x0d0000, 0xff0000, "wireless" },
	{ 0x120000, 0xff0000, "accelerator" },
};

static const char *class_text(u32 class)
{
	for (u32 i = 0; i < ARRAY_SIZE(class_name); i++) {
		if ((class & class_name[i].mask) == class_name[i].class)
			return class_name[i].name;
	}
	return "device";
}

/* A line that grows; what does not fit is cut, as the log would. */
struct line {
	char text[LOG_TEXT_MAX];
	u32 len;
};

static __printf(2, 3) void line_add(struct line *l, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = bh_vsnprintf(l->text + l->len, sizeof(l->text) - l->len, fmt, ap);
	va_end(ap);
	if (n > 0)
		l->len += (u32)n;
	if (l->len >= sizeof(l->text))
		l->len = (u32)sizeof(l->text) - 1U;
}

/* Boot does not come this far beside an IOMMU that does not block. */
static bool covered(const struct pcie_function *f)
{
	bool any = false;

	for (u32 i = 0; i < machine.iommu_count; i++) {
		const struct machine_iommu *u = &machine.iommu[i];
		bool of_segment = u->kind == IOMMU_VTD || u->kind == IOMMU_AMDVI;

		any = any || !of_segment || u->segment == f->sbdf.v >> 16;
	}
	return any;
}

static const char *state_text(const struct pcie_function *f)
{
	switch ((enum pcie_state)f->state) {
	case PCIE_OURS:
		return "in use";
	case PCIE_SHUT:
		return "shut";
	case PCIE_PATH:
		return f->isolates ? "isolating" : "not isolating";
	default:
		break;
	}
	return covered(f) ? "blocked" : "off, no IOMMU";
}

/* Every way to reset it: what a partition that gets it can rely on. */
static void resets_add(struct line *l, const struct pcie_tree *t, const struct pcie_function *f)
{
	const bool ways[PCIE_RESET_WAYS] = {
		[PCIE_RESET_FLR] = f->flr,
		[PCIE_RESET_AF] = f->af_flr,
		[PCIE_RESET_D3] = f->pm_reset,
		[PCIE_RESET_BUS] = pcie_reset_bus_possible(t, f),
	};
	const char *before = ", ";

	for (u32 i = 0; i < PCIE_RESET_WAYS; i++) {
		if (ways[i]) {
			line_add(l, "%s%s", before, pcie_reset_way_name(i));
			before = "/";
		}
	}
	line_add(l, "%s", before[0] == '/' ? " reset" : ", no reset");
}

static void caps_add(struct line *l, const struct pcie_tree *t, const struct pcie_function *f)
{
	if (f->msi_vectors != 0U)
		line_add(l, ", MSI %u", f->msi_vectors);
	if (f->msix.vectors != 0U)
		line_add(l, ", MSI-X %u", f->msix.vectors);
	if (f->sriov.total != 0U)
		line_add(l, ", SR-IOV %u", f->sriov.total);
	if (f->cap[PCIE_ATS] != 0U)
		line_add(l, ", ATS");
	if (f->state == PCIE_OFF)
		resets_add(l, t, f);
}

static void function_log(const struct pcie_tree *t, const struct pcie_function *f)
{
	struct line l = { .len = 0 };
	char text[SBDF_TEXT];

	line_add(&l, "%s %04x:%04x %s", sbdf_text(text, f->sbdf), f->vendor, f->device,
		 class_text(f->class));
	if (f->state == PCIE_PATH)
		line_add(&l, " to buses %02x-%02x", f->secondary, f->subordinate);
	line_add(&l, ", group %u", f->group);
	if (!fn_bridge(f))
		caps_add(&l, t, f);
	log_info("pcie: %s, %s", l.text, state_text(f));
}

void pcie_log(const struct pcie_tree *t)
{
	for (u32 i = 0; i < t->count; i++)
		function_log(t, &t->fn[t->order[i]]);
}
