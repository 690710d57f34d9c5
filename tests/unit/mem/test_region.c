// SPDX-License-Identifier: Apache-2.0
#include <bulkhead/lib/error.h>
#include <bulkhead/mem/frame.h>
#include <bulkhead/mem/region.h>
#include <lines.h>
#include <unit.h>

#define RAM HPA(0x80000000)
#define REGION HPA(0x200000000)
#define PAGES 1024U
#define SIZE (PAGES * PAGE_SIZE)
#define RWX (PT_R | PT_W | PT_X)

static u8 ram[MIB(4)] __aligned(MIB(2));
static const struct machine machine_of_test = {
	.ram_count = 1,
	.ram = { { RAM, sizeof(ram) } },
};
static struct s2 s2[2];
static struct region region;
static struct region_overlay overlay[PAGES];

/* Partition 1 sees it whole, at 1 GiB; partition 2 reads it at 3 MiB, which splits its leaves. */
static const struct region_attachment first = { &s2[0], 1, { GIB(1) }, RWX, false };
static const struct region_attachment second = { &s2[1], 2, { MIB(3) }, PT_R | PT_X, true };

static int region_setup(void **state)
{
	int err = lines_setup(state);

	fake_ram_add(RAM, ram, sizeof(ram));
	memset(ram, 0, sizeof(ram));
	err |= frame_init(&machine_of_test);
	err |= s2_init(&s2[0], 40, 16);
	err |= s2_init(&s2[1], 40, 16);
	err |= region_init(&region, "test", REGION, SIZE, overlay, PAGES);
	return err;
}

static void attach_both(void)
{
	assert_int_equal(region_attach(&region, &first), 0);
	assert_int_equal(region_attach(&region, &second), 0);
}

static int protect(u32 owner, u64 page, u64 pages, u32 rights)
{
	struct s2_ticket t;

	return region_protect(&region, owner, page, pages, rights, false, &t);
}

static u32 seen_by(const struct region_attachment *a, u64 page)
{
	struct pt_leaf leaf;

	assert_int_equal(s2_query(a->s2, GPA(a->gpa.v + page * PAGE_SIZE), &leaf), 0);
	assert_int_equal(leaf.pa.v, REGION.v + page * PAGE_SIZE);
	return leaf.attr & PT_RIGHTS;
}

TEST(a_region_is_whole_pages_and_does_not_wrap)
{
	assert_int_equal(region_init(&region, "x", REGION, 100, overlay, 1), BH_EINVAL);
	assert_int_equal(region_init(&region, "x", REGION, 0, overlay, 1), BH_EINVAL);
	assert_int_equal(region_init(&region, "x", HPA(1), PAGE_SIZE, overlay, 1), BH_EINVAL);
	assert_int_equal(region_init(&region, "x", HPA(~PAGE_MASK), 2 * PAGE_SIZE, overlay, 1),
			 BH_EINVAL);
}

TEST(an_attachment_shows_the_region_with_its_own_limit)
{
	attach_both();
	assert_int_equal(seen_by(&first, 5), RWX);
	assert_int_equal(seen_by(&second, 5), PT_R | PT_X);
}

TEST(attachments_that_overlap_are_too_many_or_lack_tables_are_refused)
{
	struct region_attachment a = first;

	assert_int_equal(region_attach(&region, &a), 0);
	assert_int_equal(region_attach(&region, &a), BH_EINVAL);
	a.gpa.v += 5;
	assert_int_equal(region_attach(&region, &a), BH_EINVAL);
	a.gpa.v = 0;
	while (region.attachment_count < REGION_ATTACHMENTS_MAX && a.gpa.v < GIB(1)) {
		a.gpa.v += SIZE;
		if (region_attach(&region, &a) != 0)
			break;
	}
	assert_int_equal(region_attach(&region, &a), BH_ENOMEM);
	region.attachment_count = REGION_ATTACHMENTS_MAX;
	assert_int_equal(region_attach(&region, &a), BH_EOVERFLOW);
}

