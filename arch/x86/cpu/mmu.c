// SPDX-License-Identifier: Apache-2.0
/*
 * Bulkhead's own address space: the image at X86_IMAGE_OFFSET with rights by section, and one
 * window that mmu_map() deals out from bottom to top.
 */
#include <asm/features.h>
#include <asm/msr.h>
#include <asm/x86.h>
#include <bulkhead/arch/mmu.h>
#include <bulkhead/arch/percpu.h>
#include <bulkhead/base/lock.h>
#include <bulkhead/base/log.h>
#include <bulkhead/base/panic.h>
#include <bulkhead/base/percpu.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/lib/pt.h>

#define TABLE_SIZE 4096U
#define LARGE_PAGE MIB(2)
#define VA_BITS 48U

extern char image_start[], text_start[], text_end[], rodata_start[], rodata_end[], data_start[];
extern char stacks_start[], shadow_stacks_start[], shadow_stacks_end[], image_end[];

static u8 pool_memory[CONFIG_X86_PAGE_TABLES][TABLE_SIZE] __aligned(TABLE_SIZE);
static struct pt_format format;
static struct pt_pool pool;
static struct pt tree, trampoline_tree;
static u64 window_next = X86_WINDOW_BASE;
static struct spinlock map_lock = SPINLOCK_INIT(LOCK_OWN_MAP);

/* Assembly loads it on every other CPU. */
u64 mmu_root;

static u64 image_pa(const void *p)
{
	return (uintptr_t)p - X86_IMAGE_OFFSET;
}

hpa_t mmu_image_base(void)
{
	return HPA(image_pa(image_start));
}

u64 mmu_image_size(void)
{
	return (u64)(image_end - image_start);
}

static void flush_everywhere(void *ctx, u64 va, u64 size)
{
	(void)ctx;
	if (size > MIB(1)) {
		write_cr3(read_cr3());
	} else {
		for (u64 at = 0; at < size; at += PAGE_SIZE)
			__asm__ volatile("invlpg (%0)" : : "r"(va + at) : "memory");
	}
	tlb_flush_others();
}

static int map_image(const void *from, u64 size, u32 attr)
{
	return size == 0U ? 0 : pt_map(&tree, (uintptr_t)from, HPA(image_pa(from)), size, attr);
}

/* Every stack of a CPU, and none of the pages below them. */
static int map_stacks(u32 id)
{
	int err = map_image(cpu_stacks[id].stack, CONFIG_STACK_SIZE, PT_R | PT_W);

	for (u32 i = 0; i < IST_COUNT && err == 0; i++)
		err = map_image(x86_ist_stacks[id].ist[i].stack, X86_IST_STACK_SIZE, PT_R | PT_W);
	return err;
}

static int build(void)
{
	const struct {
		const char *from, *to;
		u32 attr;
	} parts[] = {
		{ text_start, text_end, PT_R | PT_X },
		{ rodata_start, rodata_end, PT_R },
		{ data_start, stacks_start, PT_R | PT_W },
		{ shadow_stacks_start, shadow_stacks_end, PT_R },
		{ shadow_stacks_end, image_end, PT_R | PT_W },
	};
	int err;

	err = pt_format_init(&format, PT_LONG, VA_BITS, feature_phys_bits(),
			     feature(FEAT_PAGE1GB) ? 0U : PT_F_NO_HUGE);
	if (err != 0)
		return err;
	pt_pool_init(&pool, &format, pool_memory, HPA(image_pa(pool_memory)),
		     CONFIG_X86_PAGE_TABLES);
	err = pt_init(&tree, &format, &pool);
	for (u32 i = 0; i < ARRAY_SIZE(parts) && err == 0; i++)
		err = map_image(parts[i].from, (u64)(parts[i].to - parts[i].from), parts[i].attr);
	for (u32 id = 0; id < CONFIG_MAX_CPUS && err == 0; id++)
		err = map_stacks(id);
	return err;
}

/* Before the console: a failure is a fault of the build, and ends as an exception dump would. */
void mmu_init(void)
{
	int err = build();

	if (err != 0)
		panic("own page tables: %s: raise CONFIG_X86_PAGE_TABLES (%u)", error_name(err),
		      CONFIG_X86_PAGE_TABLES);
	mmu_root = tree.root;
	write_cr3(mmu_root);
}

