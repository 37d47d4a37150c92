/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/predict/test_promises.c - whose looks are believed, and for how long they pend.
 */
#include "host/predict/promises_priv.h"

#include <errno.h>

#include "host/base/mem.h"
#include "host/predict/overall_priv.h"
#include "tests/support/ps_test.h"

#define NOW_S  1700000000u
#define HONEST 11u
#define LIAR   12u

static struct ps_promises looks;

static void begin(void)
{
    PS_REQUIRE(ps_promises_init(&looks) == 0);
}

static void sweep_all(uint32_t now_s)
{
    for (uint32_t n = 0; n < 20; n++)
        ps_promises_sweep(&looks, now_s + 2 * n);
}

static int say_in(uint64_t source, uint64_t media, uint8_t profile, uint32_t due_s,
                  float probability, uint32_t now_s)
{
    const struct ps_promise_claim claim = { .source_key = source,
                                            .media_key = media,
                                            .due_s = due_s,
                                            .probability = probability,
                                            .profile = profile };

    return ps_promises_put(&looks, &claim, now_s);
}

static int say(uint64_t source, uint64_t media, uint32_t due_s, uint32_t now_s)
{
    return say_in(source, media, PS_PROFILE_NONE, due_s, 0.8f, now_s);
}

static int say_window(uint64_t source, uint64_t media, uint32_t due_s, uint32_t until_s,
                      uint32_t now_s)
{
    const struct ps_promise_claim claim = { .source_key = source,
                                            .media_key = media,
                                            .due_s = due_s,
                                            .until_s = until_s,
                                            .probability = 0.8f,
                                            .profile = PS_PROFILE_NONE };

    return ps_promises_put(&looks, &claim, now_s);
}

static float trust_of(uint64_t source)
{
    const struct ps_trust_source *found = ps_trust_find(&looks.trust, source);

    return found == NULL ? ps_trust_of_class(&looks.trust, 0) : ps_trust_of(&looks.trust, found);
}

static float expected_of(uint64_t media, uint32_t now_s)
{
    float own[PS_PROMISE_HORIZONS], any[PS_PROMISE_HORIZONS];

    ps_promises_expect(&looks, media, 0, now_s, own, any);
    return own[PS_PROMISE_HORIZONS - 1] + any[PS_PROMISE_HORIZONS - 1];
}

/* @p source speaks @p times, ten minutes apart, and keeps it or not. @return When it ended. */
static uint32_t speak(uint64_t source, unsigned times, bool keeps, uint32_t now_s)
{
    for (unsigned i = 0; i < times; i++, now_s += 600) {
        CU_ASSERT_EQUAL(say(source, 100 + i, now_s + 60, now_s), 0);
        if (keeps)
            ps_promises_start(&looks, source, 100 + i, now_s + 70);
        sweep_all(now_s + 500);
    }
    return now_s;
}

static void init_survives_each_failed_allocation(void)
{
    unsigned failed_at = 0;

    for (;; failed_at++) {
        ps_fail_alloc_after(failed_at);
        const int rc = ps_promises_init(&looks);
        ps_fail_alloc_never();
        if (rc == 0)
            break;
        CU_ASSERT_EQUAL(rc, -ENOMEM);
        ps_promises_fini(&looks);
    }
    CU_ASSERT_EQUAL(failed_at, 4);
    ps_promises_fini(&looks);
}

static void an_unknown_source_is_believed_as_all_are(void)
{
    begin();
    const float unknown = trust_of(99);
    CU_ASSERT_DOUBLE_EQUAL(unknown, 0.5, 1e-6);
    CU_ASSERT_EQUAL(say(99, 1, NOW_S + 60, NOW_S), 0);
    CU_ASSERT_DOUBLE_EQUAL(trust_of(99), unknown, 1e-6); /* talk is no record */
    CU_ASSERT_DOUBLE_EQUAL(expected_of(1, NOW_S), 0.8 * 0.5, 1e-6);
    for (uint64_t source = 200; source < 250; source++)
        speak(source, PS_TRUST_PROVEN, true, NOW_S);
    CU_ASSERT_TRUE(trust_of(98) > 0.9f); /* sources are honest, here */
    ps_promises_fini(&looks);
}