TEST(rights_change_in_every_attachment_within_its_limit)
{
	attach_both();
	assert_int_equal(protect(1, 3, 2, PT_R | PT_W), 0);
	assert_int_equal(seen_by(&first, 2), RWX);
	assert_int_equal(seen_by(&first, 3), PT_R | PT_W);
	assert_int_equal(seen_by(&first, 4), PT_R | PT_W);
	assert_int_equal(seen_by(&first, 5), RWX);
	assert_int_equal(seen_by(&second, 3), PT_R);
	assert_int_equal(region_rights(&region, 3), PT_R | PT_W);
}

TEST(an_attachment_that_does_not_grant_forbids_the_change)
{
	attach_both();
	assert_int_equal(protect(2, 0, 1, PT_R), BH_EPERM);
	assert_int_equal(protect(3, 0, 1, PT_R), BH_EPERM);
	assert_int_equal(seen_by(&first, 0), RWX);
	assert_int_equal(region.overlay_count, 0);
}

TEST(what_is_immutable_stays)
{
	attach_both();
	assert_int_equal(protect(1, 10, 2, PT_R | REGION_IMMUTABLE), 0);
	assert_int_equal(protect(1, 11, 1, PT_R), BH_EPERM);
	assert_int_equal(protect(1, 0, PAGES, PT_R), BH_EPERM);
	assert_int_equal(protect(1, 12, 1, PT_R), 0);
	assert_int_equal(seen_by(&first, 10), PT_R);
}

TEST(a_ratchet_lets_rights_fall_and_not_rise)
{
	struct s2_ticket t;

	attach_both();
	assert_int_equal(protect(1, 0, 4, PT_R), 0);
	assert_int_equal(region_protect(&region, 1, 2, 4, PT_R | PT_W, true, &t), BH_EPERM);
	assert_int_equal(region_protect(&region, 1, 2, 4, PT_R, true, &t), 0);
	assert_int_equal(seen_by(&first, 5), PT_R);
}

TEST(what_cannot_be_is_refused_before_anything_is_done)
{
	attach_both();
	assert_int_equal(protect(1, 0, 0, PT_R), BH_EINVAL);
	assert_int_equal(protect(1, PAGES, 1, PT_R), BH_EINVAL);
	assert_int_equal(protect(1, 1, ~0ULL, PT_R), BH_EINVAL);
	assert_int_equal(protect(1, 0, 1, 0x100), BH_EINVAL);
	/* NPT has no page that can be written and not read. */
	assert_int_equal(protect(1, 0, 1, PT_W), BH_ENOTSUP);
	assert_int_equal(region.overlay_count, 0);
	assert_int_equal(s2[0].generation + s2[1].generation, 0);
}

TEST(the_quota_of_the_overlay_is_kept)
{
	attach_both();
	region.overlay_max = 2;
	assert_int_equal(protect(1, 0, 1, PT_R), 0);
	assert_int_equal(protect(1, 10, 3, PT_R), 0);
	assert_int_equal(protect(1, 20, 1, PT_R), BH_ENOMEM);
	assert_int_equal(protect(1, 11, 1, RWX), BH_ENOMEM);
	assert_int_equal(seen_by(&first, 11), PT_R);
	assert_int_equal(protect(1, 10, 3, RWX), 0);
	assert_int_equal(protect(1, 20, 1, PT_R), 0);
}

TEST(a_reset_gives_every_right_back_and_the_large_pages)
{
	struct s2_ticket t;
	struct pt_leaf leaf;

	attach_both();
	assert_int_equal(protect(1, 10, 2, PT_R | REGION_IMMUTABLE), 0);
	assert_int_equal(region_reset(&region, &t), 0);
	assert_int_equal(region.overlay_count, 0);
	assert_int_equal(seen_by(&first, 10), RWX);
	assert_int_equal(seen_by(&second, 10), PT_R | PT_X);
	assert_int_equal(s2_query(&s2[0], first.gpa, &leaf), 0);
	assert_int_equal(leaf.size, MIB(2));
}

