/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/host/feed/test_agents_seen.c - nothing is taken twice, and nobody says too much. */
#include <errno.h>

#include "host/base/mem.h"
#include "host/feed/agents_priv.h"
#include "tests/support/ps_test.h"

#define BEGIN_MS UINT64_C(1700000000000)

static struct ps_agents_seen seen;

static void begin(uint32_t places, double rate_per_s)
{
    PS_REQUIRE(ps_agents_seen_init(&seen, places, rate_per_s, BEGIN_MS) == 0);
}

static enum ps_agents_outcome say(uint64_t key_id, uint64_t sequence, uint64_t time_ms,
                                  uint64_t now_ms)
{
    const struct ppd_auth auth = { .key_id = key_id,
                                   .sequence = sequence,
                                   .time_ms = BEGIN_MS + time_ms };

    return ps_agents_seen_note(&seen, &auth, BEGIN_MS + now_ms);
}

static void sequences_ascend(void)
{
    begin(64, 1000);
    CU_ASSERT_EQUAL(say(1, 10, 1, 1), PS_AGENTS_TAKEN);
    CU_ASSERT_EQUAL(say(1, 10, 2, 2), PS_AGENTS_SEQUENCE);
    CU_ASSERT_EQUAL(say(1, 9, 3, 3), PS_AGENTS_SEQUENCE);
    CU_ASSERT_EQUAL(say(1, 11, 4, 4), PS_AGENTS_TAKEN);
    CU_ASSERT_EQUAL(say(2, 1, 4, 4), PS_AGENTS_TAKEN); /* another's own */
    CU_ASSERT_EQUAL(say(1, UINT64_MAX, 5, 5), PS_AGENTS_TAKEN);
    CU_ASSERT_EQUAL(seen.count, 2);
    ps_agents_seen_fini(&seen);
}

static void what_was_said_before_a_restart_is_not_taken_after_it(void)
{
    begin(64, 1000);
    CU_ASSERT_EQUAL(say(1, 10, 0, 1), PS_AGENTS_SEQUENCE);
    CU_ASSERT_EQUAL(say(1, 10, (uint64_t)-1000, 1), PS_AGENTS_SEQUENCE);
    CU_ASSERT_EQUAL(say(1, 10, 1, 1), PS_AGENTS_TAKEN);
    ps_agents_seen_fini(&seen);
}

static void too_many_are_refused_until_time_passes(void)
{
    begin(64, 0.5); /* two at once, one each two seconds */
    CU_ASSERT_EQUAL(say(1, 1, 1, 1000), PS_AGENTS_TAKEN);
    CU_ASSERT_EQUAL(say(1, 2, 1, 1000), PS_AGENTS_TAKEN);
    CU_ASSERT_EQUAL(say(1, 3, 1, 1000), PS_AGENTS_RATE);
    CU_ASSERT_EQUAL(say(2, 1, 1, 1000), PS_AGENTS_TAKEN);
    CU_ASSERT_EQUAL(say(1, 3, 1, 9000), PS_AGENTS_SEQUENCE); /* not later either */
    CU_ASSERT_EQUAL(say(1, 4, 1, 2900), PS_AGENTS_RATE);
    CU_ASSERT_EQUAL(say(1, 5, 1, 3100), PS_AGENTS_TAKEN);
    CU_ASSERT_EQUAL(say(1, 6, 1, 3100), PS_AGENTS_RATE);
    CU_ASSERT_EQUAL(say(1, 7, 1, 100), PS_AGENTS_RATE); /* the clock was set back */
    CU_ASSERT_EQUAL(say(1, 8, 1, 2200), PS_AGENTS_TAKEN);
    ps_agents_seen_fini(&seen);
}

static void a_slow_rate_still_allows_one(void)
{
    begin(64, 0.01);
    CU_ASSERT_EQUAL(say(1, 1, 1, 1), PS_AGENTS_TAKEN);
    CU_ASSERT_EQUAL(say(1, 2, 2, 2), PS_AGENTS_RATE);
    CU_ASSERT_EQUAL(say(1, 3, 3, 100100), PS_AGENTS_TAKEN);
    ps_agents_seen_fini(&seen);
}

static void the_forgotten_cannot_be_said_again(void)
{
    begin(PS_AGENTS_SET, 1000); /* one set */
    for (uint64_t id = 1; id <= PS_AGENTS_SET; id++)
        CU_ASSERT_EQUAL(say(id, 5, 100 * id, id), PS_AGENTS_TAKEN);
    CU_ASSERT_EQUAL(say(1, 6, 150, 20), PS_AGENTS_TAKEN);
    CU_ASSERT_EQUAL(say(99, 1, 1000, 30), PS_AGENTS_TAKEN); /* 2 was not heard for longest */
    CU_ASSERT_TRUE(seen.count == PS_AGENTS_SET && seen.forgotten == 1);
    CU_ASSERT_EQUAL(say(2, 5, 200, 31), PS_AGENTS_SEQUENCE); /* its own, again */
    CU_ASSERT_EQUAL(say(2, 4, 199, 31), PS_AGENTS_SEQUENCE);
    CU_ASSERT_EQUAL(say(1, 6, 150, 31), PS_AGENTS_SEQUENCE); /* still known */
    CU_ASSERT_EQUAL(say(2, 6, 201, 31), PS_AGENTS_TAKEN);    /* later than all it said */
    ps_agents_seen_fini(&seen);
}

static void a_clock_that_is_set_back_shuts_nobody_out(void)
{
    const struct ppd_auth auth = { .key_id = 1, .sequence = 1, .time_ms = BEGIN_MS - 3600000 };
    const struct ppd_auth later = { .key_id = 2, .sequence = 1, .time_ms = auth.time_ms + 1 };

    begin(64, 1000);
    for (uint32_t i = 0; i < seen.set_count; i++) /* begun an hour ahead */
        CU_ASSERT_EQUAL(seen.floor_ms[i], BEGIN_MS);
    /* What is of before the clock was seen to be set back stays refused. */
    CU_ASSERT_EQUAL(ps_agents_seen_note(&seen, &auth, auth.time_ms), PS_AGENTS_SEQUENCE);
    for (uint32_t i = 0; i < seen.set_count; i++)
        if (seen.floor_ms[i] != BEGIN_MS)
            CU_ASSERT_EQUAL(seen.floor_ms[i], auth.time_ms);
    /* Another set, perhaps, which notices it now. */
    const enum ps_agents_outcome outcome = ps_agents_seen_note(&seen, &later, auth.time_ms);
    CU_ASSERT_EQUAL(outcome, PS_AGENTS_TAKEN);
    ps_agents_seen_fini(&seen);
}

static void each_failed_allocation_is_an_error(void)
{
    for (unsigned i = 0; i < 2; i++) {
        ps_fail_alloc_after(i);
        CU_ASSERT_EQUAL(ps_agents_seen_init(&seen, 64, 1, BEGIN_MS), -ENOMEM);
        ps_fail_alloc_never();
        ps_agents_seen_fini(&seen);
    }
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(sequences_ascend),
        PS_TEST(what_was_said_before_a_restart_is_not_taken_after_it),
        PS_TEST(too_many_are_refused_until_time_passes),
        PS_TEST(a_slow_rate_still_allows_one),
        PS_TEST(the_forgotten_cannot_be_said_again),
        PS_TEST(a_clock_that_is_set_back_shuts_nobody_out),
        PS_TEST(each_failed_allocation_is_an_error),
    };

    return ps_test_run("host/feed/agents_seen", tests, PS_ARRAY_LEN(tests));
}
