// SPDX-License-Identifier: Apache-2.0
/* Stage 2 as the CPU sees it: VTCR_EL2, VTTBR_EL2, VMIDs, and TLBI (Arm ARM D8.2, D8.17). */
#include <asm/sysreg.h>
#include <asm/virt.h>
#include <bulkhead/arch/s2.h>
#include <bulkhead/lib/error.h>
#include <bulkhead/mem/s2.h>

#define VTCR_SL0_LO 6U
#define VTCR_IRGN0_WBWA BIT(8)
#define VTCR_ORGN0_WBWA BIT(10)
#define VTCR_SH0_INNER (3ULL << 12)
#define VTCR_PS_LO 16U
#define VTCR_VS BIT(19)

#define VTTBR_VMID_LO 48U

#define TCR_EPD0 BIT(7)
#define TCR_EPD1 BIT(23)
#define SCTLR_EL1_RES1 0x30d00800ULL

#define ID_MMFR1_VMIDBITS_SHIFT 4U
#define ID_MMFR1_XNX_SHIFT 28U

/* Above this many pages everything of the VMID goes at once. */
#define TLBI_PAGES_MAX 64U

/* Widths of ID_AA64MMFR0_EL1.PARange up to what descriptors hold without FEAT_LPA2. */
static const u8 pa_bits[] = { 32, 36, 40, 42, 44, 48 };

/* One format for each of them; made when first asked for. */
static struct pt_format formats[ARRAY_SIZE(pa_bits)];

u32 s2_pa_range(void)
{
	const u32 range = id_field(read_sysreg(id_aa64mmfr0_el1), 0);

	return range < ARRAY_SIZE(pa_bits) ? range : (u32)ARRAY_SIZE(pa_bits) - 1U;
}

static bool vmid_is_16bit(void)
{
	return id_field(read_sysreg(id_aa64mmfr1_el1), ID_MMFR1_VMIDBITS_SHIFT) == 2U;
}

u32 s2_gpa_bits_max(void)
{
	return pa_bits[s2_pa_range()];
}

u32 s2_tag_count(void)
{
	return vmid_is_16bit() ? 0x10000U : 0x100U;
}

int s2_format(u32 gpa_bits, const struct pt_format **out)
{
	const bool xnx = id_field(read_sysreg(id_aa64mmfr1_el1), ID_MMFR1_XNX_SHIFT) != 0U;
	u32 i = 0;

	if (gpa_bits > s2_gpa_bits_max())
		return BH_ERANGE;
	while (pa_bits[i] < gpa_bits)
		i++;
	if (formats[i].levels == 0U) {
		const int err = pt_format_init(&formats[i], PT_VMSA_S2, pa_bits[i],
					       s2_gpa_bits_max(), xnx ? PT_F_SPLIT_X : 0U);

		if (err != 0)
			return err;
	}
	*out = &formats[i];
	return 0;
}

u64 s2_vtcr(const struct pt_format *f)
{
	/* SL0 for the 4 KiB granule: 2 starts at level 0, 1 at level 1. */
	const u64 sl0 = f->levels - 2U;

	return VTCR_EL2_RES1 | VTCR_IRGN0_WBWA | VTCR_ORGN0_WBWA | VTCR_SH0_INNER |
	       (64ULL - f->in_bits) | sl0 << VTCR_SL0_LO | (u64)s2_pa_range() << VTCR_PS_LO |
	       (vmid_is_16bit() ? VTCR_VS : 0U);
}

u64 s2_vttbr(const struct s2 *s2)
{
	return s2->pt.root | (u64)s2->tag << VTTBR_VMID_LO;
}

bool s2_invalidate_is_broadcast(void)
{
	return true;
}

/* MMU on, both halves without walks: the one state in which nothing can be translated. */
void el1_walks_stop(void)
{
	write_sysreg(tcr_el1, TCR_EPD0 | TCR_EPD1);
	isb();
	write_sysreg(sctlr_el1, SCTLR_EL1_RES1 | SCTLR_M);
	isb();
}

struct el1_walks el1_walks_get(void)
{
	return (struct el1_walks){ read_sysreg(tcr_el1), read_sysreg(sctlr_el1) };
}

void el1_walks_go(const struct el1_walks *w)
{
	isb();
	write_sysreg(sctlr_el1, w->sctlr);
	isb();
	write_sysreg(tcr_el1, w->tcr);
}

static void tlbi_pages(u64 gpa, u64 end)
{
	for (u64 at = gpa; at < end; at += PAGE_SIZE)
		__asm__ volatile("tlbi ipas2e1is, %0" ::"r"(at >> PAGE_SHIFT) : "memory");
	/* What stage 1 combined with the old stage 2 is not found by IPA. */
	__asm__ volatile("dsb ish\n\ttlbi vmalle1is" ::: "memory");
}

/* Of the VMID in VTTBR_EL2. */
static void tlbi(u64 gpa, u64 size)
{
	__asm__ volatile("dsb ishst" ::: "memory");
	if (size == 0U || size > TLBI_PAGES_MAX * PAGE_SIZE)
		__asm__ volatile("tlbi vmalls12e1is" ::: "memory");
	else
		tlbi_pages(ALIGN_DOWN(gpa, PAGE_SIZE), gpa + size);
	__asm__ volatile("dsb ish\n\tisb" ::: "memory");
}

void s2_invalidate(u32 tag, hpa_t root, gpa_t gpa, u64 size)
{
	const u64 loaded = read_sysreg(vttbr_el2);
	const u64 wanted = root.v | (u64)tag << VTTBR_VMID_LO;
	const struct el1_walks walks = el1_walks_get();

	if (loaded == wanted) {
		tlbi(gpa.v, size);
		return;
	}
	el1_walks_stop();
	write_sysreg(vttbr_el2, wanted);
	isb();
	tlbi(gpa.v, size);
	write_sysreg(vttbr_el2, loaded);
	el1_walks_go(&walks);
}

/* Walks are coherent; they only must not overtake the writes. */
void s2_publish(const void *entry, size_t bytes)
{
	(void)entry;
	(void)bytes;
	__asm__ volatile("dsb ishst" ::: "memory");
}