TEST(a_reset_of_what_nobody_changed_leaves_the_tables_alone)
{
	const struct pt_change split = { .op = PT_SPLIT, .va = first.gpa.v, .size = MIB(2) };
	struct s2_ticket t;
	struct pt_leaf leaf;

	attach_both();
	assert_int_equal(s2_change(&s2[0], &split, &t), 0);
	assert_int_equal(region_reset(&region, &t), 0);
	assert_int_equal(s2_query(&s2[0], first.gpa, &leaf), 0);
	assert_int_equal(leaf.size, PAGE_SIZE);
}

/* ---- the overlay against a plain model: one right a page ---- */

static u64 seed = 88172645463325252ULL;

static u64 next(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed >> 8;
}

static u32 model[PAGES];

static bool overlay_is_sound(void)
{
	for (u32 i = 0; i < region.overlay_count; i++) {
		const struct region_overlay *o = &overlay[i];

		if (o->pages == 0U || o->rights == PT_RIGHTS || o->first + o->pages > PAGES)
			return false;
		if (i != 0U && o[-1].first + o[-1].pages > o->first)
			return false;
		if (i != 0U && o[-1].first + o[-1].pages == o->first && o[-1].rights == o->rights)
			return false;
	}
	return true;
}

/* Without attachments but one that maps nothing, so that only the overlay works. */
TEST(the_overlay_says_what_a_plain_model_says)
{
	static const u32 rights[] = { PT_R, PT_R | PT_W, PT_R | PT_X, RWX };

	region.attachment_count = 1;
	region.attachment[0] = first;
	for (u32 i = 0; i < PAGES; i++)
		model[i] = PT_RIGHTS;
	for (u32 n = 0; n < 100000U; n++) {
		const u64 page = next() % PAGES;
		const u64 pages = 1U + next() % (next() % 4U == 0U ? PAGES - page : 3U);
		const u32 want = rights[next() % ARRAY_SIZE(rights)];
		const u64 probe = next() % PAGES;
		const int err = protect(1, page, pages, want);

		assert_int_equal(err, range_inside(page, pages, 0, PAGES) ? 0 : BH_EINVAL);
		for (u64 k = page; err == 0 && k < page + pages; k++)
			model[k] = want;
		assert_int_equal(region_rights(&region, probe), model[probe]);
		if (n % 512U != 0U)
			continue;
		assert_true(overlay_is_sound());
		for (u64 k = 0; k < PAGES; k++)
			assert_int_equal(region_rights(&region, k), model[k]);
	}
}

TEST(the_trees_show_what_the_overlay_says)
{
	static const u32 rights[] = { PT_R, PT_R | PT_W, PT_R | PT_X, RWX };

	attach_both();
	for (u32 n = 0; n < 1000U; n++) {
		const u64 page = next() % (PAGES - 8U);
		const u64 probe = next() % PAGES;
		u32 r;

		assert_int_equal(protect(1, page, 1U + next() % 8U, rights[next() % 4U]), 0);
		r = region_rights(&region, probe);
		assert_int_equal(seen_by(&first, probe), r);
		assert_int_equal(seen_by(&second, probe), r & (PT_R | PT_X));
	}
}

#define REGION_TEST(name) cmocka_unit_test_setup(name, region_setup)

UNIT_TESTS(REGION_TEST(a_region_is_whole_pages_and_does_not_wrap),
	   REGION_TEST(an_attachment_shows_the_region_with_its_own_limit),
	   REGION_TEST(attachments_that_overlap_are_too_many_or_lack_tables_are_refused),
	   REGION_TEST(rights_change_in_every_attachment_within_its_limit),
	   REGION_TEST(an_attachment_that_does_not_grant_forbids_the_change),
	   REGION_TEST(what_is_immutable_stays),
	   REGION_TEST(a_ratchet_lets_rights_fall_and_not_rise),
	   REGION_TEST(what_cannot_be_is_refused_before_anything_is_done),
	   REGION_TEST(the_quota_of_the_overlay_is_kept),
	   REGION_TEST(a_reset_gives_every_right_back_and_the_large_pages),
	   REGION_TEST(a_reset_of_what_nobody_changed_leaves_the_tables_alone),
	   REGION_TEST(the_overlay_says_what_a_plain_model_says),
	   REGION_TEST(the_trees_show_what_the_overlay_says));