static void an_honest_source_gains_trust_and_a_liar_loses_it(void)
{
    begin();
    float last[2] = { trust_of(HONEST), trust_of(LIAR) };
    uint32_t now_s = NOW_S;

    for (unsigned i = 0; i < 6; i++) {
        now_s = speak(HONEST, 1, true, now_s);
        now_s = speak(LIAR, 1, false, now_s);
        CU_ASSERT_TRUE(trust_of(HONEST) > last[0]);
        CU_ASSERT_TRUE(trust_of(LIAR) < last[1]);
        last[0] = trust_of(HONEST);
        last[1] = trust_of(LIAR);
    }
    CU_ASSERT_TRUE(last[0] > 0.8f);
    CU_ASSERT_TRUE(last[1] < 0.25f);
    CU_ASSERT_EQUAL(looks.true_count, 6);
    CU_ASSERT_EQUAL(looks.false_count, 6);
    CU_ASSERT_EQUAL(looks.taken, 12);
    ps_promises_fini(&looks);
}

static void a_liar_who_mends_is_believed_again(void)
{
    begin();
    const uint32_t now_s = speak(LIAR, 50, false, NOW_S);
    CU_ASSERT_TRUE(trust_of(LIAR) < 0.05f);
    speak(LIAR, 200, true, now_s);
    CU_ASSERT_TRUE(trust_of(LIAR) > 0.9f);
    ps_promises_fini(&looks);
}

/* Small claims that come true earn no right to a crowd. */
static void one_look_is_never_more_than_one_start(void)
{
    begin();
    for (unsigned i = 0; i < 200; i++) {
        CU_ASSERT_EQUAL(say_in(LIAR, 5, PS_PROFILE_NONE, NOW_S + i, 0.001f, NOW_S + i), 0);
        ps_promises_start(&looks, LIAR, 5, NOW_S + i);
    }
    CU_ASSERT_EQUAL(say_in(LIAR, 6, PS_PROFILE_NONE, NOW_S + 300, 1.0f, NOW_S + 200), 0);
    CU_ASSERT_TRUE(expected_of(6, NOW_S + 200) > 0.9f);
    CU_ASSERT_TRUE(expected_of(6, NOW_S + 200) <= 1.0f);
    ps_promises_fini(&looks);
}

static void only_the_peer_who_promised_can_keep_it(void)
{
    begin();
    CU_ASSERT_EQUAL(say(HONEST, 1, NOW_S + 60, NOW_S), 0);
    ps_promises_start(&looks, 77, 1, NOW_S + 60);     /* somebody else */
    ps_promises_start(&looks, HONEST, 2, NOW_S + 60); /* something else */
    CU_ASSERT_EQUAL(looks.pending, 1);
    ps_promises_start(&looks, HONEST, 1, NOW_S + 60);
    CU_ASSERT_EQUAL(looks.pending, 0);
    CU_ASSERT_EQUAL(looks.true_count, 1);
    CU_ASSERT_EQUAL(looks.false_count, 0);
    ps_promises_fini(&looks);
}

static void an_unknown_peer_keeps_one_promise_of_whomever(void)
{
    begin();
    for (uint64_t source = 1; source <= 3; source++)
        CU_ASSERT_EQUAL(say(source, 1, NOW_S + 60, NOW_S), 0);
    ps_promises_start(&looks, 0, 1, NOW_S + 60);
    CU_ASSERT_EQUAL(looks.pending, 2);
    CU_ASSERT_EQUAL(looks.true_count, 1);
    ps_promises_fini(&looks);
}

static void a_start_long_before_or_after_keeps_nothing(void)
{
    begin();
    CU_ASSERT_EQUAL(say(HONEST, 1, NOW_S + 3600, NOW_S), 0);
    ps_promises_start(&looks, HONEST, 1, NOW_S + 3600 - PS_PROMISE_EARLY_S - 1);
    CU_ASSERT_EQUAL(looks.pending, 1);
    ps_promises_start(&looks, HONEST, 1, NOW_S + 3600 + PS_PROMISE_LATE_S);
    CU_ASSERT_EQUAL(looks.true_count, 0);
    sweep_all(NOW_S + 3600 + PS_PROMISE_LATE_S);
    CU_ASSERT_EQUAL(looks.false_count, 1);
    CU_ASSERT_EQUAL(say(HONEST, 1, NOW_S + 9000, NOW_S + 8000), 0);
    ps_promises_start(&looks, HONEST, 1, NOW_S + 9000 - PS_PROMISE_EARLY_S);
    CU_ASSERT_EQUAL(looks.true_count, 1);
    ps_promises_fini(&looks);
}

