/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/generate/test_catalogue.c - births, ranks, ageing and sequels as asked for. */
#include "tools/generate/catalogue.h"

#include <errno.h>
#include <math.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define MEDIA 4000u
#define DAY_S 86400.0

static struct gen_config new_config(void)
{
    struct gen_config cfg;

    gen_config_defaults(&cfg);
    cfg.media = MEDIA;
    return cfg;
}

static void start(struct gen_catalogue *catalogue, const struct gen_config *cfg, double now_s)
{
    *catalogue = (struct gen_catalogue){ 0 };
    PS_REQUIRE(gen_catalogue_init(catalogue, cfg) == 0);
    gen_catalogue_age(catalogue, cfg, now_s);
}

static double oldest_and_newest(const struct gen_catalogue *catalogue, double *ret_newest)
{
    double oldest = INFINITY;

    *ret_newest = -INFINITY;
    for (uint32_t i = 0; i < MEDIA; i++) {
        oldest = fmin(oldest, catalogue->media[i].born_s);
        *ret_newest = fmax(*ret_newest, catalogue->media[i].born_s);
    }
    return oldest;
}

static uint32_t born_after(const struct gen_catalogue *catalogue, double when_s)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < MEDIA; i++)
        count += catalogue->media[i].born_s > when_s;
    return count;
}

static void births_go_on_as_long_as_asked(void)
{
    struct gen_config cfg = new_config();
    struct gen_catalogue catalogue;
    double newest;

    start(&catalogue, &cfg, 0.0);
    CU_ASSERT_TRUE(oldest_and_newest(&catalogue, &newest) < -30 * DAY_S);
    CU_ASSERT_TRUE(newest > 3.5 * DAY_S);
    CU_ASSERT_TRUE(born_after(&catalogue, 0.0) > MEDIA / 10);
    gen_catalogue_fini(&catalogue);

    cfg.births = 0; /* only sequels of what is there may still come */
    start(&catalogue, &cfg, 0.0);
    CU_ASSERT_TRUE(born_after(&catalogue, 0.0) < MEDIA / 50);
    gen_catalogue_fini(&catalogue);
}

static void nothing_is_asked_for_before_it_is_born(void)
{
    const struct gen_config cfg = new_config();
    struct gen_catalogue catalogue;

    start(&catalogue, &cfg, 1000.0);
    for (uint32_t i = 0; i < MEDIA; i++)
        CU_ASSERT_EQUAL(catalogue.popularity[i] > 0.0, catalogue.media[i].born_s <= 1000.0);
    gen_catalogue_fini(&catalogue);
}

/* Popularity a day later over that of now, of the news that were there. */
static double left_of_news(struct gen_config *cfg, uint64_t decay, uint64_t decay_scale)
{
    struct gen_catalogue catalogue;
    double now = 0.0, later = 0.0;

    cfg->decay = decay;
    cfg->decay_scale = decay_scale;
    start(&catalogue, cfg, 0.0);
    const uint32_t end = catalogue.first[GEN_NEWS + 1];

    for (uint32_t i = catalogue.first[GEN_NEWS]; i < end; i++)
        now += catalogue.popularity[i];
    gen_catalogue_age(&catalogue, cfg, DAY_S);
    for (uint32_t i = catalogue.first[GEN_NEWS]; i < end; i++)
        later += catalogue.media[i].born_s > 0.0 ? 0.0 : catalogue.popularity[i];
    gen_catalogue_fini(&catalogue);
    return later / now;
}

static void age_wears_off_by_the_law_asked_for(void)
{
    struct gen_config cfg = new_config();

    CU_ASSERT_EQUAL(left_of_news(&cfg, 0, 100), 1.0);
    const double by_power = left_of_news(&cfg, 1, 100);
    CU_ASSERT_TRUE(by_power > 0.05 && by_power < 0.7);
    CU_ASSERT_TRUE(left_of_news(&cfg, 2, 100) < by_power / 2);
    CU_ASSERT_TRUE(left_of_news(&cfg, 1, 1000) > by_power + 0.1);
}

static void the_skew_makes_the_first_ranks_heavier_and_0_makes_all_alike(void)
{
    struct gen_config cfg = new_config();
    struct gen_catalogue catalogue;
    float least = INFINITY, most = 0.0f;

    cfg.skew = 100;
    cfg.plateau = 0;
    start(&catalogue, &cfg, 0.0);
    for (uint32_t i = 0; i < MEDIA; i++)
        most = fmaxf(most, catalogue.media[i].weight);
    CU_ASSERT_EQUAL(most, 1.0f);
    gen_catalogue_fini(&catalogue);

    cfg.skew = 0;
    start(&catalogue, &cfg, 0.0);
    most = 0.0f;
    for (uint32_t i = 0; i < catalogue.first[GEN_SERIES]; i++) {
        least = fminf(least, catalogue.media[i].weight);
        most = fmaxf(most, catalogue.media[i].weight);
    }
    CU_ASSERT_EQUAL(least, most);
    gen_catalogue_fini(&catalogue);
}

static void only_series_have_sequels_and_none_is_older(void)
{
    const struct gen_config cfg = new_config();
    struct gen_catalogue catalogue;
    uint32_t sequels = 0;

    start(&catalogue, &cfg, 0.0);
    for (uint32_t i = 0; i < MEDIA; i++) {
        if (!catalogue.media[i].has_sequel)
            continue;
        sequels++;
        PS_REQUIRE(i + 1 < MEDIA);
        CU_ASSERT_EQUAL(catalogue.media[i].category, GEN_SERIES);
        CU_ASSERT_EQUAL(catalogue.media[i + 1].category, GEN_SERIES);
        CU_ASSERT_TRUE(catalogue.media[i + 1].born_s >= catalogue.media[i].born_s);
    }
    CU_ASSERT_DOUBLE_EQUAL((double)sequels / (0.18 * MEDIA), 0.9, 0.1);
    gen_catalogue_fini(&catalogue);
}

static void the_smallest_catalogue_is_one_medium(void)
{
    struct gen_config cfg = new_config();
    struct gen_catalogue catalogue;

    cfg.media = 1;
    start(&catalogue, &cfg, 0.0);
    CU_ASSERT_FALSE(catalogue.media[0].has_sequel);
    CU_ASSERT_EQUAL(catalogue.first[GEN_CATEGORIES], 1);
    gen_catalogue_fini(&catalogue);
}

static void shares_are_whole(void)
{
    double sum = 0.0;

    for (uint32_t c = 0; c < GEN_CATEGORIES; c++)
        sum += gen_category_share(c);
    CU_ASSERT_DOUBLE_EQUAL(sum, 1.0, 1e-12);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(births_go_on_as_long_as_asked),
        PS_TEST(nothing_is_asked_for_before_it_is_born),
        PS_TEST(age_wears_off_by_the_law_asked_for),
        PS_TEST(the_skew_makes_the_first_ranks_heavier_and_0_makes_all_alike),
        PS_TEST(only_series_have_sequels_and_none_is_older),
        PS_TEST(the_smallest_catalogue_is_one_medium),
        PS_TEST(shares_are_whole),
    };

    return ps_test_run("tools/generate/catalogue", tests, PS_ARRAY_LEN(tests));
}
