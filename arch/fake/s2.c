// SPDX-License-Identifier: Apache-2.0
/* Hardware of stage 2: the tables a test asks for, and counted flushes. */
#include <bulkhead/arch/percpu.h>
#include <bulkhead/arch/s2.h>
#include <bulkhead/lib/error.h>

#include "fake.h"

static struct pt_format format;
static enum pt_kind kind;
static bool broadcast;
static u32 tag_count;
static u64 invalidated[CONFIG_MAX_CPUS];
static void (*on_invalidate)(void);

void fake_s2_reset(void)
{
	fake_s2_set(PT_NPT, 256, false);
	on_invalidate = NULL;
	for (u32 i = 0; i < CONFIG_MAX_CPUS; i++)
		__atomic_store_n(&invalidated[i], 0, __ATOMIC_SEQ_CST);
}

void fake_s2_set(enum pt_kind pt_kind, u32 tags, bool is_broadcast)
{
	kind = pt_kind;
	tag_count = tags;
	broadcast = is_broadcast;
	format.levels = 0;
}

void fake_s2_on_invalidate(void (*fn)(void))
{
	on_invalidate = fn;
}

u64 fake_s2_invalidated(u32 cpu)
{
	return __atomic_load_n(&invalidated[cpu], __ATOMIC_SEQ_CST);
}

int s2_format(u32 gpa_bits, const struct pt_format **out)
{
	if (gpa_bits > s2_gpa_bits_max())
		return BH_ERANGE;
	if (format.levels == 0U && pt_format_init(&format, kind, gpa_bits, 48, 0) != 0)
		return BH_ERANGE;
	*out = &format;
	return 0;
}

u32 s2_gpa_bits_max(void)
{
	return 48;
}

u32 s2_tag_count(void)
{
	return tag_count;
}

bool s2_invalidate_is_broadcast(void)
{
	return broadcast;
}

void s2_invalidate(u32 tag, hpa_t root, gpa_t gpa, u64 size)
{
	(void)tag;
	(void)root;
	(void)gpa;
	(void)size;
	__atomic_fetch_add(&invalidated[this_cpu()->id], 1U, __ATOMIC_SEQ_CST);
	if (on_invalidate != NULL)
		on_invalidate();
}

void s2_publish(const void *entry, size_t bytes)
{
	(void)entry;
	(void)bytes;
}