static void looks_of_another_time_are_refused_and_counted(void)
{
    begin();
    CU_ASSERT_EQUAL(say(1, 1, NOW_S - PS_PROMISE_LATE_S, NOW_S), -ERANGE);
    CU_ASSERT_EQUAL(say(1, 1, 0, NOW_S), -ERANGE);
    CU_ASSERT_EQUAL(say(1, 1, NOW_S + PS_PROMISE_AHEAD_MAX_S + 1, NOW_S), -ERANGE);
    CU_ASSERT_EQUAL(say(1, 1, UINT32_MAX, NOW_S), -ERANGE);
    CU_ASSERT_EQUAL(looks.refused, 4);
    CU_ASSERT_EQUAL(looks.pending, 0);
    CU_ASSERT_EQUAL(say(1, 1, NOW_S - PS_PROMISE_LATE_S + 1, NOW_S), 0);
    CU_ASSERT_EQUAL(say(1, 1, NOW_S + PS_PROMISE_AHEAD_MAX_S, NOW_S), 0);
    ps_promises_fini(&looks);
}

static void a_source_may_have_so_many_pending_and_no_more(void)
{
    begin();
    for (uint64_t i = 0; i < PS_PROMISES_A_SOURCE; i++)
        CU_ASSERT_EQUAL(say(LIAR, i, NOW_S + 60, NOW_S), 0);
    CU_ASSERT_EQUAL(say(LIAR, 1, NOW_S + 60, NOW_S), -ENOBUFS);
    CU_ASSERT_EQUAL(looks.refused, 1);
    CU_ASSERT_EQUAL(say(HONEST, 1, NOW_S + 60, NOW_S), 0); /* nobody else suffers */
    sweep_all(NOW_S + 60 + PS_PROMISE_LATE_S);
    CU_ASSERT_EQUAL(looks.pending, 0);
    CU_ASSERT_EQUAL(say(LIAR, 1, NOW_S + 1000, NOW_S + 900), 0);
    ps_promises_fini(&looks);
}

/* Four looks kept, and nobody is a stranger any more. */
static void prove(uint64_t first, uint64_t count)
{
    for (uint64_t source = first; source < first + count; source++)
        for (unsigned i = 0; i < PS_TRUST_PROVEN; i++) {
            PS_REQUIRE(say(source, 1, NOW_S, NOW_S) == 0);
            ps_promises_start(&looks, source, 1, NOW_S);
        }
}

static void all_together_may_have_so_many_pending(void)
{
    const uint32_t sources = PS_PROMISES_MAX / 200 + 1;

    begin();
    prove(1, sources);
    looks.true_count = 0;
    for (uint32_t i = 0; i < PS_PROMISES_MAX; i++)
        PS_REQUIRE(say(1 + i / 200, i, NOW_S + 60, NOW_S) == 0);
    CU_ASSERT_EQUAL(looks.pending, PS_PROMISES_MAX);
    CU_ASSERT_EQUAL(say(sources, 1, NOW_S + 60, NOW_S), -ENOBUFS);
    sweep_all(NOW_S + 60 + PS_PROMISE_LATE_S);
    CU_ASSERT_EQUAL(looks.pending, 0);
    CU_ASSERT_EQUAL(looks.false_count, PS_PROMISES_MAX);
    for (uint32_t i = 0; i < PS_PROMISES_MAX; i++) /* every place again */
        PS_REQUIRE(say(1 + i / 200, i, NOW_S + 1060, NOW_S + 1000) == 0);
    ps_promises_fini(&looks);
}

static void strangers_leave_room_for_those_who_are_known(void)
{
    begin();
    prove(HONEST, 1);
    for (uint32_t i = 0; i < PS_PROMISES_STRANGERS; i++)
        PS_REQUIRE(say(1000 + i / 200, i, NOW_S + 60, NOW_S) == 0);
    CU_ASSERT_EQUAL(say(9999999, 1, NOW_S + 60, NOW_S), -ENOBUFS);
    CU_ASSERT_EQUAL(say(HONEST, 1, NOW_S + 60, NOW_S), 0);
    sweep_all(NOW_S + 60 + PS_PROMISE_LATE_S);
    CU_ASSERT_EQUAL(say(9999999, 1, NOW_S + 600, NOW_S + 500), 0);
    ps_promises_fini(&looks);
}

