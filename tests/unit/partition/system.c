// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/lib/error.h>
#include <bulkhead/mem/frame.h>

#include "core/vm/partition_internal.h"
#include "system.h"

#define CPUS 2U
#define PIECE 1000U

struct system_config config;
int payload_result;
u32 payload_copies;
u32 payload_changed;

static u8 ram[RAM_SIZE] __aligned(PAGE_SIZE);
static const struct machine machine_of_test = {
	.ram_count = 1,
	.ram = { { { RAM }, RAM_SIZE } },
};
static struct {
	u8 *to;
	u64 done, size;
	bool linux_image;
} copies[PARTITIONS_MAX];

static const u32 linux_head[2] = { FAKE_LINUX, 0x80000 };

u8 payload_byte(u64 i)
{
	return (u8)(i * 7U + 1U);
}

static int find(const char *name, u64 *size)
{
	*size = PAYLOAD_SIZE;
	return strcmp(name, "guest") == 0 || strcmp(name, "linux") == 0 ? 0 : BH_ENOENT;
}

static int peek(const char *name, void *to, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((u8 *)to)[i] = payload_byte(i);
	if (strcmp(name, "linux") == 0)
		memcpy(to, linux_head, sizeof(linux_head));
	return 0;
}

static int begin(u32 partition, const char *name, void *to)
{
	copies[partition].linux_image = strcmp(name, "linux") == 0;
	copies[partition].to = to;
	copies[partition].done = 0;
	payload_copies++;
	return 0;
}

static int step(u32 partition)
{
	for (u32 i = 0; i < PIECE && copies[partition].done < PAYLOAD_SIZE; i++) {
		const u64 at = copies[partition].done;

		copies[partition].to[at] = payload_byte(at);
		copies[partition].done++;
	}
	if (copies[partition].done < PAYLOAD_SIZE)
		return BH_EAGAIN;
	if (copies[partition].linux_image)
		memcpy(copies[partition].to, linux_head, sizeof(linux_head));
	if (payload_changed < PAYLOAD_SIZE)
		copies[partition].to[payload_changed] ^= 1U;
	return payload_result;
}

static const struct payload_ops ops = { .find = find, .peek = peek, .begin = begin, .step = step };

static struct partition_config partition_of(const char *name, u32 cpu)
{
	return (struct partition_config){
		.name = name,
		.cpus = BIT(cpu),
		.vcpu_count = 1,
		.memory_count = 1,
		.memory = { { { RAM }, MIB(4), PLACE_ANY } },
		.kernel = { "guest", PAYLOAD_RAW, PLACE_ANY, PLACE_ANY },
		.bootargs = "",
	};
}

int system_setup(void **state)
{
	int err = lines_setup(state);

	lists_empty();
	memset(ram, 0xa5, sizeof(ram));
	fake_ram_add(HPA(RAM), ram, sizeof(ram));
	err |= irqchip() == NULL ? irqchip_register(&fake_irqchip) : 0;
	err |= frame_init(&machine_of_test);
	cpu_count = CPUS;
	for (u32 i = 0; i < CPUS; i++) {
		cpus[i].self = &cpus[i];
		cpus[i].id = i;
		cpus[i].state = CPU_ONLINE;
	}
	payload_result = 0;
	payload_copies = 0;
	payload_changed = PAYLOAD_SIZE;
	partition_payloads_set(&ops);
	memset(&config, 0, sizeof(config));
	config.name = "test";
	config.partition_count = 2;
	*A = partition_of("a", 0);
	*B = partition_of("b", 1);
	return err;
}

void turns(u32 cpu, u32 most)
{
	fake_cpu = &cpus[cpu];
	for (u32 i = 0; i < most && slot_turn(); i++)
		continue;
	fake_cpu = &cpus[0];
}

/* A fake guest without a script comes out at once, so a partition that runs is busy for ever. */
void settle(void)
{
	for (u32 i = 0; i < 4U; i++) {
		turns(0, 5000);
		turns(1, 5000);
	}
}
