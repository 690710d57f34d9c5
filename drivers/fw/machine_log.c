// SPDX-License-Identifier: Apache-2.0
/* The machine in words. */
#include <bulkhead/base/log.h>
#include <bulkhead/lib/printf.h>
#include <bulkhead/lib/string.h>

#include "machine_build.h"

#define SIZE_TEXT 24U

/* The largest unit that divides @size: "512 MiB", "639 KiB". */
static const char *size_text(char buf[SIZE_TEXT], u64 size)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
	u32 u = 0;

	while (u + 1U < ARRAY_SIZE(units) && size >= 1024U && size % 1024U == 0U) {
		size /= 1024U;
		u++;
	}
	bh_snprintf(buf, SIZE_TEXT, "%lu %s", size, units[u]);
	return buf;
}

/* As many ids as fit into a line; a machine with more has further lines. */
static void cpus_log(const struct machine *m)
{
	char line[80];
	size_t len = 0;

	for (u32 i = 0; i < m->cpu_count; i++) {
		len += (size_t)bh_snprintf(line + len, sizeof(line) - len, " 0x%lx%s",
					   m->cpu[i].hwid, m->cpu[i].enabled ? "" : " (off)");
		if (len + 32U > sizeof(line) || i + 1U == m->cpu_count) {
			log_info("cpus:%s", line);
			len = 0;
		}
	}
}

static void ranges_log(const char *what, const struct machine_range *r, u32 n)
{
	char size[SIZE_TEXT];

	for (u32 i = 0; i < n; i++) {
		log_info("%s: 0x%lx to 0x%lx, %s", what, r[i].base.v,
			 r[i].base.v + (r[i].size - 1U), size_text(size, r[i].size));
	}
}

static void irqchip_log(const struct machine_irqchip *c)
{
	const char *name = irqchip_kind_name(c->kind);
	char size[SIZE_TEXT];

	switch (c->kind) {
	case IRQCHIP_GICV2:
		log_info("irqchip: %s at 0x%lx, CPU interface 0x%lx, GICH 0x%lx, GICV 0x%lx", name,
			 c->base.v, c->gicv2.cpu.v, c->gicv2.hyp.v, c->gicv2.vcpu.v);
		break;
	case IRQCHIP_GICV3:
		log_info("irqchip: %s at 0x%lx", name, c->base.v);
		for (u32 i = 0; i < c->gicv3.redist_count; i++) {
			log_info("irqchip: %s redistributors at 0x%lx, %s", name,
				 c->gicv3.redist[i].base.v,
				 size_text(size, c->gicv3.redist[i].size));
		}
		break;
	case IRQCHIP_GIC_ITS:
		log_info("irqchip: %s %u at 0x%lx", name, c->its.id, c->base.v);
		break;
	case IRQCHIP_IOAPIC:
		log_info("irqchip: %s %u at 0x%lx, interrupts from %u", name, c->ioapic.id,
			 c->base.v, c->ioapic.gsi_base);
		break;
	case IRQCHIP_LAPIC:
	default:
		log_info("irqchip: %s at 0x%lx", name, c->base.v);
		break;
	}
}

static void iommu_log(const struct machine_iommu *u)
{
	log_info("iommu: %s at 0x%lx, segment %u%s", iommu_kind_name(u->kind), u->base.v,
		 u->segment, u->all_devices ? ", all devices" : "");
}

static void segment_log(const struct machine_segment *s)
{
	char size[SIZE_TEXT];

	if (s->dw.dbi.size != 0U) {
		log_info("pcie: segment %u, buses %u to %u, DesignWare at 0x%lx, window 0x%lx%s",
			 s->segment, s->bus_first, s->bus_last, s->dw.dbi.base.v,
			 s->dw.config.base.v, s->coherent ? ", coherent" : ", not coherent");
		return;
	}
	if (s->ecam.v == 0U) {
		log_info("pcie: segment %u, buses %u to %u, ports 0xcf8/0xcfc", s->segment,
			 s->bus_first, s->bus_last);
		return;
	}
	log_info("pcie: segment %u, buses %u to %u, ECAM at 0x%lx, %s%s", s->segment, s->bus_first,
		 s->bus_last, s->ecam.v, size_text(size, s->ecam_size),
		 s->coherent ? ", coherent" : ", not coherent");
}

static void uart_log(const struct machine_uart *u)
{
	log_info("uart: %s at %s0x%lx, interrupt %u%s", uart_kind_name(u->kind),
		 u->kind == UART_16550_PORT ? "port " : "", u->base.v, u->irq,
		 u->console ? ", console" : "");
}

static void timer_log(const struct machine_timer *t)
{
	if (t->virt_intid != 0U) {
		log_info("timer: interrupts hypervisor %u, virtual %u, physical %u", t->hyp_intid,
			 t->virt_intid, t->phys_intid);
	}
}

static void power_log(const struct machine_power *p)
{
	if (p->psci != PSCI_NONE) {
		log_info("power: PSCI by %s", p->psci == PSCI_SMC ? "SMC" : "HVC");
	}
	if (p->pm_timer_port != 0U) {
		log_info("power: PM timer at port 0x%x, %u bits", p->pm_timer_port,
			 p->pm_timer_32 ? 32U : 24U);
	}
	if (p->s5_known) {
		log_info("power: off by %u to port 0x%x", p->slp_typ_s5a, p->pm1a_cnt);
	}
	if (p->reset_known) {
		log_info("power: reset by 0x%x to %s0x%lx", p->reset_value,
			 p->reset_space == 1U ? "port " : "", p->reset_reg.v);
	}
}

void machine_log(const struct machine *m)
{
	log_info("machine: %s, by %s", m->model[0] != '\0' ? m->model : "unnamed", m->source);
	cpus_log(m);
	ranges_log("memory", m->ram, m->ram_count);
	ranges_log("reserved", m->reserved, m->reserved_count);
	for (u32 i = 0; i < m->irqchip_count; i++) {
		irqchip_log(&m->irqchip[i]);
	}
	for (u32 i = 0; i < m->iommu_count; i++) {
		iommu_log(&m->iommu[i]);
	}
	for (u32 i = 0; i < m->segment_count; i++) {
		segment_log(&m->segment[i]);
	}
	for (u32 i = 0; i < m->uart_count; i++) {
		uart_log(&m->uart[i]);
	}
	timer_log(&m->timer);
	power_log(&m->power);
	if (m->dropped != 0U) {
		log_warn("machine: %u objects left out: lists are full", m->dropped);
	}
}
