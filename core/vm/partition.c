// SPDX-License-Identifier: Apache-2.0
/*
 * Building a partition from what the system's configuration says of it. Nothing here is undone:
 * a partition that cannot be built stays unbuilt, and the frames it had are nobody's.
 */
#include <bulkhead/arch/cache.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/arch/s2.h>
#include <bulkhead/arch/virq.h>
#include <bulkhead/arch/vplat.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/percpu.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/mem/frame.h>
#include <bulkhead/mem/guest.h>

#include "partition_internal.h"

/* Large leaves where RAM is large enough to have some. */
#define RAM_ALIGN MIB(2)

/* A vcpu that is off has its registers reset for this; it begins elsewhere. */
static const struct vcpu_start nowhere;

struct partition *partitions[PARTITIONS_MAX];
const struct payload_ops *partition_payloads;
struct partition_part *partition_parts;

/* CPUs that a partition has. */
static u64 claimed;

void partition_payloads_set(const struct payload_ops *ops)
{
	partition_payloads = ops;
}

void partition_part_add(struct partition_part *part)
{
	struct partition_part **end = &partition_parts;

	while (*end != NULL)
		end = &(*end)->next;
	part->next = NULL;
	*end = part;
}

void *partition_memory(const char *name, u64 size)
{
	const u64 bytes = ALIGN_UP(size, PAGE_SIZE);
	hpa_t base;
	void *p = NULL;

	if (frame_alloc(bytes, PAGE_SIZE, &base) == 0)
		p = mmu_map(base, bytes, MMU_RAM_RW);
	if (p == NULL) {
		log_error("partition %s: no memory for its state: %llu KiB wanted, %llu KiB free",
			  name, (unsigned long long)(bytes >> 10),
			  (unsigned long long)(frame_free_bytes() >> 10));
		return NULL;
	}
	cache_zero(p, bytes);
	return p;
}

static int cpus_claim(const struct system_config *system, const struct partition_config *c)
{
	u32 n = 0;

	for (u32 i = 0; i < 64U; i++) {
		if ((c->cpus & BIT(i)) == 0U)
			continue;
		n++;
		if (i >= cpu_count || cpus[i].state != CPU_ONLINE) {
			log_error("partition %s: cpus: CPU %u is not there: the machine has %u",
				  c->name, i, cpu_count);
			return trace_error(BH_ENODEV);
		}
		if ((claimed & BIT(i)) != 0U && schedule_find(system, i) == NULL) {
			log_error("partition %s: cpus: CPU %u belongs to another partition",
				  c->name, i);
			return trace_error(BH_EBUSY);
		}
	}
	if (n == 0U || n != c->vcpu_count) {
		log_error("partition %s: cpus: %u vcpus for %u CPUs, expected one each", c->name,
			  c->vcpu_count, n);
		return trace_error(BH_EINVAL);
	}
	claimed |= c->cpus;
	return 0;
}

static int ram_take(const struct partition_config *c, const struct memory_config *m, hpa_t *base)
{
	const u64 align = m->size >= RAM_ALIGN ? RAM_ALIGN : PAGE_SIZE;
	int err;

	*base = HPA(m->place);
	if (m->place != PLACE_ANY)
		err = frame_claim(*base, m->size);
	else
		err = frame_alloc(m->size, align, base);
	if (err != 0 && m->place != PLACE_ANY)
		log_error("partition %s: memory: 0x%llx, %llu KiB, is not free: %s", c->name,
			  (unsigned long long)m->place, (unsigned long long)(m->size >> 10),
			  error_name(err));
	else if (err != 0)
		log_error("partition %s: memory: %llu KiB wanted in one piece, %llu KiB free: %s",
			  c->name, (unsigned long long)(m->size >> 10),
			  (unsigned long long)(frame_free_bytes() >> 10), error_name(err));
	return err;
}

static int ram_build(struct partition *p)
{
	const struct partition_config *c = p->config;

	for (u32 i = 0; i < c->memory_count && i < PARTITION_MEMORY_MAX; i++) {
		const struct memory_config *m = &c->memory[i];
		const struct region_attachment a = { .s2 = &p->s2,
						     .owner = p->id,
						     .gpa = m->gpa,
						     .rights_max = PT_R | PT_W | PT_X };
		hpa_t base;
		int err = ram_take(c, m, &base);

		if (err != 0)
			return err;
		p->window[i] = guest_window(base, m->size);
		if (p->window[i] == NULL)
			return trace_error(BH_ENOMEM);
		err = region_init(&p->ram[i], c->name, base, m->size, NULL, 0);
		if (err == 0)
			err = region_attach(&p->ram[i], &a);
		if (err != 0) {
			log_error("partition %s: memory at 0x%llx: %s", c->name,
				  (unsigned long long)m->gpa.v, error_name(err));
			return err;
		}
		p->region_count++;
	}
	return 0;
}

