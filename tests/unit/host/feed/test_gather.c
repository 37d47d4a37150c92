/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/feed/test_gather.c - equal samples add up, different ones stay apart. */
#include <string.h>

#include "host/base/mem.h"
#include "host/feed/feed_priv.h"
#include "tests/support/ps_test.h"

static struct ps_demand demand_of(uint32_t capacity)
{
    return (struct ps_demand){ .samples = calloc(capacity, sizeof(struct ps_demand_sample)),
                               .capacity = capacity };
}

static struct ps_demand_sample sample_of(uint64_t media, uint32_t starts)
{
    return (struct ps_demand_sample){ .start_ns = 100,
                                      .end_ns = 200,
                                      .resource = { media, 1 },
                                      .starts = starts,
                                      .segments = 2,
                                      .source = PS_DEMAND_NIC };
}

static void equal_samples_add_up_over_the_widest_interval(void)
{
    struct ps_gather gather;
    struct ps_demand demand = demand_of(4);
    struct ps_demand_sample sample = sample_of(9, 3);

    PS_REQUIRE(ps_gather_init(&gather) == 0 && demand.samples != NULL);
    ps_gather_add(&gather, &sample);
    sample.start_ns = 50;
    sample.end_ns = 150;
    ps_gather_add(&gather, &sample);
    sample.start_ns = 120;
    sample.end_ns = 300;
    sample.starts = UINT32_MAX; /* no wrapping round to small counts */
    ps_gather_add(&gather, &sample);
    ps_gather_drain(&gather, &demand);
    CU_ASSERT_EQUAL(demand.count, 1);
    CU_ASSERT_EQUAL(demand.samples[0].start_ns, 50);
    CU_ASSERT_EQUAL(demand.samples[0].end_ns, 300);
    CU_ASSERT_EQUAL(demand.samples[0].starts, UINT32_MAX);
    CU_ASSERT_EQUAL(demand.samples[0].segments, 6);
    ps_gather_fini(&gather);
    free(demand.samples);
}

static void any_difference_in_who_what_or_whence_keeps_samples_apart(void)
{
    struct ps_gather gather;
    struct ps_demand demand = demand_of(16);
    struct ps_demand_sample samples[7];

    PS_REQUIRE(ps_gather_init(&gather) == 0 && demand.samples != NULL);
    for (size_t i = 0; i < 7; i++)
        samples[i] = sample_of(9, 1);
    samples[1].resource.media_key = 8;
    samples[2].resource.profile_key = 8;
    samples[3].peer.region = 8;
    samples[4].peer.device = 8;
    samples[5].peer.access = 8;
    samples[6].source = PS_DEMAND_LOG;
    for (size_t i = 0; i < 14; i++)
        ps_gather_add(&gather, &samples[i % 7]);
    ps_gather_drain(&gather, &demand);
    CU_ASSERT_EQUAL(demand.count, 7);
    for (size_t i = 0; i < demand.count; i++)
        CU_ASSERT_EQUAL(demand.samples[i].starts, 2);
    ps_gather_fini(&gather);
    free(demand.samples);
}

static void a_drained_gather_starts_anew(void)
{
    struct ps_gather gather;
    struct ps_demand demand = demand_of(4);
    const struct ps_demand_sample sample = sample_of(9, 3);

    PS_REQUIRE(ps_gather_init(&gather) == 0 && demand.samples != NULL);
    for (int turn = 0; turn < 3; turn++) {
        ps_gather_add(&gather, &sample);
        ps_gather_drain(&gather, &demand);
        CU_ASSERT_EQUAL(demand.count, 1);
        CU_ASSERT_EQUAL(demand.samples[0].starts, 3);
    }
    ps_gather_drain(&gather, &demand);
    CU_ASSERT_EQUAL(demand.count, 0);
    CU_ASSERT_EQUAL(demand.shed, 0);
    ps_gather_fini(&gather);
    free(demand.samples);
}

static void what_does_not_fit_is_shed_and_counted(void)
{
    struct ps_gather gather;
    struct ps_demand demand = demand_of(10);

    PS_REQUIRE(ps_gather_init(&gather) == 0 && demand.samples != NULL);
    for (uint64_t i = 0; i < PS_DEMAND_SAMPLES_MAX + 5; i++) {
        const struct ps_demand_sample sample = sample_of(i, 1);

        ps_gather_add(&gather, &sample);
    }
    ps_gather_drain(&gather, &demand);
    CU_ASSERT_EQUAL(demand.count, 10);
    CU_ASSERT_EQUAL(demand.shed, PS_DEMAND_SAMPLES_MAX - 10 + 5);
    ps_gather_drain(&gather, &demand);
    CU_ASSERT_EQUAL(demand.shed, PS_DEMAND_SAMPLES_MAX - 10 + 5);
    ps_gather_fini(&gather);
    free(demand.samples);
}

int main(void)
{
    const struct ps_test tests[] = {
        PS_TEST(equal_samples_add_up_over_the_widest_interval),
        PS_TEST(any_difference_in_who_what_or_whence_keeps_samples_apart),
        PS_TEST(a_drained_gather_starts_anew),
        PS_TEST(what_does_not_fit_is_shed_and_counted),
    };

    return ps_test_run("host/feed/gather.c", tests, PS_ARRAY_LEN(tests));
}
