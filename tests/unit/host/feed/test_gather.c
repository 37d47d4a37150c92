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
    struct ps_demand_sample samples[8];

    PS_REQUIRE(ps_gather_init(&gather) == 0 && demand.samples != NULL);
    for (size_t i = 0; i < 8; i++)
        samples[i] = sample_of(9, 1);
    samples[1].resource.media_key = 8;
    samples[2].resource.profile_key = 8;
    samples[3].peer.region = 8;
    samples[4].peer.device = 8;
    samples[5].peer.access = 8;
    samples[6].source = PS_DEMAND_LOG;
    samples[7].peer_key = 8;
    for (size_t i = 0; i < 16; i++)
        ps_gather_add(&gather, &samples[i % 8]);
    ps_gather_drain(&gather, &demand);
    CU_ASSERT_EQUAL(demand.count, 8);
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

static void peers_are_told_apart_while_there_is_room(void)
{
    struct ps_gather gather;
    struct ps_demand demand = demand_of(PS_DEMAND_SAMPLES_MAX);
    struct ps_demand_sample sample = sample_of(9, 1);
    uint32_t anybodys = 0;

    PS_REQUIRE(ps_gather_init(&gather) == 0 && demand.samples != NULL);
    for (uint64_t peer = 1; peer <= 2 * PS_DEMAND_SAMPLES_MAX; peer++) {
        sample.peer_key = peer;
        ps_gather_add(&gather, &sample);
    }
    sample.peer_key = 5; /* one that was told apart before stays so */
    ps_gather_add(&gather, &sample);
    ps_gather_drain(&gather, &demand);
    CU_ASSERT_EQUAL(demand.count, PS_GATHER_PEERS_MAX + 1);
    CU_ASSERT_EQUAL(demand.shed, 0);
    CU_ASSERT_EQUAL(demand.samples[4].starts, 2);
    for (uint32_t i = 0; i < demand.count; i++)
        if (demand.samples[i].peer_key == 0)
            anybodys += demand.samples[i].starts;
    CU_ASSERT_EQUAL(anybodys, 2 * PS_DEMAND_SAMPLES_MAX - PS_GATHER_PEERS_MAX);
    ps_gather_fini(&gather);
    free(demand.samples);
}

static void a_forgotten_peers_samples_are_nobodys(void)
{
    struct ps_gather gather;
    struct ps_demand demand = demand_of(8);
    struct ps_demand_sample sample = sample_of(9, 1);
    uint32_t starts = 0;

    PS_REQUIRE(ps_gather_init(&gather) == 0 && demand.samples != NULL);
    for (uint64_t peer = 1; peer <= 3; peer++) {
        sample.peer_key = peer;
        ps_gather_add(&gather, &sample);
    }
    ps_gather_forget_peer(&gather, 2);
    ps_gather_add(&gather, &sample); /* of 3, which is found as before */
    sample.peer_key = 0;
    ps_gather_add(&gather, &sample);
    ps_gather_drain(&gather, &demand);
    for (uint32_t i = 0; i < demand.count; i++) {
        CU_ASSERT_NOT_EQUAL(demand.samples[i].peer_key, 2);
        starts += demand.samples[i].starts;
    }
    CU_ASSERT_EQUAL(starts, 5);
    CU_ASSERT_EQUAL(demand.samples[2].starts, 2);
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
        PS_TEST(peers_are_told_apart_while_there_is_room),
        PS_TEST(a_forgotten_peers_samples_are_nobodys),
    };

    return ps_test_run("host/feed/gather.c", tests, PS_ARRAY_LEN(tests));
}
