// SPDX-License-Identifier: Apache-2.0
/* What must hold before an entry: a legal state passes, and each change for the worse is named. */
#include <asm/virt.h>
#include <unit.h>

/* A 40-bit stage 2 on a CPU with 40 bits, 8-bit VMIDs: two root tables. */
static struct legal_state legal(void)
{
	struct legal_state s = {
		.pstate = PSTATE_RESET,
		.pc = 0x40000000,
		.hcr = HCR_GUEST,
		.vttbr = 7ULL << 48 | 0x80002000U,
		.vtcr = 0x80023558, /* RES1, PS 2, SH0 3, ORGN0 1, IRGN0 1, SL0 1, T0SZ 24 */
		.vmpidr = 0x80000000,
		.pa_range = 2,
		.pa_end = BIT(40),
		.t0sz_min = 24,
		.tag_count = 256,
	};

	legal_root(&s);
	return s;
}

static void refuses(const struct legal_state *s, const char *what)
{
	struct legal_finding f = { 0 };

	if (legal_check(s, &f) == 0U)
		fail_msg("accepted: %s", what);
	if (strstr(f.what, what) == NULL)
		fail_msg("expected \"%s\", refused for \"%s\"", what, f.what);
}

#define REFUSED(word, value, what)              \
	do {                                    \
		struct legal_state s = legal(); \
		s.word = (value);               \
		refuses(&s, what);              \
	} while (0)

TEST(a_reset_vcpu_is_legal)
{
	const struct legal_state s = legal();
	struct legal_finding f;

	assert_int_equal(legal_check(&s, &f), 0);
}

TEST(the_guest_runs_at_el1_or_el0_in_aarch64)
{
	static const u64 good[] = { 0x0, 0x4, 0x5 };
	struct legal_finding f;

	for (u64 m = 0; m < 32U; m++) {
		struct legal_state s = legal();
		bool expected = false;

		for (u32 i = 0; i < ARRAY_SIZE(good); i++)
			expected |= m == good[i];
		s.pstate = m;
		if (m == 0x1U)
			continue; /* EL0 with SP_EL1: its own rule, below */
		assert_int_equal(legal_check(&s, &f) == 0U, expected);
	}
	REFUSED(pstate, 0x1, "M[0]");
	REFUSED(pstate, PSTATE_RESET | BIT(20), "IL");
	REFUSED(pc, 0x40000002, "PC");
}

TEST(every_control_that_keeps_the_guest_in_is_on)
{
	REFUSED(hcr, HCR_GUEST & ~HCR_VM, "VM");
	REFUSED(hcr, HCR_GUEST & ~BIT(3), "IMO,FMO");
	REFUSED(hcr, HCR_GUEST & ~BIT(4), "IMO,FMO");
	REFUSED(hcr, HCR_GUEST & ~BIT(5), "IMO,FMO");
	REFUSED(hcr, HCR_GUEST & ~HCR_TSC, "TSC");
	REFUSED(hcr, HCR_GUEST & ~BIT(31), "RW");
	REFUSED(hcr, HCR_GUEST | BIT(12), "DC");
	REFUSED(hcr, HCR_GUEST | HCR_TGE, "TGE");
	REFUSED(hcr, HCR_GUEST | BIT(29), "HCD");
	REFUSED(hcr, HCR_GUEST | BIT(33), "CD,ID");
	REFUSED(hcr, HCR_GUEST | BIT(34), "E2H");
	REFUSED(hcr, HCR_GUEST | BIT(42), "NV");
}

TEST(translation_control_fits_the_cpu)
{
	const u64 vtcr = legal().vtcr;

	REFUSED(vtcr, vtcr & ~BIT(31), "RES1");
	REFUSED(vtcr, vtcr | BIT(14), "TG0");
	REFUSED(vtcr, vtcr & ~BIT(12), "SH0");
	REFUSED(vtcr, vtcr & ~BIT(10), "ORGN0");
	REFUSED(vtcr, vtcr & ~BIT(8), "IRGN0");
	REFUSED(vtcr, vtcr + BIT(16), "PS");
	REFUSED(vtcr, vtcr - 1U, "T0SZ");
	REFUSED(vtcr, vtcr ^ BITS(7, 6), "SL0");
	REFUSED(vmpidr, 0, "VMPIDR");
}

TEST(the_root_is_the_partitions_own)
{
	REFUSED(vttbr, 0x80002000U, "VMID: 0");
	REFUSED(vttbr, 256ULL << 48 | 0x80002000U, "VMID: one");
	REFUSED(vttbr, 7ULL << 48 | 0x80003000U, "aligned"); /* two tables: 8 KiB */
	REFUSED(vttbr, 7ULL << 48, "not nothing");
	REFUSED(vttbr, 7ULL << 48 | BIT(40), "address");
}

TEST(start_level_and_root_follow_the_width)
{
	static const struct {
		u32 bits;
		u64 sl0, root;
	} table[] = { { 32, 1, 4096 },  { 36, 1, 4096 },  { 39, 1, 4096 }, { 40, 1, 8192 },
		      { 42, 1, 32768 }, { 43, 1, 65536 }, { 44, 2, 4096 }, { 48, 2, 4096 } };

	for (u32 i = 0; i < ARRAY_SIZE(table); i++) {
		struct legal_state s = { .vtcr = 64U - table[i].bits };
		struct pt_format f;

		legal_root(&s);
		assert_int_equal(s.sl0, table[i].sl0);
		assert_int_equal(s.root_size, table[i].root);
		/* What the page-table engine makes of the same width. */
		assert_int_equal(pt_format_init(&f, PT_VMSA_S2, table[i].bits, 48, 0), 0);
		assert_int_equal(f.levels - 2U, table[i].sl0);
		assert_int_equal(pt_format_root_size(&f), table[i].root);
	}
}

UNIT_TESTS(UNIT(a_reset_vcpu_is_legal), UNIT(the_guest_runs_at_el1_or_el0_in_aarch64),
	   UNIT(every_control_that_keeps_the_guest_in_is_on),
	   UNIT(translation_control_fits_the_cpu), UNIT(the_root_is_the_partitions_own),
	   UNIT(start_level_and_root_follow_the_width));
