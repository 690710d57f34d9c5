// SPDX-License-Identifier: Apache-2.0
/*
 * Any ACPI tables. The input is a list of blocks of physical memory (address 8 bytes, size 4,
 * content; little-endian; the first is the root pointer), as tests/unit/fw/data/acpi-pack makes
 * them of a machine. Checksums are made right, so that the fuzzer gets at what lies behind them.
 */
#include <stdlib.h>
#include <string.h>

#include <bulkhead/fw/machine.h>

#define BLOCKS_MAX 32U
#define BLOCK_HEAD 12U

struct block {
	u64 pa;
	u32 size;
	u8 *data;
};

struct memory {
	u32 count;
	u32 mapped;
	struct block block[BLOCKS_MAX];
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct machine m;

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* Exactly the bytes that were asked for: the sanitizer sees one too many. */
static const void *model_map(void *ctx, u64 pa, u64 size)
{
	struct memory *mem = ctx;

	check(size != 0U);
	for (u32 i = 0; i < mem->count; i++) {
		const struct block *b = &mem->block[i];

		if (range_inside(pa, size, b->pa, b->size)) {
			u8 *p = malloc((size_t)size);

			check(p != NULL);
			memcpy(p, b->data + (pa - b->pa), (size_t)size);
			mem->mapped++;
			return p;
		}
	}
	return NULL;
}

static void model_unmap(void *ctx, const void *p, u64 size)
{
	(void)size;
	((struct memory *)ctx)->mapped--;
	free((void *)(uintptr_t)p);
}

static void sum_fix(u8 *p, u32 at, u32 size)
{
	u32 sum = 0;

	if (at >= size)
		return;
	p[at] = 0;
	for (u32 i = 0; i < size; i++)
		sum += p[i];
	p[at] = (u8)(0U - sum);
}

static void checksums_fix(struct block *b, bool rsdp)
{
	u32 length = 0;

	if (rsdp) {
		sum_fix(b->data, 8, b->size < 20U ? b->size : 20U);
		sum_fix(b->data, 32, b->size < 36U ? 0U : 36U);
		return;
	}
	if (b->size >= 8U)
		memcpy(&length, b->data + 4, 4);
	if (length <= b->size)
		sum_fix(b->data, 9, length);
}

static void blocks_take(struct memory *mem, u8 *data, size_t size)
{
	size_t at = 0;

	while (size - at > BLOCK_HEAD && mem->count < BLOCKS_MAX) {
		struct block *b = &mem->block[mem->count++];

		memcpy(&b->pa, data + at, 8);
		memcpy(&b->size, data + at + 8U, 4);
		at += BLOCK_HEAD;
		if (b->size > size - at)
			b->size = (u32)(size - at);
		b->data = data + at;
		at += b->size;
		checksums_fix(b, mem->count == 1U);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct memory memory;
	const struct acpi_mem mem = { .map = model_map, .unmap = model_unmap, .ctx = &memory };
	u8 *copy;

	if (size <= BLOCK_HEAD)
		return 0;
	copy = malloc(size);
	check(copy != NULL);
	memcpy(copy, data, size);
	memset(&memory, 0, sizeof(memory));
	memset(&m, 0, sizeof(m));
	m.ram[0] = (struct machine_range){ .base = HPA(0x100000), .size = MIB(64) };
	m.ram_count = 1;
	blocks_take(&memory, copy, size);
	if (acpi_read_machine(&mem, HPA(memory.block[0].pa), &m) == 0 && machine_settle(&m) == 0)
		machine_log(&m);
	check(memory.mapped == 0U);
	check(m.cpu_count <= CONFIG_MAX_CPUS && m.reserved_count <= MACHINE_RESERVED_MAX);
	check(m.irqchip_count <= MACHINE_IRQCHIPS_MAX && m.iommu_count <= MACHINE_IOMMUS_MAX);
	check(m.segment_count <= MACHINE_SEGMENTS_MAX && m.uart_count <= MACHINE_UARTS_MAX);
	check(m.power.slp_typ_s5a <= 7U && m.power.slp_typ_s5b <= 7U);
	free(copy);
	return 0;
}
