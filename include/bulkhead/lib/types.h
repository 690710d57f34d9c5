/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words every other file speaks: sized integers, and one distinct type per address space.
 *
 * An address is a one-field struct, so that handing a guest address to a function that wants a
 * host address does not compile (docs/design.md, law 6). Arithmetic goes through the helpers
 * below; `.v` is read only where a value meets hardware or a message.
 */
#ifndef BULKHEAD_LIB_TYPES_H
#define BULKHEAD_LIB_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

/* Host physical: what the memory controller sees. */
typedef struct {
	u64 v;
} hpa_t;

/* Guest physical of a partition: input of its stage 2. */
typedef struct {
	u64 v;
} gpa_t;

/* Guest physical of a guest's guest. */
typedef struct {
	u64 v;
} l2gpa_t;

/* Guest virtual: input of the guest's own tables. */
typedef struct {
	u64 v;
} gva_t;

/* What a device puts on the bus: input of its IOMMU domain. */
typedef struct {
	u64 v;
} iova_t;

/* Bulkhead's own virtual address. */
typedef struct {
	u64 v;
} hva_t;

/* PCI segment 31:16, bus 15:8, device 7:3, function 2:0. */
typedef struct {
	u32 v;
} pci_sbdf_t;

#define HPA(x) ((hpa_t){ (u64)(x) })
#define GPA(x) ((gpa_t){ (u64)(x) })
#define HVA(x) ((hva_t){ (u64)(x) })
#define IOVA(x) ((iova_t){ (u64)(x) })

#ifdef __CHECKER__
/* Memory that belongs to a guest: sparse refuses a direct dereference. */
#define __guest __attribute__((noderef, address_space(1)))
#define __force __attribute__((force))
#else
#define __guest
#define __force
#endif

#define PAGE_SHIFT 12U
#define PAGE_SIZE (1ULL << PAGE_SHIFT)
#define PAGE_MASK (PAGE_SIZE - 1U)

#define KIB(n) ((u64)(n) << 10)
#define MIB(n) ((u64)(n) << 20)
#define GIB(n) ((u64)(n) << 30)

#define BIT(n) (1ULL << (n))
/* Bits hi..lo, both included. */
#define BITS(hi, lo) ((~0ULL >> (63U - (hi))) & (~0ULL << (lo)))
/* The low @n bytes of a word, 1 to 8. */
#define LOW_BYTES(n) (~0ULL >> (64U - 8U * (n)))
#define FIELD_GET(word, hi, lo) (((u64)(word) & BITS(hi, lo)) >> (lo))
#define FIELD_PREP(val, hi, lo) (((u64)(val) << (lo)) & BITS(hi, lo))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define ALIGN_DOWN(x, a) ((x) & ~((__typeof__(x))(a) - 1U))
#define ALIGN_UP(x, a) ALIGN_DOWN((x) + (__typeof__(x))(a) - 1U, a)
#define IS_ALIGNED(x, a) (((x) & ((__typeof__(x))(a) - 1U)) == 0U)

#define container_of(ptr, type, member) ((type *)((char *)(ptr) - offsetof(type, member)))

#define __packed __attribute__((packed))
#define __aligned(n) __attribute__((aligned(n)))
#define __used __attribute__((used))
#define __unused __attribute__((unused))
#define __section(s) __attribute__((section(s)))
/* Large and written before it is read: not cleared at boot. */
#define __scratch __attribute__((section(".bss.scratch")))
/* In a section that is read as a list: clang's address sanitizer would put space between. */
#ifdef __clang__
#define __no_redzone __attribute__((no_sanitize("address")))
#else
#define __no_redzone
#endif
#define __noreturn __attribute__((noreturn))
#define __printf(f, a) __attribute__((format(printf, f, a)))
#define __must_check __attribute__((warn_unused_result))
#define __noinline __attribute__((noinline))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/*
 * Does [base, base + size) overflow or leave [lo, lo + len)? All unsigned, so no operand an
 * attacker chooses can wrap the check. Returns true when the range is wholly inside.
 */
static inline bool range_inside(u64 base, u64 size, u64 lo, u64 len)
{
	return base >= lo && size <= len && base - lo <= len - size;
}

/* Do two ranges share a byte? Neither may wrap (see range_inside()). */
static inline bool range_overlaps(u64 a, u64 asize, u64 b, u64 bsize)
{
	return asize != 0U && bsize != 0U && a <= b + (bsize - 1U) && b <= a + (asize - 1U);
}

#endif
