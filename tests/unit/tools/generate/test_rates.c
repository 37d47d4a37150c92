/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tests/unit/tools/generate/test_rates.c - what is drawn has the rates that are said.
 *
 * The sum over all is the strictest check of a forgotten path; the classes by rate, of a wrong one.
 */
#include <math.h>
#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"
#include "tools/generate/generate.h"

#define MEDIA   300u
#define CLASSES 3u

struct judged {
    double expected[MEDIA + 1][GEN_PROFILES + 1];
    uint32_t came[MEDIA + 1][GEN_PROFILES + 1];
    double expected_in[CLASSES];
    uint32_t came_in[CLASSES], rates;
    int64_t t_s;
    bool pairs;
};

static struct gen_config new_config(void)
{
    struct gen_config cfg;

    gen_config_defaults(&cfg);
    cfg.media = MEDIA;
    cfg.users = 500;
    cfg.days = 2;
    cfg.requests = 40000;
    cfg.rate_above = 1;
    return cfg;
}

/* Seldom, now and then, often. */
static uint32_t class_of(double expected)
{
    return expected < 0.1 ? 0 : expected < 1.0 ? 1 : 2;
}

/* An interval is over: its counts go to the classes of what was expected. */
static void settle(struct judged *judged)
{
    for (uint32_t i = 1; i <= MEDIA; i++) {
        for (uint32_t p = 0; p <= GEN_PROFILES; p++) {
            const uint32_t class = class_of(judged->expected[i][p]);

            judged->expected_in[class] += judged->expected[i][p];
            judged->came_in[class] += judged->came[i][p];
        }
    }
    memset(judged->expected, 0, sizeof(judged->expected));
    memset(judged->came, 0, sizeof(judged->came));
}

static int expect(void *ctx, const struct gen_rate *rate)
{
    struct judged *judged = ctx;

    PS_REQUIRE(rate->medium > 0 && rate->medium <= MEDIA);
    if (rate->t_s != judged->t_s)
        settle(judged);
    judged->t_s = rate->t_s;
    judged->rates++;
    judged->expected[rate->medium][rate->profile] = rate->expected;
    return 0;
}

static int count(void *ctx, const struct gen_request *request)
{
    struct judged *judged = ctx;

    if (request->medium <= MEDIA)
        judged->came[request->medium][judged->pairs ? request->profile : GEN_PROFILES]++;
    return 0;
}

static const struct judged *run(const struct gen_config *cfg)
{
    static struct judged judged;
    const struct gen_sink sink = { .ctx = &judged, .request = count, .rate = expect };
    struct gen *gen = NULL;

    memset(&judged, 0, sizeof(judged));
    judged.pairs = cfg->pairs;
    PS_REQUIRE(gen_create(&gen, cfg) == 0);
    CU_ASSERT_EQUAL(gen_run(gen, &sink), 0);
    gen_destroy(gen);
    settle(&judged);
    return &judged;
}

static void check(const struct gen_config *cfg)
{
    const struct judged *judged = run(cfg);

    for (uint32_t c = 0; c < CLASSES; c++) {
        const double expected = judged->expected_in[c];

        PS_REQUIRE(expected > 500.0);
        CU_ASSERT_DOUBLE_EQUAL(judged->came_in[c], expected,
                               5.0 * sqrt(expected) + 0.01 * expected);
    }
}

static void what_comes_is_what_is_expected(void)
{
    struct gen_config cfg = new_config();

    check(&cfg);
    cfg.crowds = 40;
    cfg.crowd_share = 60;
    check(&cfg);
    cfg = new_config();
    cfg.binge = 100;
    cfg.one_hits = 40;
    check(&cfg);
}

static void a_pairs_rate_is_the_profiles_own(void)
{
    struct gen_config cfg = new_config();

    cfg.pairs = true;
    cfg.media = MEDIA / 3; /* so that some pairs are asked for often */
    check(&cfg);
}

static void only_what_is_above_the_threshold_is_told(void)
{
    struct gen_config cfg = new_config();
    const uint32_t all = run(&cfg)->rates;

    cfg.rate_above = 1000;
    const struct judged *judged = run(&cfg);
    CU_ASSERT_TRUE(judged->rates > 0 && judged->rates < all / 5);
    CU_ASSERT_EQUAL(judged->expected_in[1], 0.0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(what_comes_is_what_is_expected),
        PS_TEST(a_pairs_rate_is_the_profiles_own),
        PS_TEST(only_what_is_above_the_threshold_is_told),
    };

    return ps_test_run("tools/generate/rates", tests, PS_ARRAY_LEN(tests));
}