/* Large mappings keep their offset in a large page, so that the engine can use large leaves. */
static u64 window_take(u64 pa, u64 size)
{
	u64 va = window_next + PAGE_SIZE;

	if (size >= LARGE_PAGE)
		va = ALIGN_UP(va, LARGE_PAGE) + (pa & (LARGE_PAGE - 1U));
	if (va > X86_WINDOW_BASE + X86_WINDOW_SIZE - PAGE_SIZE ||
	    size > X86_WINDOW_BASE + X86_WINDOW_SIZE - PAGE_SIZE - va)
		return 0;
	window_next = va + size;
	return va;
}

static u32 attr_of(enum mmu_kind kind)
{
	switch (kind) {
	case MMU_RAM_RW:
		return PT_R | PT_W;
	case MMU_DEVICE:
		return PT_R | PT_W | PT_DEVICE;
	default:
		return PT_R;
	}
}

static bool mappable(u64 pa, u64 size, enum mmu_kind kind)
{
	if (size == 0U || !range_inside(pa, size, 0, BIT(feature_phys_bits())))
		return false;
	return kind == MMU_RAM_RO ||
	       !range_overlaps(pa, size, mmu_image_base().v, mmu_image_size());
}

void *mmu_map(hpa_t pa, u64 size, enum mmu_kind kind)
{
	u64 first = ALIGN_DOWN(pa.v, PAGE_SIZE);
	u64 bytes;
	u64 va;
	int err = BH_ENOMEM;

	if (!mappable(pa.v, size, kind))
		return NULL;
	bytes = ALIGN_UP(pa.v + size, PAGE_SIZE) - first;
	spin_lock(&map_lock);
	va = window_take(first, bytes);
	if (va != 0U)
		err = pt_map(&tree, va, HPA(first), bytes, attr_of(kind));
	spin_unlock(&map_lock);
	return err == 0 ? (void *)(uintptr_t)(va + (pa.v - first)) : NULL;
}

void mmu_unmap(void *p, u64 size)
{
	u64 first = ALIGN_DOWN((uintptr_t)p, PAGE_SIZE);
	u64 bytes = ALIGN_UP((uintptr_t)p + size, PAGE_SIZE) - first;
	int err;

	BUG_ON(!range_inside(first, bytes, X86_WINDOW_BASE, X86_WINDOW_SIZE));
	spin_lock(&map_lock);
	err = pt_unmap(&tree, first, bytes, flush_everywhere, NULL);
	spin_unlock(&map_lock);
	BUG_ON(err != 0);
}

hpa_t mmu_pa(const void *p)
{
	struct pt_leaf leaf;

	BUG_ON(pt_query(&tree, (uintptr_t)p, &leaf) != 0);
	return leaf.pa;
}

/* Pages in [va, end) that are writable and executable. */
static u32 count_wx(u64 va, u64 end)
{
	u32 n = 0;

	while (va < end) {
		struct pt_leaf leaf;
		int err = pt_query(&tree, va, &leaf);

		if (err != 0 && err != BH_ENOENT)
			break;
		if (err == 0 && (leaf.attr & PT_W) != 0U && (leaf.attr & PT_X) != 0U)
			n += (u32)(leaf.size / PAGE_SIZE);
		va = ALIGN_DOWN(va, leaf.size) + leaf.size;
	}
	return n;
}

u32 mmu_count_wx(void)
{
	return count_wx((uintptr_t)image_start, (uintptr_t)image_end) +
	       count_wx(X86_WINDOW_BASE, window_next);
}

int mmu_seal(void)
{
	u32 wx = mmu_count_wx();

	if (wx != 0U) {
		log_error("own page tables: %u pages are writable and executable, expected none",
			  wx);
		return trace_error(BH_EINVAL);
	}
	return 0;
}

u64 mmu_trampoline(u64 pa, bool on)
{
	int err;

	if (!on) {
		err = pt_unmap(&trampoline_tree, pa, PAGE_SIZE, flush_everywhere, NULL);
		return err == 0 ? trampoline_tree.root : 0U;
	}
	err = pt_init(&trampoline_tree, &format, &pool);
	if (err == 0)
		err = pt_map(&trampoline_tree, pa, HPA(pa), PAGE_SIZE, PT_R | PT_X);
	if (err == 0)
		err = pt_map(&trampoline_tree, (uintptr_t)text_start, HPA(image_pa(text_start)),
			     (u64)(text_end - text_start), PT_R | PT_X);
	if (err == 0)
		err = pt_map(&trampoline_tree, ALIGN_DOWN((uintptr_t)&mmu_root, PAGE_SIZE),
			     HPA(ALIGN_DOWN(image_pa(&mmu_root), PAGE_SIZE)), PAGE_SIZE, PT_R);
	return err == 0 ? trampoline_tree.root : 0U;
}
