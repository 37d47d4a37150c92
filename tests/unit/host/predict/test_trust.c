/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_trust.c - who is believed, and how soon. */
#include "host/predict/trust_priv.h"

#include <errno.h>

#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define NOW_S 1700000000u

static struct ps_trust trust;

static const struct ps_peer_class good = { .region = 1, .device = 1 };
static const struct ps_peer_class bad = { .region = 2, .device = 1 };

static struct ps_trust_source *hear(uint64_t key, const struct ps_peer_class *peer)
{
    return ps_trust_hear(&trust, key, peer, NOW_S);
}

static void settle(uint64_t key, const struct ps_peer_class *peer, unsigned times, bool came_true)
{
    struct ps_trust_source *source = hear(key, peer);

    for (unsigned i = 0; i < times; i++)
        ps_trust_settle(&trust, source, (uint8_t)source->class_idx, 1.0f, came_true);
}

static float stranger_of(const struct ps_peer_class *peer)
{
    return ps_trust_of(&trust, hear(999999, peer));
}

static void begin(void)
{
    PS_REQUIRE(ps_trust_init(&trust) == 0);
}

static void init_survives_each_failed_allocation(void)
{
    ps_fail_alloc_after(0);
    const int rc = ps_trust_init(&trust);
    ps_fail_alloc_never();
    CU_ASSERT_EQUAL(rc, -ENOMEM);
    ps_trust_fini(&trust);
}

static void a_class_of_good_agents_is_believed_sooner(void)
{
    begin();
    for (uint64_t key = 1; key <= 20; key++) {
        settle(key, &good, PS_TRUST_PROVEN, true);
        settle(100 + key, &bad, PS_TRUST_PROVEN, false);
    }
    CU_ASSERT_TRUE(stranger_of(&good) > 0.9f);
    CU_ASSERT_TRUE(stranger_of(&bad) < 0.1f);
    CU_ASSERT_DOUBLE_EQUAL(stranger_of(&(struct ps_peer_class){ .region = 3 }), 0.5, 0.05);
    ps_trust_fini(&trust);
}

/* A thousand broken looks of one source are one source's. */
static void nobody_makes_a_class_s_name_alone(void)
{
    begin();
    settle(1, &good, 1000, false);
    CU_ASSERT_TRUE(stranger_of(&good) > 0.2f);
    for (uint64_t key = 2; key <= 20; key++)
        settle(key, &good, PS_TRUST_PROVEN, true);
    settle(1, &good, 1000, false);
    CU_ASSERT_TRUE(stranger_of(&good) > 0.85f);
    CU_ASSERT_TRUE(ps_trust_of(&trust, ps_trust_find(&trust, 1)) < 0.08f);
    ps_trust_fini(&trust);
}

static void who_is_known_does_not_lose_by_what_strangers_do(void)
{
    begin();
    settle(1, &good, 50, true);
    for (uint64_t key = 2; key <= 1000; key++)
        settle(key, &good, 1, false);
    CU_ASSERT_TRUE(ps_trust_of(&trust, ps_trust_find(&trust, 1)) > 0.9f);
    CU_ASSERT_TRUE(stranger_of(&good) < 0.05f);
    ps_trust_fini(&trust);
}

static void new_names_do_not_help_a_liar(void)
{
    float before = 1.0f;

    begin();
    for (uint64_t key = 1; key <= 200; key++) {
        if (key % 20 == 0) {
            CU_ASSERT_TRUE(stranger_of(&bad) < before);
            before = stranger_of(&bad);
        }
        settle(key, &bad, 1, false);
    }
    CU_ASSERT_TRUE(before < 0.03f);
    ps_trust_fini(&trust);
}

/* The class is what a source says it is: each look counts for the class that it was said as. */
static void other_classes_do_not_help_a_liar_either(void)
{
    begin();
    for (uint16_t region = 1; region <= 200; region++)
        settle(region, &(struct ps_peer_class){ .region = region }, 1, false);
    CU_ASSERT_TRUE(stranger_of(&(struct ps_peer_class){ .region = 201 }) < 0.1f);
    ps_trust_fini(&trust);
}

static void who_turns_is_found_out_within_ten(void)
{
    begin();
    settle(1, &good, 200, true);
    CU_ASSERT_TRUE(ps_trust_of(&trust, ps_trust_find(&trust, 1)) > 0.95f);
    settle(1, &good, 10, false);
    CU_ASSERT_TRUE(ps_trust_of(&trust, ps_trust_find(&trust, 1)) < 0.5f);
    ps_trust_fini(&trust);
}

static void bad_luck_now_and_then_costs_little(void)
{
    begin();
    for (unsigned i = 0; i < 100; i++)
        settle(1, &good, 1, i % 5 != 0);
    CU_ASSERT_DOUBLE_EQUAL(ps_trust_of(&trust, ps_trust_find(&trust, 1)), 0.8, 0.05);
    ps_trust_fini(&trust);
}

