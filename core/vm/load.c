// SPDX-License-Identifier: Apache-2.0
/*
 * Where the payloads of a partition go. Decided once, before it runs: a start only copies. What is
 * not said lies one above the other: kernel, ramdisk, description; docs/partitions.md.
 */
#include <bulkhead/arch/vplat.h>
#include <bulkhead/base/log.h>
#include <bulkhead/lib/error.h>

#include "partition_internal.h"

/* A raw payload leaves the start of RAM to the description: firmware wants it there (U-Boot). */
#define RAW_OFFSET MIB(2)

static int refuse(const struct partition *p, const char *which, const struct payload_config *c,
		  const char *why, int err)
{
	log_error("partition %s: %s: payload %s: %s", p->config->name, which, c->name, why);
	return trace_error(err);
}

static int size_of(const struct partition *p, const char *which, const struct payload_config *c,
		   u64 *size)
{
	if (partition_payloads == NULL)
		return refuse(p, which, c, "there is no system image", BH_ENOENT);
	if (partition_payloads->find(c->name, size) != 0)
		return refuse(p, which, c, "the system image does not have it", BH_ENOENT);
	return 0;
}

/* Where a payload goes that goes anywhere. */
static u64 default_load(const struct partition *p)
{
	const struct memory_config *m = &p->config->memory[0];

	return m->gpa.v + (m->size > RAW_OFFSET ? RAW_OFFSET : 0U);
}

/*
 * The first bytes of the kernel's payload. Where it goes is decided from them, before the payload
 * is hashed; they are kept, and a start finds the same bytes in the copy that was (LIFE_HEAD).
 */
static int head_take(struct partition *p)
{
	const struct payload_config *c = &p->config->kernel;
	struct load_plan *plan = &p->plan;
	int err;

	plan->head_size = plan->kernel_size < VPLAT_HEAD_MAX ? plan->kernel_size : VPLAT_HEAD_MAX;
	plan->head = partition_memory(p->config->name, VPLAT_HEAD_MAX);
	if (plan->head == NULL)
		return trace_error(BH_ENOMEM);
	err = partition_payloads->peek(c->name, plan->head, plan->head_size);
	return err == 0 ? 0 : refuse(p, "kernel", c, "it cannot be read", err);
}

static int kernel_raw(struct partition *p)
{
	const struct payload_config *c = &p->config->kernel;
	struct load_plan *plan = &p->plan;

	plan->kernel = GPA(c->load == PLACE_ANY ? default_load(p) : c->load);
	plan->entry = GPA(c->entry == PLACE_ANY ? plan->kernel.v : c->entry);
	plan->kernel_room = plan->kernel_size;
	return 0;
}

static int kernel_linux(struct partition *p)
{
	const struct payload_config *c = &p->config->kernel;
	const struct memory_config *m = &p->config->memory[0];
	const gpa_t ram = c->load == PLACE_ANY ? m->gpa : GPA(c->load);
	struct vplat_payload found;
	const char *why = NULL;
	int err = head_take(p);

	if (err != 0)
		return err;
	if (ram.v < m->gpa.v || ram.v - m->gpa.v > m->size)
		return refuse(p, "kernel", c, "load is outside RAM", BH_ERANGE);
	err = vplat_linux(p->plan.head, p->plan.head_size, p->plan.kernel_size, ram,
			  m->size - (ram.v - m->gpa.v), &found, &why);
	if (err != 0)
		return refuse(p, "kernel", c, why, err);
	p->plan.kernel = GPA(found.load);
	p->plan.kernel_room = found.size;
	p->plan.entry = GPA(c->entry == PLACE_ANY ? found.entry : c->entry);
	return 0;
}

/* The file is copied to the end of RAM and checked there; its segments are copied from it. */
static int elf_stage(struct partition *p, const struct elf *e)
{
	const struct payload_config *c = &p->config->kernel;
	const struct memory_config *m = &p->config->memory[0];
	struct load_plan *plan = &p->plan;
	const u64 size = ALIGN_UP(plan->kernel_size, PAGE_SIZE);

	if (size > m->size)
		return refuse(p, "kernel", c, "the file does not fit into RAM", BH_ERANGE);
	plan->file = GPA(m->gpa.v + m->size - size);
	for (u32 i = 0; i < e->count; i++) {
		const struct elf_segment *s = &plan->segment[i];

		if (partition_ram(p, GPA(s->at), s->size) == NULL)
			return refuse(p, "kernel", c, "a segment is outside RAM", BH_ERANGE);
		if (range_overlaps(s->at, s->size, plan->file.v, size))
			return refuse(p, "kernel", c, "no room for the file at the end of RAM",
				      BH_ERANGE);
	}
	return 0;
}

