/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/daemon/test_shadow.c - what a reactive cache would have had, and what follows. */
#include "host/daemon/shadow.h"

#include <errno.h>

#include "host/base/hash.h"
#include "host/base/mem.h"
#include "tests/support/ps_test.h"

#define MINUTE_NS 60000000000ull
#define KIB       1024u

static struct ps_shadow *new_shadow(uint64_t capacity_bytes)
{
    struct ps_shadow *shadow = NULL;

    PS_REQUIRE(ps_shadow_create(&shadow, capacity_bytes) == 0);
    return shadow;
}

static struct ps_shadow_status status_of(const struct ps_shadow *shadow)
{
    struct ps_shadow_status status;

    ps_shadow_status(shadow, &status);
    return status;
}

static uint64_t key(uint64_t n)
{
    return ps_hash64(&n, sizeof(n));
}

/* @return whether the shadow had it. */
static bool ask(struct ps_shadow *shadow, uint64_t n)
{
    const uint64_t before = status_of(shadow).shadow_hits;

    ps_shadow_request(shadow, key(n), KIB, false, 1);
    return status_of(shadow).shadow_hits > before;
}

static void what_was_asked_for_is_there_the_next_time(void)
{
    struct ps_shadow *shadow = new_shadow(100 * KIB);

    CU_ASSERT_FALSE(ask(shadow, 1));
    CU_ASSERT_TRUE(ask(shadow, 1));
    CU_ASSERT_FALSE(ask(shadow, 2));
    CU_ASSERT_EQUAL(status_of(shadow).requests, 3);
    CU_ASSERT_EQUAL(status_of(shadow).hits, 0);
    ps_shadow_destroy(shadow);
}

static void one_hit_titles_do_not_push_out_favourites(void)
{
    struct ps_shadow *shadow = new_shadow(100 * KIB);

    for (unsigned i = 0; i < 3; i++)
        ask(shadow, 1);
    for (uint64_t n = 100; n < 2000; n++)
        ask(shadow, n);
    CU_ASSERT_TRUE(ask(shadow, 1));
    CU_ASSERT_FALSE(ask(shadow, 100));
    ps_shadow_destroy(shadow);
}

static void who_comes_back_soon_after_leaving_is_kept(void)
{
    struct ps_shadow *shadow = new_shadow(10 * KIB);

    for (uint64_t n = 1; n <= 11; n++)
        ask(shadow, n);
    CU_ASSERT_FALSE(ask(shadow, 1)); /* left the small queue, its key was remembered */
    for (uint64_t n = 20; n < 60; n++)
        ask(shadow, n);
    CU_ASSERT_TRUE(ask(shadow, 1));
    ps_shadow_destroy(shadow);
}

static void more_than_fits_is_not_stored(void)
{
    struct ps_shadow *shadow = new_shadow(10 * KIB);

    ps_shadow_request(shadow, key(1), 11 * KIB, false, 1);
    ps_shadow_request(shadow, key(1), 11 * KIB, false, 1);
    CU_ASSERT_EQUAL(status_of(shadow).shadow_hits, 0);
    CU_ASSERT_EQUAL(status_of(shadow).keys, 0);
    ps_shadow_destroy(shadow);
}

static void keys_are_bounded_however_small_segments_are(void)
{
    struct ps_shadow *shadow = new_shadow(1u << 30);

    CU_ASSERT_EQUAL(status_of(shadow).sampled, 1.0);
    for (uint64_t n = 0; n < 3 * PS_SHADOW_KEYS_MAX; n++)
        ps_shadow_request(shadow, key(n), 1, false, 1);
    CU_ASSERT_TRUE(status_of(shadow).keys <= PS_SHADOW_KEYS_MAX);
    CU_ASSERT_TRUE(ask(shadow, 3 * PS_SHADOW_KEYS_MAX - 1));
    ps_shadow_destroy(shadow);
}

static void of_a_large_buffer_a_sample_is_looked_at(void)
{
    struct ps_shadow *shadow = new_shadow(1ull << 36);
    const uint64_t asked = 100000;

    for (uint64_t n = 0; n < asked; n++)
        ps_shadow_request(shadow, key(n), KIB, false, 1);
    const double sampled = status_of(shadow).sampled;
    CU_ASSERT_TRUE(sampled < 0.1);
    CU_ASSERT_DOUBLE_EQUAL((double)status_of(shadow).requests / (double)asked, sampled,
                           0.2 * sampled);
    ps_shadow_destroy(shadow);
}