u8 *partition_ram(const struct partition *p, gpa_t gpa, u64 size)
{
	for (u32 i = 0; i < p->region_count; i++) {
		const struct memory_config *m = &p->config->memory[i];

		if (range_inside(gpa.v, size, m->gpa.v, m->size))
			return p->window[i] + (gpa.v - m->gpa.v);
	}
	return NULL;
}

/* Tables for the finest split of all that the partition will ever see. */
static u64 tables_of(const struct system_config *system, const struct partition_config *c,
		     const struct pt_format *f)
{
	/* A page of the interrupt controller may be its own. */
	u64 n = pt_tables_max(f, 0, PAGE_SIZE);

	for (u32 i = 0; i < c->memory_count; i++)
		n += pt_tables_max(f, c->memory[i].gpa.v, c->memory[i].size);
	for (u32 i = 0; i < c->attach_count; i++)
		n += pt_tables_max(f, c->attach[i].gpa.v, system->region[c->attach[i].region].size);
	for (u32 i = 0; i < c->device_count; i++) {
		for (u32 k = 0; k < c->device[i].range_count; k++)
			n += pt_tables_max(f, c->device[i].range[k].gpa.v,
					   c->device[i].range[k].size);
	}
	return n;
}

static int stage2_build(const struct system_config *system, struct partition *p)
{
	const u32 most = s2_gpa_bits_max();
	const u32 bits = vplat.gpa_bits < most ? vplat.gpa_bits : most;
	const struct pt_format *f = NULL;
	int err = s2_format(bits, &f);

	if (err == 0)
		err = s2_init(&p->s2, bits, tables_of(system, p->config, f));
	if (err != 0)
		log_error("partition %s: stage 2: %s", p->config->name, error_name(err));
	return err;
}

static int virq_build(struct partition *p, struct vcpu_arch *const *archs)
{
	struct virq_window window[VIRQ_WINDOWS_MAX];
	u32 n = 0;
	int err = virq_init(p->virq, archs, p->vcpu_count, window, &n);

	for (u32 i = 0; i < n && i < VIRQ_WINDOWS_MAX && err == 0; i++) {
		const struct virq_window *w = &window[i];
		const struct mmio_range r = { w->base, w->size, w->fn, w->ctx };

		if (w->fn != NULL)
			err = mmio_map_add(w->port ? &p->ports : &p->mmio, &r);
		else
			err = s2_map(&p->s2, GPA(w->base), w->page, w->size,
				     PT_R | PT_W | PT_DEVICE);
	}
	if (err != 0)
		log_error("partition %s: interrupt controller: %s", p->config->name,
			  error_name(err));
	return err;
}

/* The nth CPU of the set, lowest first. */
static u32 cpu_of(u64 set, u32 n)
{
	u32 i = 0;

	for (; i < 63U; i++) {
		if ((set & BIT(i)) != 0U) {
			if (n == 0U)
				break;
			n--;
		}
	}
	return i;
}

static int vcpus_build(struct partition *p)
{
	const u64 each = ALIGN_UP((u64)vcpu_arch_size(), 64U);
	const struct vcpu_policy policy = {
		.kvm = p->config->kernel.type == PAYLOAD_LINUX,
		.cpu_show = p->config->cpu_show,
		.cpu_hide = p->config->cpu_hide,
		.tsc_hz = p->config->tsc_hz,
	};
	struct vcpu_arch *archs[CONFIG_MAX_CPUS];
	u8 *memory = partition_memory(p->config->name, each * p->vcpu_count);

	if (memory == NULL)
		return trace_error(BH_ENOMEM);
	for (u32 i = 0; i < p->vcpu_count; i++) {
		struct vcpu *v = &p->vcpu[i];
		int err;

		archs[i] = (struct vcpu_arch *)(void *)(memory + i * each);
		err = vcpu_policy_set(archs[i], &policy);
		if (err != 0)
			return err;
		err = vcpu_init(v, archs[i], p->id, i, &p->s2, &p->mmio, &p->ports, &nowhere);
		if (err != 0)
			return err;
		v->parked = PARK_OFF;
		v->power = VCPU_OFF;
		p->peers.power[i] = &v->power;
		vcpu_peers_set(v->arch, &p->peers);
		v->cpu = cpu_of(p->config->cpus, i);
		if (p->config->firmware.count != 0U)
			firmware_filter_set(v->arch, &p->config->firmware);
	}
	p->peers.count = p->vcpu_count;
	return virq_build(p, archs);
}

