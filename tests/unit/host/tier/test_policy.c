/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/tier/test_policy.c - the two rules, without a tier around them. */
#include "host/tier/policy_priv.h"

#include "host/base/mem.h"
#include "host/tier/index_priv.h"
#include "tests/support/ps_test.h"

static struct ps_segment_key key_of(uint32_t n)
{
    return (struct ps_segment_key){ .media_key = n, .variant = PS_VARIANT_NONE };
}

static void the_class_most_over_its_quota_gives_way(void)
{
    struct ps_tier_queue_state queues[PS_TIER_QUEUES_MAX] = {
        { .zones = 10, .quota_zones = 5, .has_victim = true },
        { .zones = 9, .quota_zones = 2, .has_victim = true },
        { .zones = 3, .quota_zones = 3, .has_victim = true },
    };

    CU_ASSERT_EQUAL(ps_tier_policy_victim(PS_TIER_CONFIDENCE, queues), 1);
    queues[1].has_victim = false;
    CU_ASSERT_EQUAL(ps_tier_policy_victim(PS_TIER_CONFIDENCE, queues), 0);
    queues[0].zones = 5; /* nobody is over: the class worth least */
    CU_ASSERT_EQUAL(ps_tier_policy_victim(PS_TIER_CONFIDENCE, queues), 2);
    queues[0].has_victim = queues[2].has_victim = false;
    CU_ASSERT_EQUAL(ps_tier_policy_victim(PS_TIER_CONFIDENCE, queues), PS_TIER_NONE);
}

static void small_gives_way_from_its_tenth_on(void)
{
    struct ps_tier_queue_state queues[PS_TIER_QUEUES_MAX] = {
        { .zones = 5, .quota_zones = 6, .has_victim = true },
        { .zones = 50, .quota_zones = 54, .has_victim = true },
    };

    CU_ASSERT_EQUAL(ps_tier_policy_victim(PS_TIER_S3FIFO, queues), PS_TIER_QUEUE_MAIN);
    queues[0].zones = 6;
    CU_ASSERT_EQUAL(ps_tier_policy_victim(PS_TIER_S3FIFO, queues), PS_TIER_QUEUE_SMALL);
    queues[0].has_victim = false;
    CU_ASSERT_EQUAL(ps_tier_policy_victim(PS_TIER_S3FIFO, queues), PS_TIER_QUEUE_MAIN);
}

static void s3fifo_judges_as_in_the_paper(void)
{
    struct ps_tier_candidate candidate = { .queue = PS_TIER_QUEUE_SMALL };

    for (uint8_t freq = 0; freq <= PS_TIER_FREQ_MAX; freq++) {
        candidate.freq = freq;
        const struct ps_tier_verdict verdict = ps_tier_policy_judge(PS_TIER_S3FIFO, &candidate);
        CU_ASSERT_EQUAL(verdict.keep, freq > 1);
        CU_ASSERT_EQUAL(verdict.ghost, freq <= 1);
        CU_ASSERT_EQUAL(verdict.queue, PS_TIER_QUEUE_MAIN);
        CU_ASSERT_EQUAL(verdict.freq, 0);
    }
    candidate.queue = PS_TIER_QUEUE_MAIN;
    for (uint8_t freq = 0; freq <= PS_TIER_FREQ_MAX; freq++) {
        candidate.freq = freq;
        const struct ps_tier_verdict verdict = ps_tier_policy_judge(PS_TIER_S3FIFO, &candidate);
        CU_ASSERT_EQUAL(verdict.keep, freq > 0);
        CU_ASSERT_FALSE(verdict.ghost);
        CU_ASSERT_EQUAL(verdict.freq, freq > 0 ? freq - 1 : 0);
    }
}

static void confidence_keeps_what_is_used_pinned_or_raised(void)
{
    struct ps_tier_candidate candidate = { .queue = PS_TIER_MAYBE, .class = PS_TIER_MAYBE };

    CU_ASSERT_FALSE(ps_tier_policy_judge(PS_TIER_CONFIDENCE, &candidate).keep);
    candidate.pinned = true;
    CU_ASSERT_TRUE(ps_tier_policy_judge(PS_TIER_CONFIDENCE, &candidate).keep);
    candidate.pinned = false;
    candidate.freq = 2;
    CU_ASSERT_TRUE(ps_tier_policy_judge(PS_TIER_CONFIDENCE, &candidate).keep);
    CU_ASSERT_EQUAL(ps_tier_policy_judge(PS_TIER_CONFIDENCE, &candidate).freq, 1);
    candidate.freq = 0;
    candidate.class = PS_TIER_DEMANDED;
    CU_ASSERT_TRUE(ps_tier_policy_judge(PS_TIER_CONFIDENCE, &candidate).keep);
    CU_ASSERT_EQUAL(ps_tier_policy_judge(PS_TIER_CONFIDENCE, &candidate).queue, PS_TIER_DEMANDED);
}

static void a_ghost_is_recognised_once_and_not_for_ever(void)
{
    struct ps_tier_ghost ghost = { 0 };

    PS_REQUIRE(ps_tier_ghost_init(&ghost, 1000) == 0);
    for (uint32_t n = 0; n < 100; n++) {
        const struct ps_segment_key key = key_of(n);

        CU_ASSERT_FALSE(ps_tier_ghost_take(&ghost, &key, 1000));
        ps_tier_ghost_add(&ghost, &key);
    }
    const struct ps_segment_key old = key_of(0), young = key_of(99);
    CU_ASSERT_FALSE(ps_tier_ghost_take(&ghost, &old, 50));
    CU_ASSERT_TRUE(ps_tier_ghost_take(&ghost, &young, 50));
    CU_ASSERT_FALSE(ps_tier_ghost_take(&ghost, &young, 50));
    for (uint32_t n = 1000; n < 50000; n++) {
        const struct ps_segment_key key = key_of(n);

        ps_tier_ghost_add(&ghost, &key);
    }
    const struct ps_segment_key last = key_of(49999), first = key_of(50);
    CU_ASSERT_TRUE(ps_tier_ghost_take(&ghost, &last, 1000));
    CU_ASSERT_FALSE(ps_tier_ghost_take(&ghost, &first, UINT32_MAX)); /* pushed out */
    ps_tier_ghost_fini(&ghost);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(the_class_most_over_its_quota_gives_way),
        PS_TEST(small_gives_way_from_its_tenth_on),
        PS_TEST(s3fifo_judges_as_in_the_paper),
        PS_TEST(confidence_keeps_what_is_used_pinned_or_raised),
        PS_TEST(a_ghost_is_recognised_once_and_not_for_ever),
    };

    return ps_test_run("host/tier/policy", tests, PS_ARRAY_LEN(tests));
}
