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
	plan->segment_count = e->count;
	for (u32 i = 0; i < e->count; i++) {
		const struct elf_segment *s = &e->segment[i];

		plan->segment[i] = *s;
		if (partition_ram(p, GPA(s->at), s->size) == NULL)
			return refuse(p, "kernel", c, "a segment is outside RAM", BH_ERANGE);
		if (range_overlaps(s->at, s->size, plan->file.v, size))
			return refuse(p, "kernel", c, "no room for the file at the end of RAM",
				      BH_ERANGE);
	}
	return 0;
}

/* What the architecture's own protocols say. */
static int kernel_own(struct partition *p)
{
	const struct payload_config *c = &p->config->kernel;
	const struct memory_config *m = &p->config->memory[0];
	const gpa_t ram = c->load == PLACE_ANY ? m->gpa : GPA(c->load);
	struct load_plan *plan = &p->plan;
	struct vplat_payload found = { 0 };
	const char *why = NULL;
	int err = head_take(p);

	if (err != 0)
		return err;
	if (ram.v < m->gpa.v || ram.v - m->gpa.v > m->size)
		return refuse(p, "kernel", c, "load is outside RAM", BH_ERANGE);
	err = vplat_kernel(c->type, plan->head, plan->head_size, plan->kernel_size, ram,
			   m->size - (ram.v - m->gpa.v), &found, &why);
	if (err != 0)
		return refuse(p, "kernel", c, why, err);
	plan->kernel = GPA(found.load);
	plan->kernel_room = found.size;
	plan->entry = GPA(c->entry == PLACE_ANY ? found.entry : c->entry);
	return found.image.count != 0U ? elf_stage(p, &found.image) : 0;
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
	for (u32 i = 0; i < e.count; i++)
		e.segment[i].at += bias;
	plan->kernel = GPA(e.base + bias);
	plan->kernel_room = e.room;
	plan->entry = GPA(c->entry == PLACE_ANY ? e.entry + bias : c->entry);
	return elf_stage(p, &e);
}

static int (*const kernels[PAYLOAD_TYPES])(struct partition *p) = {
	[PAYLOAD_RAW] = kernel_raw, [PAYLOAD_ELF] = kernel_elf,       [PAYLOAD_LINUX] = kernel_own,
	[PAYLOAD_PVH] = kernel_own, [PAYLOAD_MULTIBOOT] = kernel_own, [PAYLOAD_REAL] = kernel_own,
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

static bool is_free(const struct load_plan *plan, u64 at)
{
	const u64 size = vplat.description_size;

	return !range_overlaps(at, size, plan->kernel.v, plan->kernel_room) &&
	       !range_overlaps(at, size, plan->ramdisk.v, plan->ramdisk_size);
}

/* Where this architecture's guests look for it; else at the start of RAM if free, or above all. */
static int description_plan(struct partition *p)
{
	const u64 size = vplat.description_size;
	const u64 fixed = vplat.description.v;
	struct load_plan *plan = &p->plan;
	u64 at = fixed != 0U ? fixed : p->config->memory[0].gpa.v;

	if (fixed == 0U && !is_free(plan, at))
		at = above(plan);
	plan->description = GPA(at);
	if (!is_free(plan, at) || partition_ram(p, plan->description, size) == NULL) {
		log_error("partition %s: memory: no room for 0x%llx bytes of description at 0x%llx",
			  p->config->name, (unsigned long long)size, (unsigned long long)at);
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
		err = description_plan(p);
	return err;
}
