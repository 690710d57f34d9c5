// SPDX-License-Identifier: Apache-2.0
/*
 * Bulkhead's own address space, from where the entry code left off: its tables are the first
 * frames of the page-table engine's pool, so the engine goes on in the same tree.
 */
#include <asm/image.h>
#include <asm/pgtable.h>
#include <asm/sysreg.h>
#include <bulkhead/arch/atomic.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/base/lock.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/panic.h>
#include <bulkhead/base/unit.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/pt.h>

#define VA_BITS 48U
#define ENTRIES 512U

/* Above this many pages one TLBI of everything is cheaper than one for each. */
#define TLBI_PAGES_MAX 64U

_Static_assert(MAIR_EL2_VALUE == PT_VMSA_MAIR, "the engine's attribute indices");

static struct pt_format format;
static struct pt_pool pool;
static struct pt own;
static u64 window_next = WINDOW_VA;
static struct spinlock lock = SPINLOCK_INIT(LOCK_OWN_MAP);

static u64 own_root_pa(void)
{
	return read_sysreg(ttbr0_el2) & BITS(47, 12);
}

hpa_t mmu_image_base(void)
{
	return HPA(own_root_pa() - (u64)((u8 *)own_tables - image_start));
}

u64 mmu_image_size(void)
{
	return (u64)(image_end - image_start);
}

/* Width of a physical address that descriptors without FEAT_LPA2 can hold. */
static u32 pa_bits(void)
{
	static const u8 bits[] = { 32, 36, 40, 42, 44, 48 };
	u32 range = id_field(read_sysreg(id_aa64mmfr0_el1), 0);

	return bits[(range < ARRAY_SIZE(bits)) ? range : ARRAY_SIZE(bits) - 1U];
}

void mmu_init(void)
{
	memory_clear(own_tables[EARLY_TABLES], sizeof(own_tables[0]) * CONFIG_ARM64_MAP_TABLES);
	BUG_ON(pt_format_init(&format, PT_VMSA_EL2, VA_BITS, pa_bits(), 0) != 0);
	pt_pool_init(&pool, &format, own_tables, HPA(own_root_pa()), OWN_TABLES);
	pool.fresh = EARLY_TABLES;
	own = (struct pt){ .fmt = &format, .pool = &pool, .root = own_root_pa() };
}

static void flush(void *ctx, u64 va, u64 size)
{
	(void)ctx;
	__asm__ volatile("dsb ishst" ::: "memory");
	if (size > TLBI_PAGES_MAX * PAGE_SIZE)
		__asm__ volatile("tlbi alle2is" ::: "memory");
	else
		for (u64 at = va; at < va + size; at += PAGE_SIZE)
			__asm__ volatile("tlbi vae2is, %0" ::"r"(at >> PAGE_SHIFT) : "memory");
	__asm__ volatile("dsb ish\n\tisb" ::: "memory");
}

/*
 * Takes addresses for @size bytes at @pa, with a hole of a page before them. Large ones keep their
 * place within 2 MiB, so that blocks can map them.
 */
static u64 window_take(u64 pa, u64 size)
{
	u64 va = window_next + PAGE_SIZE;

	if (size >= MIB(2)) {
		u64 at = ALIGN_DOWN(va, MIB(2)) + (pa & (MIB(2) - 1U));

		va = (at < va) ? at + MIB(2) : at;
	}
	if (!range_inside(va, size, WINDOW_VA, WINDOW_SIZE - PAGE_SIZE))
		return 0;
	return va;
}

static bool range_allowed(u64 pa, u64 size, enum mmu_kind kind)
{
	if (size == 0U || !range_inside(pa, size, 0, 1ULL << pa_bits()))
		return false;
	return kind == MMU_RAM_RO ||
	       !range_overlaps(pa, size, mmu_image_base().v, mmu_image_size());
}

void *mmu_map(hpa_t pa, u64 size, enum mmu_kind kind)
{
	static const u32 attr[] = {
		[MMU_RAM_RO] = PT_R | PT_NORMAL,
		[MMU_RAM_RW] = PT_R | PT_W | PT_NORMAL,
		[MMU_DEVICE] = PT_R | PT_W | PT_DEVICE,
	};
	u64 first = ALIGN_DOWN(pa.v, PAGE_SIZE);
	void *p = NULL;
	u64 bytes, va;

	if (!range_allowed(pa.v, size, kind))
		return NULL;
	bytes = ALIGN_UP(pa.v + size, PAGE_SIZE) - first;
	spin_lock(&lock);
	va = window_take(first, bytes);
	if (va != 0U && pt_map(&own, va, HPA(first), bytes, attr[kind]) == 0) {
		window_next = va + bytes;
		p = (void *)(uintptr_t)(va + (pa.v - first));
	}
	spin_unlock(&lock);
	mb_complete();
	return p;
}