static void a_crowd_weighs_what_strangers_kept_and_one(void)
{
    begin();
    const uint8_t idx = (uint8_t)hear(1, &good)->class_idx;

    CU_ASSERT_DOUBLE_EQUAL(ps_trust_crowd_max(&trust, idx), 0.5, 1e-6);
    for (uint64_t key = 1; key <= 50; key++)
        settle(key, &good, 1, true);
    CU_ASSERT_TRUE(ps_trust_crowd_max(&trust, idx) > 35.0f);
    CU_ASSERT_TRUE(ps_trust_crowd_max(&trust, idx) < 51.0f);
    for (uint64_t key = 51; key <= 1000; key++)
        settle(key, &good, 1, false);
    CU_ASSERT_TRUE(ps_trust_crowd_max(&trust, idx) < 0.05f);
    ps_trust_fini(&trust);
}

static void of_too_many_looks_of_strangers_a_part_is_believed(void)
{
    begin();
    const uint8_t idx = (uint8_t)hear(1, &good)->class_idx;

    CU_ASSERT_EQUAL(ps_trust_crowd_part(&trust, idx), 1.0f);
    ps_trust_pend(&trust, idx, true, 320);
    CU_ASSERT_DOUBLE_EQUAL(ps_trust_crowd_part(&trust, idx), 0.1, 1e-6);
    ps_trust_pend(&trust, idx, true, -310);
    ps_trust_pend(&trust, idx, false, 1000); /* those of the known do not count */
    CU_ASSERT_EQUAL(ps_trust_crowd_part(&trust, idx), 1.0f);
    ps_trust_fini(&trust);
}

/* Who speaks for the first time is not believed more for saying more. */
static void a_stranger_who_says_much_is_believed_as_one(void)
{
    begin();
    struct ps_trust_source *source = hear(1, &good);
    const float one = ps_trust_of(&trust, source);

    source->pending = 10;
    CU_ASSERT_DOUBLE_EQUAL(ps_trust_of(&trust, source), one / 10, 1e-6);
    settle(1, &good, PS_TRUST_PROVEN, true);
    CU_ASSERT_TRUE(ps_trust_of(&trust, source) > one);
    ps_trust_fini(&trust);
}

static void strangers_do_not_push_out_who_is_known(void)
{
    begin();
    settle(7, &good, PS_TRUST_PROVEN, true);
    for (uint64_t key = 1000; key < 1000 + 20 * PS_TRUST_SOURCES_MAX; key++)
        ps_trust_hear(&trust, key, &bad, NOW_S + 3600);
    CU_ASSERT_PTR_NOT_NULL(ps_trust_find(&trust, 7));
    for (uint64_t key = 1000; key < 1000 + 20 * PS_TRUST_SOURCES_MAX; key++)
        ps_trust_hear(&trust, key, &bad, NOW_S + PS_TRUST_KEPT_S + 3601);
    CU_ASSERT_PTR_NULL(ps_trust_find(&trust, 7)); /* it never came again */
    ps_trust_fini(&trust);
}

static void classes_without_end_are_bounded(void)
{
    begin();
    for (uint32_t i = 0; i < 65536; i++) {
        const struct ps_peer_class peer = { .region = (uint16_t)i, .device = (uint8_t)(i % 7) };
        const struct ps_trust_source *source = hear(i, &peer);

        ps_trust_pend(&trust, (uint8_t)source->class_idx, true, 1);
    }
    CU_ASSERT_TRUE(trust.classes[0].pending > 60000); /* these share one record */
    ps_trust_fini(&trust);
}

static void the_blind_believe_everybody(void)
{
    begin();
    settle(1, &bad, 100, false);
    trust.is_blind = true;
    CU_ASSERT_EQUAL(ps_trust_of(&trust, ps_trust_find(&trust, 1)), 1.0f);
    ps_trust_pend(&trust, 1, true, 100000);
    CU_ASSERT_EQUAL(ps_trust_crowd_part(&trust, 1), 1.0f);
    CU_ASSERT_TRUE(ps_trust_crowd_max(&trust, 1) > 1e9f);
    ps_trust_fini(&trust);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(init_survives_each_failed_allocation),
        PS_TEST(a_class_of_good_agents_is_believed_sooner),
        PS_TEST(nobody_makes_a_class_s_name_alone),
        PS_TEST(who_is_known_does_not_lose_by_what_strangers_do),
        PS_TEST(new_names_do_not_help_a_liar),
        PS_TEST(other_classes_do_not_help_a_liar_either),
        PS_TEST(who_turns_is_found_out_within_ten),
        PS_TEST(bad_luck_now_and_then_costs_little),
        PS_TEST(a_crowd_weighs_what_strangers_kept_and_one),
        PS_TEST(of_too_many_looks_of_strangers_a_part_is_believed),
        PS_TEST(a_stranger_who_says_much_is_believed_as_one),
        PS_TEST(strangers_do_not_push_out_who_is_known),
        PS_TEST(classes_without_end_are_bounded),
        PS_TEST(the_blind_believe_everybody),
    };

    return ps_test_run("host/predict/trust", tests, PS_ARRAY_LEN(tests));
}
