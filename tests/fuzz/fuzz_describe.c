// SPDX-License-Identifier: Apache-2.0
/*
 * The devicetree of a guest, generated from any configuration on a board with any devicetree that
 * passed discovery's checks: a whole tree that says what the configuration says, or a refusal.
 */
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include "core/vm/partition_internal.h"
#include <asm/fake.h>
#include <bulkhead/arch/virq.h>
#include <bulkhead/fw/devices.h>
#include <bulkhead/fw/machine.h>
#include <bulkhead/lib/error.h>

#define TEXT_MAX 48U
#define PATH_SIZE 256

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* The bytes of the configuration; zeroes when they are used up. */
struct feed {
	const unsigned char *at;
	size_t left;
};

struct partition_part *partition_parts;

static u8 blob[PLAN_FDT_MAX] __aligned(8);
static u8 board[8192] __aligned(8);
static char paths[PARTITION_ATTACH_MAX][PATH_SIZE];
static char bootargs[8192];
static char names[SYSTEM_REGIONS_MAX][TEXT_MAX];

void *partition_memory(const char *name __unused, u64 size)
{
	if (size > sizeof(blob))
		abort();
	memset(blob, 0, sizeof(blob));
	return blob;
}

/* Whether a partition has a doorbell for messages is for the input to say as well. */
static bool doorbell;

const struct mmio_range *mmio_map_find(struct mmio_map *m __unused, u64 addr __unused,
				       u32 size __unused)
{
	static const struct mmio_range range;

	return doorbell ? &range : NULL;
}

static void must(bool is_so)
{
	if (!is_so)
		abort();
}

static u64 take(struct feed *f, size_t n)
{
	u64 value = 0;

	if (n > f->left)
		n = f->left;
	if (n != 0U)
		memcpy(&value, f->at, n);
	f->at += n;
	f->left -= n;
	return value;
}

static void take_text(struct feed *f, char *to, size_t max)
{
	const size_t n = take(f, 2) % max;

	for (size_t i = 0; i < n; i++)
		to[i] = (char)(1U + take(f, 1) % 255U);
	to[n] = '\0';
}

/* A device somewhere in the board's tree; any ranges and interrupts. */
static bool take_device(struct feed *f, struct device_config *d, char *path)
{
	int node = -1;

	for (u64 n = take(f, 1) + 1U; n != 0U; n--)
		node = fdt_next_node(board, node, NULL);
	if (node < 0 || fdt_get_path(board, node, path, PATH_SIZE) != 0)
		return false;
	d->path = path;
	d->range_count = (u32)(take(f, 1) % (DEVICE_RANGES_MAX + 1U));
	for (u32 i = 0; i < d->range_count; i++)
		d->range[i] = (struct device_range){ .gpa = { take(f, 8) }, .size = take(f, 8) };
	d->irq_count = (u32)(take(f, 1) % (DEVICE_IRQS_MAX + 1U));
	for (u32 i = 0; i < d->irq_count; i++)
		d->irq[i].intid = (u32)take(f, 2);
	return true;
}

static void take_partition(struct feed *f, struct system_config *s, struct partition_config *c)
{
	take_text(f, bootargs, sizeof(bootargs));
	c->name = "fuzzed";
	c->bootargs = bootargs;
	c->console = (take(f, 1) & 1U) != 0U;
	c->memory_count = (u32)(take(f, 1) % (PARTITION_MEMORY_MAX + 1U));
	for (u32 i = 0; i < c->memory_count; i++)
		c->memory[i] = (struct memory_config){ .gpa = { take(f, 8) }, .size = take(f, 8) };
	s->region_count = (u32)(take(f, 1) % (SYSTEM_REGIONS_MAX + 1U));
	for (u32 i = 0; i < s->region_count; i++) {
		take_text(f, names[i], TEXT_MAX);
		s->region[i] = (struct region_config){ .name = names[i], .size = take(f, 8) };
	}
	c->attach_count = (u32)(take(f, 1) % (PARTITION_ATTACH_MAX + 1U));
	for (u32 i = 0; i < c->attach_count; i++)
		c->attach[i] =
			(struct attach_config){ .region = (u32)take(f, 1), .gpa = { take(f, 8) } };
}

/* What was generated is whole and says what it was generated from. */
static void tree_check(const struct partition *p)
{
	const struct partition_config *c = p->config;
	const void *fdt = p->plan.description_blob;
	u32 memories = 0;
	int chosen;
	const char *args;

	must(p->plan.description_size <= PLAN_FDT_MAX &&
	     fdt_check_full(fdt, p->plan.description_size) == 0);
	chosen = fdt_path_offset(fdt, "/chosen");
	args = chosen < 0 ? NULL : fdt_getprop(fdt, chosen, "bootargs", NULL);
	must(args != NULL && strcmp(args, c->bootargs) == 0);
	for (int n = fdt_first_subnode(fdt, 0); n >= 0; n = fdt_next_subnode(fdt, n)) {
		int size = 0;
		const void *type = fdt_getprop(fdt, n, "device_type", &size);
		const fdt64_t *reg = fdt_getprop(fdt, n, "reg", NULL);

		if (type == NULL || strcmp(type, "memory") != 0)
			continue;
		must(memories < c->memory_count && reg != NULL);
		must(fdt64_ld(&reg[0]) == c->memory[memories].gpa.v);
		must(fdt64_ld(&reg[1]) == c->memory[memories].size);
		memories++;
	}
	must(memories == c->memory_count);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static struct system_config system;
	static struct partition_config config;
	static struct partition p;
	static _Alignas(64) u8 virq[256];
	static struct machine machine_of_board;
	struct feed f = { data, size < 512U ? size : 512U };
	const size_t rest = size - f.left;
	int err;

	memset(board, 0, sizeof(board));
	memcpy(board, data + f.left, rest < sizeof(board) ? rest : sizeof(board));
	machine_fdt = fdt_read_machine(board, sizeof(board), &machine_of_board) == 0 ? board : NULL;
	memset(&system, 0, sizeof(system));
	memset(&config, 0, sizeof(config));
	memset(&p, 0, sizeof(p));
	take_partition(&f, &system, &config);
	config.device = system.device;
	while (machine_fdt != NULL && config.device_count < ARRAY_SIZE(paths) && f.left != 0U) {
		if (!take_device(&f, &system.device[config.device_count],
				 paths[config.device_count]))
			break;
		config.device_count++;
	}
	p.config = &config;
	p.vcpu_count = 1;
	p.plan.ramdisk_size = take(&f, 8);
	must(virq_size(1) <= sizeof(virq));
	p.virq = (struct virq *)virq;
	fake_virq(p.virq)->doorbell = PAGE_SIZE;
	doorbell = take(&f, 1) % 2U != 0U;
	err = describe_make(&system, &p);
	must(err == 0 || err == BH_EOVERFLOW);
	if (err == 0)
		tree_check(&p);
	return 0;
}