static void sweeping_spares_what_is_not_past(void)
{
    begin();
    CU_ASSERT_EQUAL(say(1, 1, NOW_S + 60, NOW_S), 0);
    CU_ASSERT_EQUAL(say(1, 2, NOW_S + 4000, NOW_S), 0);
    sweep_all(NOW_S + 60 + PS_PROMISE_LATE_S - 50); /* and 40 seconds on */
    CU_ASSERT_EQUAL(looks.pending, 2);
    sweep_all(NOW_S + 60 + PS_PROMISE_LATE_S);
    CU_ASSERT_EQUAL(looks.pending, 1);
    CU_ASSERT_TRUE(expected_of(2, NOW_S + 500) > 0.0f);
    CU_ASSERT_EQUAL(expected_of(1, NOW_S + 500), 0.0f);
    ps_promises_fini(&looks);
}

static void what_is_past_is_expected_no_more_even_before_it_is_swept(void)
{
    begin();
    CU_ASSERT_EQUAL(say(1, 1, NOW_S + 60, NOW_S), 0);
    CU_ASSERT_TRUE(expected_of(1, NOW_S + 60 + PS_PROMISE_LATE_S - 1) > 0.0f);
    CU_ASSERT_EQUAL(expected_of(1, NOW_S + 60 + PS_PROMISE_LATE_S), 0.0f);
    ps_promises_fini(&looks);
}

static void a_look_counts_for_the_horizons_that_it_falls_in(void)
{
    float own[PS_PROMISE_HORIZONS], any[PS_PROMISE_HORIZONS];

    begin();
    CU_ASSERT_EQUAL(say(1, 1, NOW_S + 600, NOW_S), 0);
    CU_ASSERT_TRUE(ps_promises_expect(&looks, 1, 0, NOW_S, own, any));
    CU_ASSERT_EQUAL(any[0], 0.0f);
    CU_ASSERT_EQUAL(any[1], 0.0f);
    CU_ASSERT_TRUE(any[2] > 0.0f);
    CU_ASSERT_EQUAL(any[2], any[3]);
    CU_ASSERT_TRUE(ps_promises_expect(&looks, 1, 0, NOW_S + 300, own, any));
    CU_ASSERT_EQUAL(any[0], 0.0f);
    CU_ASSERT_TRUE(any[1] > 0.0f);
    CU_ASSERT_TRUE(ps_promises_expect(&looks, 1, 0, NOW_S + 540, own, any));
    CU_ASSERT_TRUE(any[0] > 0.0f);
    ps_promises_fini(&looks);
}

static float still_expected(uint32_t late_s)
{
    float own[PS_PROMISE_HORIZONS], any[PS_PROMISE_HORIZONS];

    CU_ASSERT_EQUAL(say(1, 9, NOW_S + 10000, NOW_S + 10000), 0);
    CU_ASSERT_TRUE(ps_promises_expect(&looks, 9, 0, NOW_S + 10000 + late_s, own, any));
    ps_promises_erase(&looks, 1);
    return any[0];
}

/* How much less depends on how late those come that come. */
static void the_later_a_look_is_the_less_it_is_expected(void)
{
    float punctual, before = 1.0f;

    begin();
    for (uint32_t late_s = 0; late_s < PS_PROMISE_LATE_S; late_s += 60) {
        const float now = still_expected(late_s);

        CU_ASSERT_TRUE(now < before);
        before = now;
    }
    for (uint32_t n = 0; n < 20; n++) { /* at the minute */
        CU_ASSERT_EQUAL(say(2, 5, NOW_S + n * 60, NOW_S + n * 60), 0);
        ps_promises_start(&looks, 2, 5, NOW_S + n * 60);
    }
    punctual = still_expected(120) / still_expected(0);
    for (uint32_t n = 0; n < 100; n++) {
        CU_ASSERT_EQUAL(say(2, 5, NOW_S + n * 60, NOW_S + n * 60), 0);
        ps_promises_start(&looks, 2, 5, NOW_S + n * 60 + 200);
    }
    CU_ASSERT_TRUE(still_expected(120) / still_expected(0) > 2.0f * punctual);
    ps_promises_fini(&looks);
}

