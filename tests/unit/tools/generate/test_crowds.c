/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/generate/test_crowds.c - crowds come as often as asked, known beforehand. */
#include "tools/generate/crowds.h"

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define DAYS 60u

static struct gen_config new_config(void)
{
    struct gen_config cfg;

    gen_config_defaults(&cfg);
    cfg.media = 500;
    cfg.days = DAYS;
    return cfg;
}

/* @return How many crowds there were; each is checked against the promises of crowds.h. */
static uint32_t run(const struct gen_config *cfg)
{
    struct gen_catalogue catalogue = { 0 };
    struct gen_crowds crowds;
    const struct gen_crowd *crowd;
    uint32_t count = 0;

    PS_REQUIRE(gen_catalogue_init(&catalogue, cfg) == 0);
    gen_crowds_init(&crowds, cfg);
    for (double at_s = 0.0; at_s < DAYS * 86400.0; at_s += GEN_INTERVAL_S) {
        const double end_s = at_s + GEN_INTERVAL_S;

        while ((crowd = gen_crowds_plan(&crowds, cfg, &catalogue, end_s)) != NULL) {
            count++;
            CU_ASSERT_TRUE(crowd->decided_s >= at_s && crowd->decided_s < end_s);
            CU_ASSERT_TRUE(crowd->start_s >= end_s);
            CU_ASSERT_TRUE(catalogue.media[crowd->medium].born_s <= crowd->decided_s);
            CU_ASSERT_TRUE(crowd->peak <= (double)cfg->crowd_share / 100.0);
        }
        CU_ASSERT_TRUE(crowds.count <= GEN_CROWDS_MAX);
    }
    gen_catalogue_fini(&catalogue);
    return count;
}

static void crowds_are_as_many_as_asked_and_decided_before_they_come(void)
{
    struct gen_config cfg = new_config();

    CU_ASSERT_DOUBLE_EQUAL(run(&cfg), 4.0 * DAYS, 60.0);
    cfg.crowds = 0;
    CU_ASSERT_EQUAL(run(&cfg), 0);
    cfg.crowds = 500; /* more than there is room for */
    CU_ASSERT_TRUE(run(&cfg) > 5000);
}

static void a_crowd_rises_falls_and_keeps_to_its_zone(void)
{
    const struct gen_crowd crowd = { .start_s = 1000.0, .fade_s = 1000.0, .peak = 0.1, .zone = 2 };

    CU_ASSERT_EQUAL(gen_crowd_share(&crowd, 2, 1000.0), 0.0);
    CU_ASSERT_TRUE(gen_crowd_share(&crowd, 2, 1400.0) > 0.05);
    CU_ASSERT_TRUE(gen_crowd_share(&crowd, 2, 1400.0) <= 0.1);
    CU_ASSERT_TRUE(gen_crowd_share(&crowd, 2, 9000.0) < 0.001);
    CU_ASSERT_EQUAL(gen_crowd_share(&crowd, 1, 1400.0), 0.0);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(crowds_are_as_many_as_asked_and_decided_before_they_come),
        PS_TEST(a_crowd_rises_falls_and_keeps_to_its_zone),
    };

    return ps_test_run("tools/generate/crowds", tests, PS_ARRAY_LEN(tests));
}
