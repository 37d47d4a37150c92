/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/test_evening.c - the made-up audience keeps its promises. */
#include "tools/evening.h"

#include <errno.h>
#include <math.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define TITLES     40u
#define NEVER_SEEN 4u

static const struct evening_config usual = {
    .seed = 1,
    .title_count = TITLES,
    .never_seen = NEVER_SEEN,
    .minutes = 30,
    .starts = 2000.0,
    .skew_percent = 100,
    .history_days = 7,
    .flash = EVENING_FLASH_AUTO,
    .segments = 15,
    .profile_count = 2,
    .profiles = { { "mobile-360p", 1, 0.5 }, { "tv-720p", 3, 0.5 } },
};

static struct evening *new_evening(const struct evening_config *cfg)
{
    struct evening *evening = NULL;

    PS_REQUIRE(evening_create(&evening, cfg) == 0);
    return evening;
}

static double starts_between(const struct evening *evening, uint32_t title, int64_t from_s,
                             int64_t to_s)
{
    double sum = 0.0;

    for (int64_t at = from_s; at < to_s; at += EVENING_STEP_S)
        sum += evening_rate(evening, title, at);
    return sum;
}

static void the_evening_has_the_starts_it_was_asked_for(void)
{
    struct evening_config cfg = usual;
    double sum = 0.0;

    cfg.flash = EVENING_FLASH_NONE;
    struct evening *evening = new_evening(&cfg);
    for (uint32_t i = 0; i < TITLES; i++)
        sum += starts_between(evening, i, 0, 1800);
    CU_ASSERT_DOUBLE_EQUAL(sum, cfg.starts, 1e-6);
    evening_destroy(evening);
}

static void never_seen_titles_have_no_past_but_an_evening(void)
{
    struct evening *evening = new_evening(&usual);

    for (uint32_t i = TITLES - NEVER_SEEN; i < TITLES; i++) {
        CU_ASSERT_EQUAL(starts_between(evening, i, -7 * 86400, 0), 0.0);
        CU_ASSERT_TRUE(starts_between(evening, i, 0, 1800) > 0.0);
    }
    evening_destroy(evening);
}

static void the_crowd_comes_when_it_is_said_to_and_is_one(void)
{
    struct evening *evening = new_evening(&usual);
    double flash_s;
    const uint32_t flash = evening_flash(evening, &flash_s);

    PS_REQUIRE(flash < TITLES - NEVER_SEEN);
    CU_ASSERT_TRUE(flash_s > 0.0 && flash_s < 1800.0);
    const int64_t at = (int64_t)(flash_s / EVENING_STEP_S) * EVENING_STEP_S;
    CU_ASSERT_TRUE(evening_rate(evening, flash, at + EVENING_STEP_S) >
                   3.0 * evening_rate(evening, flash, at - EVENING_STEP_S));
    evening_destroy(evening);

    struct evening_config cfg = usual;
    cfg.flash = 7;
    evening = new_evening(&cfg);
    CU_ASSERT_EQUAL(evening_flash(evening, &flash_s), 7);
    evening_destroy(evening);
}

/* Yesterday's evening says much about tonight's, but not all, and nothing of what came today. */
static void the_past_tells_of_the_evening_but_not_perfectly(void)
{
    struct evening *evening = new_evening(&usual);
    double xy = 0.0, xx = 0.0, yy = 0.0, x_mean = 0.0, y_mean = 0.0;
    double x[TITLES], y[TITLES];
    unsigned count = 0, born_today = 0;

    for (uint32_t i = 0; i < TITLES - NEVER_SEEN; i++) {
        const double before = starts_between(evening, i, -86400, -86400 + 1800);
        const double tonight = starts_between(evening, i, 0, 1800);

        if (before == 0.0) {
            born_today += tonight > 0.0;
            continue;
        }
        x_mean += x[count] = log(before);
        y_mean += y[count++] = log(tonight);
    }
    for (unsigned i = 0; i < count; i++) {
        xy += (x[i] - x_mean / count) * (y[i] - y_mean / count);
        xx += (x[i] - x_mean / count) * (x[i] - x_mean / count);
        yy += (y[i] - y_mean / count) * (y[i] - y_mean / count);
    }
    const double correlation = xy / sqrt(xx * yy);
    CU_ASSERT_TRUE(correlation > 0.7 && correlation < 0.995);
    CU_ASSERT_TRUE(born_today > 0);
    evening_destroy(evening);
}

static void bad_configs_are_refused(void)
{
    struct evening *evening = NULL;
    struct evening_config bad[8];

    for (unsigned i = 0; i < PS_ARRAY_LEN(bad); i++)
        bad[i] = usual;
    bad[0].title_count = 0;
    bad[1].title_count = EVENING_TITLES_MAX + 1;
    bad[2].never_seen = TITLES;
    bad[3].minutes = 7;
    bad[4].starts = 0.0;
    bad[5].profile_count = 0;
    bad[6].flash = TITLES;
    bad[7].history_days = EVENING_DAYS_MAX + 1;
    for (unsigned i = 0; i < PS_ARRAY_LEN(bad); i++)
        CU_ASSERT_EQUAL(evening_create(&evening, &bad[i]), -EINVAL);
    CU_ASSERT_PTR_NULL(evening);
}

static void create_survives_each_failed_allocation(void)
{
    struct evening *evening = NULL;
    unsigned failed_at = 0;

    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc = evening_create(&evening, &usual);
        ps_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
    }
    CU_ASSERT_EQUAL(failed_at, 3);
    evening_destroy(evening);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(the_evening_has_the_starts_it_was_asked_for),
        PS_TEST(never_seen_titles_have_no_past_but_an_evening),
        PS_TEST(the_crowd_comes_when_it_is_said_to_and_is_one),
        PS_TEST(the_past_tells_of_the_evening_but_not_perfectly),
        PS_TEST(bad_configs_are_refused),
        PS_TEST(create_survives_each_failed_allocation),
    };

    return ps_test_run("tools/evening", tests, PS_ARRAY_LEN(tests));
}