static void a_look_with_a_profile_counts_only_for_it(void)
{
    float own[PS_PROMISE_HORIZONS], any[PS_PROMISE_HORIZONS];

    begin();
    CU_ASSERT_EQUAL(say_in(1, 1, 3, NOW_S + 60, 1.0f, NOW_S), 0);
    CU_ASSERT_TRUE(ps_promises_expect(&looks, 1, 3, NOW_S, own, any));
    CU_ASSERT_TRUE(own[0] > 0.0f && any[0] == 0.0f);
    CU_ASSERT_FALSE(ps_promises_expect(&looks, 1, 4, NOW_S, own, any));
    CU_ASSERT_TRUE(own[0] == 0.0f && any[0] == 0.0f);
    CU_ASSERT_FALSE(ps_promises_expect(&looks, 2, 3, NOW_S, own, any));
    CU_ASSERT_EQUAL(say(2, 1, NOW_S + 60, NOW_S), 0); /* whichever profile */
    CU_ASSERT_TRUE(ps_promises_expect(&looks, 1, 4, NOW_S, own, any));
    CU_ASSERT_TRUE(own[0] == 0.0f && any[0] > 0.0f);
    ps_promises_fini(&looks);
}

static void an_erased_source_leaves_nothing_behind(void)
{
    begin();
    uint32_t now_s = speak(LIAR, 20, false, NOW_S);
    const float prior = trust_of(99);

    CU_ASSERT_EQUAL(say(LIAR, 1, now_s + 60, now_s), 0);
    CU_ASSERT_EQUAL(say(LIAR, 2, now_s + 60, now_s), 0);
    CU_ASSERT_EQUAL(say(HONEST, 2, now_s + 60, now_s), 0);
    ps_promises_erase(&looks, LIAR);
    ps_promises_erase(&looks, 12345); /* never heard of */
    CU_ASSERT_EQUAL(looks.pending, 1);
    CU_ASSERT_EQUAL(expected_of(1, now_s), 0.0f);
    CU_ASSERT_TRUE(expected_of(2, now_s) > 0.0f);
    CU_ASSERT_EQUAL(trust_of(LIAR), prior); /* as a stranger */
    ps_promises_start(&looks, LIAR, 1, now_s + 60);
    CU_ASSERT_EQUAL(looks.true_count, 0);
    ps_promises_fini(&looks);
}

/* A crowd that announces one title: all of it is expected, though only a part is read. */
static void a_crowd_that_is_known_counts_in_full(void)
{
    float own[PS_PROMISE_HORIZONS], any[PS_PROMISE_HORIZONS];

    begin();
    prove(1, 20000);
    for (uint64_t peer = 1; peer <= 20000; peer++)
        PS_REQUIRE(say(peer, 5, NOW_S + 60, NOW_S) == 0);
    const double each = 0.8 * (double)trust_of(7);
    CU_ASSERT_TRUE(ps_promises_expect(&looks, 5, 0, NOW_S, own, any));
    CU_ASSERT_DOUBLE_EQUAL(any[0], 20000 * each, 200.0);
    looks.true_count = 0;
    for (uint64_t peer = 1; peer <= 20000; peer += 2)
        ps_promises_start(&looks, peer, 5, NOW_S + 60);
    CU_ASSERT_EQUAL(looks.true_count, 10000);
    CU_ASSERT_EQUAL(looks.pending, 10000);
    ps_promises_start(&looks, 0, 5, NOW_S + 60);
    CU_ASSERT_EQUAL(looks.pending, 9999);
    sweep_all(NOW_S + 60 + PS_PROMISE_LATE_S);
    CU_ASSERT_EQUAL(looks.pending, 0);
    CU_ASSERT_FALSE(ps_promises_expect(&looks, 5, 0, NOW_S + 100, own, any));
    ps_promises_fini(&looks);
}

/* A thousand names that nobody knows, each for the same title: they are one at first, and when they
 * all lied, the next thousand are less. */