static int attach_build(struct partition *p)
{
	for (u32 i = 0; i < p->config->attach_count; i++) {
		const int err = partition_region_attach(p, &p->config->attach[i]);

		if (err != 0)
			return err;
	}
	return 0;
}

static int device_map(struct partition *p, const struct device_config *d)
{
	int err = 0;
	u32 own;

	/* Where BARs are is what the guest says, to its PCI host. */
	for (u32 i = 0; i < d->range_count && !d->pci && err == 0; i++)
		err = s2_map(&p->s2, d->range[i].gpa, d->range[i].base, d->range[i].size,
			     PT_R | PT_W | PT_DEVICE);
	for (u32 i = 0; i < d->irq_count && err == 0; i++)
		err = virq_bind(p->virq, d->irq[i].intid, d->irq[i].level, p->vcpu[0].cpu, &own);
	if (err != 0)
		log_error("partition %s: device %s: %s", p->config->name, d->path, error_name(err));
	else if (d->unprotected_dma)
		log_warn("partition %s: device %s may reach all memory (bulkhead,unprotected-dma)",
			 p->config->name, d->path);
	return err;
}

static int devices_build(struct partition *p)
{
	int err = 0;

	for (u32 i = 0; i < p->config->device_count && err == 0; i++)
		err = device_map(p, &p->config->device[i]);
	return err;
}

static int parts_build(struct partition *p)
{
	for (struct partition_part *part = partition_parts; part != NULL; part = part->next) {
		const int err = part->build != NULL ? part->build(p) : 0;

		if (err != 0) {
			log_error("partition %s: %s: %s", p->config->name, part->name,
				  error_name(err));
			return err;
		}
	}
	return 0;
}

/* One piece: the partition, its vcpus, its interrupt controller. */
static struct partition *state_alloc(const struct partition_config *c, u32 id)
{
	const u64 own = ALIGN_UP(sizeof(struct partition), 64U);
	const u64 vcpus = ALIGN_UP(sizeof(struct vcpu) * c->vcpu_count, 64U);
	u8 *memory = partition_memory(c->name, own + vcpus + virq_size(c->vcpu_count));
	struct partition *p = (struct partition *)(void *)memory;

	if (p == NULL)
		return NULL;
	p->config = c;
	p->id = id;
	p->vcpu_count = c->vcpu_count;
	p->vcpu = (struct vcpu *)(void *)(memory + own);
	p->virq = (struct virq *)(void *)(memory + own + vcpus);
	mmio_map_init(&p->mmio);
	p->mmio.floats = vplat.floats;
	mmio_map_init(&p->ports);
	return p;
}

static int build(const struct system_config *system, struct partition *p)
{
	int err = stage2_build(system, p);

	if (err == 0)
		err = ram_build(p);
	if (err == 0)
		err = vcpus_build(p);
	if (err == 0)
		err = attach_build(p);
	if (err == 0)
		err = devices_build(p);
	if (err == 0)
		err = parts_build(p);
	if (err == 0)
		err = load_plan_make(p);
	if (err == 0)
		err = describe_make(system, p);
	return err;
}

int partition_build(const struct system_config *system, u32 id)
{
	const struct partition_config *c = &system->partition[id];
	struct partition *p;
	int err = cpus_claim(system, c);

	if (err != 0)
		return err;
	p = state_alloc(c, id);
	if (p == NULL)
		return trace_error(BH_ENOMEM);
	p->system = system;
	/* Handlers find it by number from the first moment. */
	partitions[id] = p;
	err = build(system, p);
	if (err != 0) {
		partitions[id] = NULL;
		return err;
	}
	for (u32 i = 0; i < p->vcpu_count; i++)
		slot_assign(schedule_find(system, p->vcpu[i].cpu), &p->vcpu[i]);
	return 0;
}
