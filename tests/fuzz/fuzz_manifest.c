// SPDX-License-Identifier: Apache-2.0
/*
 * Any manifest, read for a board with devices of every kind: what is accepted must keep the bounds
 * that partitions are built within, and what is refused must say where.
 */
#include <stdlib.h>
#include <string.h>

#include <bulkhead/svc/manifest.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static struct machine_devices devices = {
	.count = 5,
	.device = {
		{ .path = "/a@1000", .range_count = 1, .range = { { { 0x30001000 }, 0x200 } },
		  .registers_only = true, .irq_count = 1, .irq = { { 40, true } } },
		{ .path = "/b@1200", .range_count = 1, .range = { { { 0x30001200 }, 0x200 } },
		  .registers_only = true },
		{ .path = "/c@3000", .range_count = 1, .range = { { { 0x30003000 }, 0x1000 } },
		  .stream_count = 1, .stream = { { { 0x0b000000 }, 7 } } },
		{ .path = "/d@4000", .range_count = 1, .range = { { { 0x30004000 }, 0x1000 } },
		  .irq_count = 1, .irq = { { 40, true } } },
		{ .path = "/own@9000", .range_count = 1, .range = { { { 0x0a000000 }, 0x1000 } } },
	},
};

static const struct machine machine_of_board = {
	.uart_count = 1,
	.uart = { { .base = { 0x0a000000 }, .size = 0x1000, .irq = 33, .console = true } },
};

static const struct manifest_board board = {
	.machine = &machine_of_board,
	.devices = &devices,
	.vplat = &vplat,
	.cpu_count = 4,
	.free_count = 2,
	.free = { { { 0x40000000 }, 0x10000000 }, { { 0x60000000 }, 0x8000000 } },
};

static void must(bool is_so)
{
	if (!is_so)
		abort();
}

static void partition_check(const struct system_config *s, const struct partition_config *p)
{
	must(p->name != NULL && strlen(p->name) <= MANIFEST_NAME_MAX);
	must(p->cpus != 0U && (p->cpus & ~0xfULL) == 0U);
	must(p->vcpu_count == (u32)__builtin_popcountll(p->cpus));
	must(p->memory_count != 0U && p->memory_count <= PARTITION_MEMORY_MAX);
	must(p->attach_count <= PARTITION_ATTACH_MAX);
	must(p->kernel.name != NULL && p->bootargs != NULL);
	must((vplat.payload_types & (1U << p->kernel.type)) != 0U);
	for (u32 i = 0; i < p->memory_count; i++)
		must(p->memory[i].size != 0U && IS_ALIGNED(p->memory[i].size, PAGE_SIZE) &&
		     range_inside(p->memory[i].gpa.v, p->memory[i].size, 0, BIT(vplat.gpa_bits)));
	for (u32 i = 0; i < p->attach_count; i++)
		must(p->attach[i].region < s->region_count);
	must(p->device_count == 0U || (p->device >= s->device &&
				       p->device + p->device_count <= s->device + s->device_count));
	must((p->after >> s->partition_count) == 0U && (p->manages >> s->partition_count) == 0U);
}

/* Nothing is had by two. */
static void system_check(const struct system_config *s)
{
	u64 cpus = 0;
	u32 owned = 0;

	must(s->partition_count != 0U && s->partition_count <= PARTITIONS_MAX);
	must(s->region_count <= SYSTEM_REGIONS_MAX && s->channel_count <= SYSTEM_CHANNELS_MAX);
	must(s->device_count <= devices.count);
	for (u32 i = 0; i < s->partition_count; i++) {
		partition_check(s, &s->partition[i]);
		must((cpus & s->partition[i].cpus) == 0U);
		cpus |= s->partition[i].cpus;
		owned += s->partition[i].device_count;
	}
	must(owned == s->device_count);
	for (u32 i = 0; i < s->channel_count; i++)
		must(s->channel[i].partition[0] < s->partition_count &&
		     s->channel[i].partition[1] < s->partition_count &&
		     s->channel[i].region < s->region_count);
}

static void refusal_check(void *ctx, const struct manifest_refusal *r)
{
	++*(u32 *)ctx;
	must(r->rule != NULL && r->hint != NULL && r->text[0] != '\0');
	must(memchr(r->node, 0, sizeof(r->node)) != NULL &&
	     memchr(r->text, 0, sizeof(r->text)) != NULL);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static struct system_config config;
	void *exact = malloc(size == 0U ? 1U : size);
	struct manifest_refusal why;
	u32 refusals = 0;
	int err;

	memcpy(exact, data, size);
	err = manifest_check(exact, size, &board, &config, &why, refusal_check, &refusals);
	must((err == 0) == (refusals == 0U));
	if (err == 0)
		system_check(&config);
	free(exact);
	return 0;
}