static void a_thousand_strangers_are_little_and_the_next_thousand_less(void)
{
    float first, second;

    begin();
    for (uint64_t name = 1; name <= 1000; name++)
        CU_ASSERT_EQUAL(say(name, 5, NOW_S + 60, NOW_S), 0);
    first = expected_of(5, NOW_S);
    CU_ASSERT_TRUE(first <= 0.5f);
    sweep_all(NOW_S + 400);
    for (uint64_t name = 1001; name <= 2000; name++)
        CU_ASSERT_EQUAL(say(name, 6, NOW_S + 500, NOW_S + 440), 0);
    second = expected_of(6, NOW_S + 440);
    CU_ASSERT_TRUE(second < 0.01f);
    ps_promises_fini(&looks);
}

/* Nor do a thousand different titles help: of what they say a part is believed. */
static void strangers_with_a_title_each_share_what_is_believed(void)
{
    float sum = 0.0f;

    begin();
    for (uint64_t name = 1; name <= 1000; name++)
        CU_ASSERT_EQUAL(say(name, name, NOW_S + 60, NOW_S), 0);
    for (uint64_t media = 1; media <= 1000; media++)
        sum += expected_of(media, NOW_S);
    CU_ASSERT_TRUE(sum < 20.0f); /* believed each by itself, they would be 400 */
    CU_ASSERT_TRUE(sum > 5.0f);
    ps_promises_fini(&looks);
}

/* Who is known is heard as if the crowd were not there. */
static void no_crowd_of_strangers_hides_who_is_known(void)
{
    float alone;

    begin();
    prove(HONEST, 1);
    CU_ASSERT_EQUAL(say(HONEST, 5, NOW_S + 60, NOW_S), 0);
    alone = expected_of(5, NOW_S);
    for (uint64_t name = 1000; name < 3000; name++)
        CU_ASSERT_EQUAL(say(name, 5, NOW_S + 60, NOW_S), 0);
    CU_ASSERT_TRUE(expected_of(5, NOW_S) >= alone);
    ps_promises_fini(&looks);
}

static void a_look_is_spread_over_its_window(void)
{
    float own[PS_PROMISE_HORIZONS], any[PS_PROMISE_HORIZONS];

    begin();
    CU_ASSERT_EQUAL(say_window(1, 1, NOW_S + 600, NOW_S + 1200, NOW_S), 0);
    CU_ASSERT_TRUE(ps_promises_expect(&looks, 1, 0, NOW_S, own, any));
    CU_ASSERT_EQUAL(any[1], 0.0f);
    CU_ASSERT_DOUBLE_EQUAL(any[2], 0.4 * 0.5, 1e-6); /* half of it is within 15 minutes */
    CU_ASSERT_DOUBLE_EQUAL(any[3], 0.4, 1e-6);
    /* Half of it has passed: 0.2 are left, beside the 0.6 that it was never true. */
    CU_ASSERT_TRUE(ps_promises_expect(&looks, 1, 0, NOW_S + 900, own, any));
    CU_ASSERT_DOUBLE_EQUAL(any[1], 0.25, 1e-5);
    CU_ASSERT_DOUBLE_EQUAL(any[0], 0.25 * 60 / 300, 1e-5);
    ps_promises_fini(&looks);
}

static void a_look_is_kept_by_who_comes_in_its_window(void)
{
    begin();
    CU_ASSERT_EQUAL(say_window(HONEST, 1, NOW_S + 700, NOW_S + 4000, NOW_S), 0);
    ps_promises_start(&looks, HONEST, 1, NOW_S + 700 - PS_PROMISE_EARLY_S - 1);
    CU_ASSERT_EQUAL(looks.true_count, 0);
    sweep_all(NOW_S + 3000);
    CU_ASSERT_EQUAL(looks.pending, 1); /* long after due, but within */
    ps_promises_start(&looks, HONEST, 1, NOW_S + 4000 + PS_PROMISE_LATE_S - 1);
    CU_ASSERT_EQUAL(looks.true_count, 1);
    CU_ASSERT_EQUAL(say_window(HONEST, 1, NOW_S + 5000, NOW_S + 6000, NOW_S + 5000), 0);
    CU_ASSERT_TRUE(expected_of(1, NOW_S + 6100) > 0.0f); /* late, perhaps */
    CU_ASSERT_TRUE(expected_of(1, NOW_S + 6100) < expected_of(1, NOW_S + 5000));
    sweep_all(NOW_S + 6000 + PS_PROMISE_LATE_S);
    CU_ASSERT_EQUAL(looks.false_count, 1);
    ps_promises_fini(&looks);
}

