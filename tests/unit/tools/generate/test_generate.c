/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/tools/generate/test_generate.c - the whole trace: order, limits, each option's effect.
 */
#include "tools/generate/generate.h"

#include <errno.h>
#include <string.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define MEDIA    400u
#define IDS_MAX  20000u
#define INTERVAL (86400u / GEN_INTERVAL_S)

struct seen {
    uint32_t requests, of_medium[IDS_MAX], zones[GEN_ZONES_MAX], devices[GEN_DEVICES];
    uint32_t once, intervals, sequels, busiest; /* busiest: of one medium in one interval */
    uint32_t here[IDS_MAX], last_of_user[IDS_MAX];
    int64_t last_s;
    bool is_out_of_order, is_out_of_range;
};

static struct gen_config new_config(void)
{
    struct gen_config cfg;

    gen_config_defaults(&cfg);
    cfg.media = MEDIA;
    cfg.users = 300;
    cfg.days = 1;
    cfg.requests = 8000;
    return cfg;
}

static int see(void *ctx, const struct gen_request *request)
{
    struct seen *seen = ctx;
    uint32_t *here = &seen->here[request->medium];

    PS_REQUIRE(request->medium > 0 && request->medium < IDS_MAX && request->user <= 300);
    seen->requests++;
    seen->of_medium[request->medium]++;
    seen->zones[request->zone]++;
    seen->devices[request->device]++;
    seen->is_out_of_order |= request->t_s < seen->last_s;
    seen->is_out_of_range |= request->t_s < 1700006400 || request->t_s >= 1700006400 + 86400 ||
                             request->ctime_s > request->t_s || request->size_bytes == 0 ||
                             request->user == 0;
    if (request->t_s / GEN_INTERVAL_S != seen->last_s / GEN_INTERVAL_S)
        memset(seen->here, 0, sizeof(seen->here));
    *here += 1;
    seen->busiest = *here > seen->busiest ? *here : seen->busiest;
    seen->sequels +=
        request->category == GEN_SERIES && seen->last_of_user[request->user] + 1 == request->medium;
    seen->last_of_user[request->user] = request->medium;
    seen->last_s = request->t_s;
    return 0;
}

static void count_interval(void *ctx, uint32_t done, uint32_t all)
{
    struct seen *seen = ctx;

    seen->intervals++;
    CU_ASSERT_EQUAL(done, seen->intervals);
    CU_ASSERT_EQUAL(all, INTERVAL);
}

static const struct seen *run(const struct gen_config *cfg)
{
    static struct seen seen;
    const struct gen_sink sink = { .ctx = &seen, .request = see, .progress = count_interval };
    struct gen *gen = NULL;

    memset(&seen, 0, sizeof(seen));
    PS_REQUIRE(gen_create(&gen, cfg) == 0);
    CU_ASSERT_EQUAL(gen_run(gen, &sink), 0);
    gen_destroy(gen);
    for (uint32_t i = 0; i < IDS_MAX; i++)
        seen.once += i > MEDIA && seen.of_medium[i] == 1;
    return &seen;
}

static void requests_are_in_order_in_range_and_as_many_as_asked(void)
{
    struct gen_config cfg = new_config();

    cfg.binge = 0;
    const struct seen *seen = run(&cfg);
    CU_ASSERT_DOUBLE_EQUAL(seen->requests, 8000.0, 500.0);
    CU_ASSERT_FALSE(seen->is_out_of_order);
    CU_ASSERT_FALSE(seen->is_out_of_range);
    CU_ASSERT_EQUAL(seen->intervals, INTERVAL);
}

static void the_seed_makes_the_trace(void)
{
    struct gen_config cfg = new_config();
    static struct seen first;

    first = *run(&cfg);
    CU_ASSERT_EQUAL(memcmp(&first, run(&cfg), sizeof(first)), 0);
    cfg.seed = 2;
    CU_ASSERT_NOT_EQUAL(memcmp(&first, run(&cfg), sizeof(first)), 0);
}

static void media_asked_for_once_are_as_many_as_asked_and_not_in_the_catalogue(void)
{
    struct gen_config cfg = new_config();

    cfg.one_hits = 10;
    CU_ASSERT_DOUBLE_EQUAL(run(&cfg)->once, 800.0, 150.0);
    cfg.one_hits = 0;
    CU_ASSERT_EQUAL(run(&cfg)->once, 0);
}

static void sequels_follow_only_those_who_binge(void)
{
    struct gen_config cfg = new_config();

    cfg.binge = 80;
    const uint32_t with = run(&cfg)->sequels;
    cfg.binge = 0;
    CU_ASSERT_TRUE(with > 500 && with > 5 * run(&cfg)->sequels);
}

static void a_crowd_shows_in_the_busiest_medium(void)
{
    struct gen_config cfg = new_config();

    cfg.crowds = 20;
    cfg.crowd_share = 80;
    const uint32_t with = run(&cfg)->busiest;
    cfg.crowds = 0;
    CU_ASSERT_TRUE(with > 2 * run(&cfg)->busiest);
}

