// SPDX-License-Identifier: Apache-2.0
#include <asm/offload.h>
#include <bulkhead/arch/atomic.h>

#define POSTED_ON BIT(0)
#define POSTED_SN BIT(1)
#define POSTED_NV_SHIFT 16U
#define POSTED_NDST BITS(63, 32)
#define POSTED_NDST_SHIFT 32U
#define XAPIC_SHIFT 8U

#define IPIV_VALID BIT(0)

#define AVIC_VALID BIT(63)
#define AVIC_RUNNING BIT(62)
#define AVIC_PAGE BITS(51, 12)
#define AVIC_APIC_ID BITS(11, 0)
#define AVIC_LOGICAL_VALID BIT(31)
#define CLUSTERS 15U
#define CLUSTER_MEMBERS 4U

static u64 ndst(u32 apic_id, bool x2apic)
{
	return (u64)(x2apic ? apic_id : (apic_id & 0xffU) << XAPIC_SHIFT) << POSTED_NDST_SHIFT;
}

void posted_init(struct posted *d, u8 vector, u32 apic_id, bool x2apic)
{
	*d = (struct posted){ .control = (u64)vector << POSTED_NV_SHIFT | ndst(apic_id, x2apic) };
}

bool posted_leave(struct posted *d, u8 vector)
{
	u64 before;

	__atomic_fetch_or(&d->pir[vector / 64U], BIT(vector % 64U), __ATOMIC_SEQ_CST);
	if ((load_acquire(&d->control) & POSTED_SN) != 0U)
		return false;
	before = __atomic_fetch_or(&d->control, (u64)POSTED_ON, __ATOMIC_SEQ_CST);
	return (before & (POSTED_ON | POSTED_SN)) == 0U;
}

void posted_move(struct posted *d, u32 apic_id, bool x2apic, bool held)
{
	u64 old = load_acquire(&d->control);
	u64 next;

	do {
		next = (old & ~(u64)(POSTED_NDST | POSTED_SN)) | ndst(apic_id, x2apic) |
		       (held ? POSTED_SN : 0U);
	} while (!__atomic_compare_exchange_n(&d->control, &old, next, false, __ATOMIC_SEQ_CST,
					      __ATOMIC_ACQUIRE));
}

u64 ipiv_entry(hpa_t pa)
{
	return IS_ALIGNED(pa.v, sizeof(struct posted)) ? pa.v | IPIV_VALID : 0U;
}

u64 avic_physical(hpa_t backing_page, u32 apic_id)
{
	const u64 entry = AVIC_VALID | (backing_page.v & AVIC_PAGE);

	return apic_id > AVIC_APIC_ID ? entry : entry | AVIC_RUNNING | apic_id;
}

u32 avic_logical(u32 id)
{
	return (u32)AVIC_LOGICAL_VALID | (id & 0xffU);
}

/* Exactly one member bit; in the cluster model four of them, in 15 clusters. */
u32 avic_logical_index(u32 ldr, bool flat)
{
	const u32 id = ldr >> 24;
	const u32 members = flat ? id : id & 0xfU;
	const u32 cluster = flat ? 0U : id >> 4;

	if (members == 0U || (members & (members - 1U)) != 0U || cluster >= CLUSTERS)
		return AVIC_NO_ENTRY;
	return cluster * CLUSTER_MEMBERS + (u32)__builtin_ctz(members);
}