static void windows_that_make_no_sense_are_refused(void)
{
    begin();
    CU_ASSERT_EQUAL(say_window(1, 1, NOW_S + 60, NOW_S + 59, NOW_S), -EINVAL);
    CU_ASSERT_EQUAL(say_window(1, 1, NOW_S, NOW_S + PS_PROMISE_WINDOW_S + 1, NOW_S), -ERANGE);
    CU_ASSERT_EQUAL(say_window(1, 1, NOW_S, UINT32_MAX, NOW_S), -ERANGE);
    CU_ASSERT_EQUAL(say_window(1, 1, 1, NOW_S, NOW_S), -ERANGE);
    CU_ASSERT_EQUAL(say_window(1, 1, NOW_S - 1000, NOW_S - PS_PROMISE_LATE_S, NOW_S), -ERANGE);
    CU_ASSERT_EQUAL(say_window(1, 1, UINT32_MAX, UINT32_MAX, NOW_S), -ERANGE);
    CU_ASSERT_EQUAL(looks.refused, 6);
    CU_ASSERT_EQUAL(say_window(1, 1, NOW_S - 3000, NOW_S + PS_PROMISE_WINDOW_S - 3000, NOW_S), 0);
    CU_ASSERT_EQUAL(say_window(1, 2, NOW_S + 60, NOW_S + 60, NOW_S), 0);
    ps_promises_fini(&looks);
}

/* More sources than places: some are forgotten, and what they said neither crashes nor counts for
 * those who have their places. */
static void sources_without_end_are_bounded(void)
{
    begin();
    for (uint64_t source = 1; source <= 200000; source++) {
        const uint32_t now_s = NOW_S + (uint32_t)(source / 100);

        if (say(source, source % 500, now_s + 60, now_s) == 0 && source % 3 == 0)
            ps_promises_start(&looks, source, source % 500, now_s);
        if (source % 200 == 0)
            ps_promises_sweep(&looks, now_s);
    }
    sweep_all(NOW_S + 10000);
    CU_ASSERT_EQUAL(looks.pending, 0);
    for (uint32_t i = 0; i < PS_TRUST_SOURCES_MAX; i++)
        if (looks.trust.sources[i].pending != 0)
            CU_FAIL("a source has looks pending that are gone");
    ps_promises_fini(&looks);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(init_survives_each_failed_allocation),
        PS_TEST(an_unknown_source_is_believed_as_all_are),
        PS_TEST(an_honest_source_gains_trust_and_a_liar_loses_it),
        PS_TEST(a_liar_who_mends_is_believed_again),
        PS_TEST(one_look_is_never_more_than_one_start),
        PS_TEST(only_the_peer_who_promised_can_keep_it),
        PS_TEST(an_unknown_peer_keeps_one_promise_of_whomever),
        PS_TEST(a_start_long_before_or_after_keeps_nothing),
        PS_TEST(looks_of_another_time_are_refused_and_counted),
        PS_TEST(a_source_may_have_so_many_pending_and_no_more),
        PS_TEST(all_together_may_have_so_many_pending),
        PS_TEST(sweeping_spares_what_is_not_past),
        PS_TEST(what_is_past_is_expected_no_more_even_before_it_is_swept),
        PS_TEST(a_look_counts_for_the_horizons_that_it_falls_in),
        PS_TEST(the_later_a_look_is_the_less_it_is_expected),
        PS_TEST(a_look_with_a_profile_counts_only_for_it),
        PS_TEST(an_erased_source_leaves_nothing_behind),
        PS_TEST(strangers_leave_room_for_those_who_are_known),
        PS_TEST(a_crowd_that_is_known_counts_in_full),
        PS_TEST(a_thousand_strangers_are_little_and_the_next_thousand_less),
        PS_TEST(strangers_with_a_title_each_share_what_is_believed),
        PS_TEST(no_crowd_of_strangers_hides_who_is_known),
        PS_TEST(a_look_is_spread_over_its_window),
        PS_TEST(a_look_is_kept_by_who_comes_in_its_window),
        PS_TEST(windows_that_make_no_sense_are_refused),
        PS_TEST(sources_without_end_are_bounded),
    };

    return ps_test_run("host/predict/promises", tests, PS_ARRAY_LEN(tests));
}