void mmu_unmap(void *p, u64 size)
{
	u64 va = ALIGN_DOWN((u64)(uintptr_t)p, PAGE_SIZE);
	u64 end = ALIGN_UP((u64)(uintptr_t)p + size, PAGE_SIZE);
	int err;

	BUG_ON(!range_inside(va, end - va, WINDOW_VA, WINDOW_SIZE));
	spin_lock(&lock);
	err = pt_unmap(&own, va, end - va, flush, NULL);
	spin_unlock(&lock);
	BUG_ON(err != 0);
}

hpa_t mmu_pa(const void *p)
{
	struct pt_leaf leaf;

	BUG_ON(pt_query(&own, (u64)(uintptr_t)p, &leaf) != 0);
	return leaf.pa;
}

/* What a walk over all of our tables finds. */
struct survey {
	u32 wx;      /* pages writable and executable */
	u64 strange; /* address of a leaf outside image and window; 0: none */
};

static bool known_address(u64 va)
{
	return range_inside(va, 1, IMAGE_VA, GIB(1)) || range_inside(va, 1, WINDOW_VA, WINDOW_SIZE);
}

static void survey_leaf(struct survey *s, u64 e, u64 va, u64 size)
{
	if ((e & (PTE_RO | PTE_XN)) == 0U)
		s->wx += (u32)(size >> PAGE_SHIFT);
	if (!known_address(va))
		s->strange = va;
}

static const u64 *next_table(u64 e)
{
	u64 at = (e & PTE_ADDR) - own_root_pa();

	BUG_ON(at >= sizeof(own_tables));
	return own_tables[at >> PAGE_SHIFT];
}

/* The first entry of @table from @i on that is not 0, most of which are. */
static u64 next_used(const u64 *table, u64 i)
{
	while (i < ENTRIES) {
		const u64 *e = &table[i];

		if (e[0] != 0U)
			return i;
		if (IS_ALIGNED(i, 8U) && (e[1] | e[2] | e[3] | e[4] | e[5] | e[6] | e[7]) == 0U)
			i += 7U;
		i++;
	}
	return ENTRIES;
}

static void survey_pages(struct survey *s, const u64 *table, u64 va)
{
	for (u64 i = next_used(table, 0); i < ENTRIES; i++) {
		const u64 e = table[i];

		if (e == 0U && IS_ALIGNED(i, 8U))
			i = next_used(table, i) - 1U;
		else if ((e & PTE_VALID) != 0U)
			survey_leaf(s, e, va + (i << PAGE_SHIFT), PAGE_SIZE);
	}
}

/*
 * Reads descriptors as the CPU does, not through the engine: it also checks the engine's work.
 * Levels 0 to 2 by a stack of positions, pages in one go.
 */
static struct survey survey(void)
{
	const u64 *table[3] = { own_tables[0] };
	u64 index[3] = { 0 };
	u64 base[3] = { 0 }; /* of what each table maps */
	struct survey s = { 0 };
	u32 level = 0;

	for (;;) {
		const u64 i = next_used(table[level], index[level]);
		const u64 size = BIT(39U - 9U * level);
		const u64 va = base[level] + i * size;
		u64 e;

		index[level] = i + 1U;
		if (i == ENTRIES && level == 0U)
			return s;
		if (i == ENTRIES) {
			level--;
			continue;
		}
		e = table[level][i];
		if ((e & PTE_VALID) == 0U)
			continue;
		if ((e & PTE_TABLE) == 0U) {
			survey_leaf(&s, e, va, size);
		} else if (level == 2U) {
			survey_pages(&s, next_table(e), va);
		} else {
			level++;
			table[level] = next_table(e);
			index[level] = 0;
			base[level] = va;
		}
	}
}

u32 mmu_count_wx(void)
{
	return survey().wx;
}

/*
 * Nothing is left to change: the entry code mapped each section with its final rights, and the
 * one-to-one page is in a root of its own, which smp_finish() clears.
 */
int mmu_seal(void)
{
	struct survey s = survey();

	if (s.wx != 0U || s.strange != 0U) {
		log_error("own tables: %u pages writable and executable, stray mapping at 0x%llx; "
			  "expected none",
			  s.wx, (unsigned long long)s.strange);
		return trace_error(BH_EINVAL);
	}
	return 0;
}
UNIT_DEFINE(mmu, 2, 50, mmu_seal);