static int kernel_elf(struct partition *p)
{
	const struct payload_config *c = &p->config->kernel;
	struct load_plan *plan = &p->plan;
	const char *why = NULL;
	struct elf e;
	u64 bias = 0;
	int err = head_take(p);

	if (err != 0)
		return err;
	err = elf_read(plan->head, plan->head_size, plan->kernel_size, vplat.elf_machine, &e, &why);
	if (err != 0)
		return refuse(p, "kernel", c, why, err);
	if (!e.anywhere && c->load != PLACE_ANY)
		return refuse(p, "kernel", c, "load, but it is not position independent",
			      BH_EINVAL);
	if (e.anywhere)
		bias = (c->load == PLACE_ANY ? default_load(p) : c->load) - e.base;
	for (u32 i = 0; i < e.count; i++) {
		plan->segment[i] = e.segment[i];
		plan->segment[i].at += bias;
	}
	plan->segment_count = e.count;
	plan->kernel = GPA(e.base + bias);
	plan->kernel_room = e.room;
	plan->entry = GPA(c->entry == PLACE_ANY ? e.entry + bias : c->entry);
	return elf_stage(p, &e);
}

static int kernel_unknown(struct partition *p)
{
	return refuse(p, "kernel", &p->config->kernel, "its type does not boot on this machine",
		      BH_ENOTSUP);
}

static int (*const kernels[PAYLOAD_TYPES])(struct partition *p) = {
	[PAYLOAD_RAW] = kernel_raw,           [PAYLOAD_ELF] = kernel_elf,
	[PAYLOAD_LINUX] = kernel_linux,       [PAYLOAD_PVH] = kernel_unknown,
	[PAYLOAD_MULTIBOOT] = kernel_unknown,
};

static int kernel_plan(struct partition *p)
{
	const struct payload_config *c = &p->config->kernel;
	int err;

	if (c->name == NULL) {
		log_error("partition %s: kernel: there is none, so nothing can run",
			  p->config->name);
		return trace_error(BH_EINVAL);
	}
	err = size_of(p, "kernel", c, &p->plan.kernel_size);
	if (err == 0)
		err = kernels[c->type](p);
	if (p->plan.segment_count == 0U)
		p->plan.file = p->plan.kernel;
	if (err == 0 && partition_ram(p, p->plan.kernel, p->plan.kernel_room) == NULL)
		err = refuse(p, "kernel", c, "it does not fit into RAM", BH_ERANGE);
	return err;
}

/* First page behind what is loaded so far. */
static u64 above(const struct load_plan *plan)
{
	u64 end = plan->kernel.v + plan->kernel_room;

	if (plan->ramdisk.v + plan->ramdisk_size > end)
		end = plan->ramdisk.v + plan->ramdisk_size;
	return ALIGN_UP(end, PAGE_SIZE);
}

static int ramdisk_plan(struct partition *p)
{
	const struct payload_config *c = &p->config->ramdisk;
	struct load_plan *plan = &p->plan;
	int err;

	if (c->name == NULL)
		return 0;
	err = size_of(p, "ramdisk", c, &plan->ramdisk_size);
	if (err != 0)
		return err;
	plan->ramdisk = GPA(c->load == PLACE_ANY
				    ? ALIGN_UP(plan->kernel.v + plan->kernel_room, PAGE_SIZE)
				    : c->load);
	if (partition_ram(p, plan->ramdisk, plan->ramdisk_size) == NULL)
		return refuse(p, "ramdisk", c, "it does not fit into RAM", BH_ERANGE);
	if (range_overlaps(plan->ramdisk.v, plan->ramdisk_size, plan->kernel.v, plan->kernel_room))
		return refuse(p, "ramdisk", c, "it overlaps the kernel", BH_EINVAL);
	return 0;
}

/* At the start of RAM if that is free, else above all. */
static int fdt_plan(struct partition *p)
{
	const u64 start = p->config->memory[0].gpa.v;
	struct load_plan *plan = &p->plan;
	const bool free = !range_overlaps(start, PLAN_FDT_MAX, plan->kernel.v, plan->kernel_room) &&
			  !range_overlaps(start, PLAN_FDT_MAX, plan->ramdisk.v, plan->ramdisk_size);

	plan->fdt = GPA(free ? start : above(plan));
	if (partition_ram(p, plan->fdt, PLAN_FDT_MAX) == NULL) {
		log_error("partition %s: memory: no room for 0x%llx bytes of description at 0x%llx",
			  p->config->name, (unsigned long long)PLAN_FDT_MAX,
			  (unsigned long long)plan->fdt.v);
		return trace_error(BH_ERANGE);
	}
	return 0;
}

int load_plan_make(struct partition *p)
{
	int err = kernel_plan(p);

	if (err == 0)
		err = ramdisk_plan(p);
	if (err == 0)
		err = fdt_plan(p);
	return err;
}
