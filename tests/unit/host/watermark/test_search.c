/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/host/watermark/test_search.c - known crops and times are found, what is not there is
 * not.
 */
#include "host/watermark/search.h"

#include <errno.h>
#include <string.h>

#include "host/base/mem.h"
#include "tests/unit/host/watermark/marked.h"

#define SEGMENTS 2u
#define PIECES   (SEGMENTS * PS_MARK_PHASES)

static struct ps_mark_map pieces[PIECES];

/* One frame a piece, beginning @p late pieces into segment @p start. */
static void record(uint32_t start, uint32_t late, const struct ps_mark_view *part)
{
    memset(pieces, 0, sizeof(pieces));
    for (uint32_t i = 0; i < PIECES; i++) {
        const uint32_t segment = start + (i + late) / PS_MARK_PHASES;
        uint8_t *frame = marked_frame(segment, i, segment % 2 == 0 ? 1 : -1);
        uint8_t *seen =
            marked_part(frame, part->left, part->top, part->width, part->height, 640, 360);

        ps_mark_map_add(&pieces[i], seen, 640, 640, 360);
        free(frame);
        free(seen);
    }
}

static struct ps_mark_found search_with(uint64_t key, enum ps_mark_effort effort)
{
    const struct ps_mark_search search = {
        .key = key, .pieces = pieces, .piece_count = PIECES, .start_end = 12, .effort = effort
    };
    struct ps_mark_found found;

    PS_REQUIRE(ps_mark_search(&search, &found) == 0);
    return found;
}

static void what_is_as_expected_takes_one_try(void)
{
    record(0, 0, &ps_mark_view_whole);
    const struct ps_mark_found found = search_with(MARKED_KEY, PS_MARK_EFFORT_NORMAL);

    CU_ASSERT_TRUE(found.is_sure);
    CU_ASSERT_EQUAL(found.tries, 1);
    CU_ASSERT_EQUAL(found.start, 0);
    CU_ASSERT_EQUAL(found.phase, 0);
}

static void another_beginning_is_found(void)
{
    record(7, 3, &ps_mark_view_whole);
    const struct ps_mark_found found = search_with(MARKED_KEY, PS_MARK_EFFORT_NORMAL);

    CU_ASSERT_TRUE(found.is_sure);
    CU_ASSERT_EQUAL(found.start, 7);
    CU_ASSERT_EQUAL(found.phase, 3);
    CU_ASSERT_DOUBLE_EQUAL(found.view.width, 1, .02);
}

static void a_crop_is_found(void)
{
    const struct ps_mark_view crop = { .033, .015, .95, .96 };

    record(0, 0, &crop);
    const struct ps_mark_found found = search_with(MARKED_KEY, PS_MARK_EFFORT_NORMAL);

    CU_ASSERT_TRUE(found.is_sure);
    CU_ASSERT_EQUAL(found.start, 0);
    /* Half a cell: 1/160 across, 1/90 down. */
    CU_ASSERT_DOUBLE_EQUAL(found.view.left, crop.left, .007);
    CU_ASSERT_DOUBLE_EQUAL(found.view.top, crop.top, .011);
    CU_ASSERT_DOUBLE_EQUAL(found.view.left + found.view.width, crop.left + crop.width, .007);
    CU_ASSERT_DOUBLE_EQUAL(found.view.top + found.view.height, crop.top + crop.height, .011);
}

static void nothing_is_found_under_another_key(void)
{
    record(0, 0, &ps_mark_view_whole);
    const struct ps_mark_found found = search_with(MARKED_KEY + 1, PS_MARK_EFFORT_NONE);

    CU_ASSERT_FALSE(found.is_sure);
    CU_ASSERT_EQUAL(found.start, 0);
    CU_ASSERT_EQUAL(found.phase, 0);
    CU_ASSERT_EQUAL(found.view.width, 1);
}

static void no_other_start_may_be_allowed(void)
{
    const struct ps_mark_search search = { .key = MARKED_KEY + 1,
                                           .pieces = pieces,
                                           .piece_count = 1,
                                           .start_end = 0,
                                           .effort = PS_MARK_EFFORT_NORMAL };
    struct ps_mark_found found;

    memset(pieces, 0, sizeof(pieces));
    PS_REQUIRE(ps_mark_search(&search, &found) == 0);
    CU_ASSERT_FALSE(found.is_sure);
    CU_ASSERT_EQUAL(found.start, 0);
}

static void more_pieces_than_are_used_are_left_alone(void)
{
    struct ps_mark_search search = { .key = 1, .piece_count = 0, .effort = PS_MARK_EFFORT_NONE };
    struct ps_mark_found found;

    PS_REQUIRE(ps_mark_search(&search, &found) == 0);
    CU_ASSERT_FALSE(found.is_sure);
    search.pieces = ps_zalloc(1000, sizeof(pieces[0]));
    search.piece_count = 1000;
    PS_REQUIRE(search.pieces != NULL);
    PS_REQUIRE(ps_mark_search(&search, &found) == 0);
    CU_ASSERT_FALSE(found.is_sure);
    free((void *)(uintptr_t)search.pieces);
}

static void each_failed_allocation_is_reported(void)
{
    const struct ps_mark_search search = { .key = MARKED_KEY + 1,
                                           .pieces = pieces,
                                           .piece_count = 1,
                                           .start_end = 4,
                                           .effort = PS_MARK_EFFORT_NORMAL };
    struct ps_mark_found found;

    memset(pieces, 0, sizeof(pieces));
    for (unsigned n = 0; n < 4; n++) { /* work, times, across, down */
        ps_fail_alloc_after(n);
        CU_ASSERT_EQUAL(ps_mark_search(&search, &found), -ENOMEM);
        ps_fail_alloc_never();
    }
}

static void the_chance_bounds_the_chi_squared_tail(void)
{
    CU_ASSERT_EQUAL(ps_mark_evidence_chance(4, 5), 1);
    CU_ASSERT_EQUAL(ps_mark_evidence_chance(0, 0), 1);
    CU_ASSERT_TRUE(ps_mark_evidence_chance(10.83, 1) > 1e-3);
    CU_ASSERT_TRUE(ps_mark_evidence_chance(29.59, 10) > 1e-3);
    CU_ASSERT_TRUE(ps_mark_evidence_chance(100, 1) < 1e-18);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(what_is_as_expected_takes_one_try),
        PS_TEST(another_beginning_is_found),
        PS_TEST(a_crop_is_found),
        PS_TEST(nothing_is_found_under_another_key),
        PS_TEST(no_other_start_may_be_allowed),
        PS_TEST(more_pieces_than_are_used_are_left_alone),
        PS_TEST(each_failed_allocation_is_reported),
        PS_TEST(the_chance_bounds_the_chi_squared_tail),
    };

    return ps_test_run("host/watermark/search", tests, PS_ARRAY_LEN(tests));
}