static void zones_and_devices_have_their_shares(void)
{
    struct gen_config cfg = new_config();
    const struct seen *seen = run(&cfg);

    CU_ASSERT_TRUE(seen->zones[0] > seen->zones[3] && seen->zones[3] > 0);
    CU_ASSERT_TRUE(seen->devices[GEN_PHONE] > seen->devices[GEN_COMPUTER]);
    cfg.zones = 1;
    seen = run(&cfg);
    CU_ASSERT_EQUAL(seen->zones[0], seen->requests);
}

static uint32_t most_asked_for(const struct gen_config *cfg)
{
    const struct seen *seen = run(cfg);
    uint32_t most = 0;

    for (uint32_t i = 1; i <= MEDIA; i++)
        most = seen->of_medium[i] > most ? seen->of_medium[i] : most;
    return most;
}

static void a_popular_few_have_most_requests_unless_all_are_alike(void)
{
    struct gen_config cfg = new_config();
    cfg.crowds = 0;
    cfg.binge = 0;
    cfg.plateau = 0;
    cfg.decay = 0;
    cfg.skew = 150;
    const uint32_t skewed = most_asked_for(&cfg);
    cfg.skew = 0;
    const uint32_t alike = most_asked_for(&cfg);
    CU_ASSERT_TRUE(skewed > 3 * alike);
}

static void the_smallest_and_the_emptiest_worlds_are_survived(void)
{
    struct gen_config cfg = new_config();

    cfg.media = 1;
    cfg.users = 10;
    cfg.decay = 2; /* all is forgotten: only media asked for once are left */
    cfg.decay_scale = 1;
    cfg.liars = cfg.agents = 100;
    CU_ASSERT_DOUBLE_EQUAL(run(&cfg)->requests, 8000.0, 500.0);
    cfg = new_config();
    cfg.crowds = 500;
    cfg.crowd_share = 90;
    cfg.activity = 300;
    CU_ASSERT_TRUE(run(&cfg)->requests > 7000);
}

static int refuse(void *ctx, const struct gen_request *request)
{
    uint32_t *left = ctx;

    (void)request;
    return (*left)-- == 0 ? -ENOSPC : 0;
}

static void the_sinks_error_ends_the_run(void)
{
    const struct gen_config cfg = new_config();
    uint32_t left = 100;
    const struct gen_sink sink = { .ctx = &left, .request = refuse };
    struct gen *gen = NULL;

    PS_REQUIRE(gen_create(&gen, &cfg) == 0);
    CU_ASSERT_EQUAL(gen_run(gen, &sink), -ENOSPC);
    CU_ASSERT_EQUAL(left, UINT32_MAX);
    gen_destroy(gen);
}

static void each_option_has_its_limits(void)
{
    struct gen *gen = NULL;
    struct gen_config cfg;

#define GEN_OPTION(field, standard, least, most, help)                                             \
    cfg = new_config();                                                                            \
    cfg.field = (uint64_t)(most) + 1;                                                              \
    if ((uint64_t)(most) != UINT64_MAX)                                                            \
        CU_ASSERT_EQUAL(gen_create(&gen, &cfg), -EINVAL);                                          \
    cfg.field = (uint64_t)(least)-1;                                                               \
    if ((uint64_t)(least) != 0)                                                                    \
        CU_ASSERT_EQUAL(gen_create(&gen, &cfg), -EINVAL);
#include "tools/generate/options.def"
#undef GEN_OPTION
    CU_ASSERT_PTR_NULL(gen);
}

static void create_survives_each_failed_allocation(void)
{
    const struct gen_config cfg = new_config();
    struct gen *gen = NULL;
    unsigned failed_at = 0;

    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc = gen_create(&gen, &cfg);
        ps_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
        CU_ASSERT_PTR_NULL(gen);
    }
    CU_ASSERT_EQUAL(failed_at, 8);
    gen_destroy(gen);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(requests_are_in_order_in_range_and_as_many_as_asked),
        PS_TEST(the_seed_makes_the_trace),
        PS_TEST(media_asked_for_once_are_as_many_as_asked_and_not_in_the_catalogue),
        PS_TEST(sequels_follow_only_those_who_binge),
        PS_TEST(a_crowd_shows_in_the_busiest_medium),
        PS_TEST(zones_and_devices_have_their_shares),
        PS_TEST(a_popular_few_have_most_requests_unless_all_are_alike),
        PS_TEST(the_smallest_and_the_emptiest_worlds_are_survived),
        PS_TEST(the_sinks_error_ends_the_run),
        PS_TEST(each_option_has_its_limits),
        PS_TEST(create_survives_each_failed_allocation),
    };

    return ps_test_run("tools/generate/generate", tests, PS_ARRAY_LEN(tests));
}