/* A minute in which the shadow has everything and ours has a share. */
static uint64_t pass_minutes(struct ps_shadow *shadow, unsigned minutes, unsigned ours_of_20,
                             uint64_t now_ns)
{
    for (unsigned m = 0; m < minutes; m++, now_ns += MINUTE_NS) {
        for (unsigned i = 0; i < 20; i++)
            ps_shadow_request(shadow, key(1), KIB, i < ours_of_20, now_ns);
        ps_shadow_rest(shadow, now_ns);
    }
    return now_ns;
}

static void betting_rests_when_the_shadow_is_better_for_long(void)
{
    struct ps_shadow *shadow = new_shadow(100 * KIB);
    uint64_t now_ns = pass_minutes(shadow, 15, 10, MINUTE_NS);

    CU_ASSERT_FALSE(status_of(shadow).resting); /* not for long yet */
    now_ns = pass_minutes(shadow, 10, 10, now_ns);
    CU_ASSERT_TRUE(status_of(shadow).resting);
    CU_ASSERT_EQUAL(status_of(shadow).rests, 1);
    now_ns = pass_minutes(shadow, 70, 19, now_ns);
    CU_ASSERT_FALSE(status_of(shadow).resting);
    ps_shadow_destroy(shadow);
}

static void a_little_better_or_a_break_is_not_enough(void)
{
    struct ps_shadow *shadow = new_shadow(100 * KIB);
    uint64_t now_ns = MINUTE_NS;

    /* Of forty requests one is missing: less than PS_SHADOW_BETTER. */
    for (unsigned m = 0; m < 100; m++)
        now_ns = pass_minutes(shadow, 1, m % 2 == 0 ? 20 : 19, now_ns);
    CU_ASSERT_FALSE(status_of(shadow).resting);
    CU_ASSERT_DOUBLE_EQUAL(status_of(shadow).share, 0.975, 0.01);
    ps_shadow_destroy(shadow);
}

static void few_requests_tell_nothing(void)
{
    struct ps_shadow *shadow = new_shadow(100 * KIB);

    for (uint64_t m = 1; m < 300; m++) {
        ps_shadow_request(shadow, key(1), KIB, false, m * MINUTE_NS);
        CU_ASSERT_FALSE(ps_shadow_rest(shadow, m * MINUTE_NS));
    }
    ps_shadow_destroy(shadow);
}

static void each_rest_that_did_not_help_is_twice_as_long(void)
{
    struct ps_shadow *shadow = new_shadow(100 * KIB);
    uint64_t now_ns = MINUTE_NS, began_ns[4] = { 0 }, rested_ns[4] = { 0 };
    unsigned rest = 0;
    bool was_resting = false;

    while (rest < 4) {
        now_ns = pass_minutes(shadow, 1, 5, now_ns);
        const bool resting = status_of(shadow).resting;
        if (resting && !was_resting)
            began_ns[rest] = now_ns;
        if (!resting && was_resting) {
            rested_ns[rest] = now_ns - began_ns[rest];
            rest++;
        }
        was_resting = resting;
    }
    CU_ASSERT_EQUAL(rested_ns[0], PS_SHADOW_REST_NS);
    CU_ASSERT_EQUAL(rested_ns[1], 2 * PS_SHADOW_REST_NS);
    CU_ASSERT_EQUAL(rested_ns[3], PS_SHADOW_REST_MAX_NS);
    ps_shadow_destroy(shadow);
}

static void creation_survives_a_failed_allocation(void)
{
    struct ps_shadow *shadow = NULL;

    ps_fail_alloc_after(0);
    CU_ASSERT_EQUAL(ps_shadow_create(&shadow, 1), -ENOMEM);
    ps_fail_alloc_never();
    CU_ASSERT_PTR_NULL(shadow);
    ps_shadow_destroy(NULL);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(what_was_asked_for_is_there_the_next_time),
        PS_TEST(one_hit_titles_do_not_push_out_favourites),
        PS_TEST(who_comes_back_soon_after_leaving_is_kept),
        PS_TEST(more_than_fits_is_not_stored),
        PS_TEST(keys_are_bounded_however_small_segments_are),
        PS_TEST(of_a_large_buffer_a_sample_is_looked_at),
        PS_TEST(betting_rests_when_the_shadow_is_better_for_long),
        PS_TEST(a_little_better_or_a_break_is_not_enough),
        PS_TEST(few_requests_tell_nothing),
        PS_TEST(each_rest_that_did_not_help_is_twice_as_long),
        PS_TEST(creation_survives_a_failed_allocation),
    };

    return ps_test_run("host/daemon/shadow.c", tests, PS_ARRAY_LEN(tests));
}
