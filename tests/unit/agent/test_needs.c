/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/agent/test_needs.c - what is foreseen is said once, and judged. */
#include "agent/needs_priv.h"

#include <errno.h>
#include <stdio.h>

#include "tests/unit/agent/agent_texts.h"

static struct psa_needs needs;

static struct psa_guess guess_of(const char *media, int64_t from_s, double probability)
{
    return (struct psa_guess){
        .id = id_of(media), .from_s = from_s, .to_s = from_s + 60, .probability = probability
    };
}

static int foresee(enum prestage_agent_kind kind, const char *media, int64_t from_s, double p)
{
    const struct psa_guess guess = guess_of(media, from_s, p);

    return psa_needs_foresee(&needs, kind, &guess, 5);
}

/* Foreseen and said. */
static void say(enum prestage_agent_kind kind, const char *media, int64_t from_s, double p)
{
    foresee(kind, media, from_s, p);
    struct psa_need *need = psa_needs_next(&needs);
    PS_REQUIRE(need != NULL);
    psa_needs_say(need);
}

static void begin(void)
{
    memset(&needs, 0, sizeof(needs));
}

static void a_need_is_said_once_whoever_foresees_it(void)
{
    begin();
    CU_ASSERT_PTR_NULL(psa_needs_next(&needs));
    CU_ASSERT_EQUAL(foresee(PRESTAGE_AGENT_QUEUE, "one", 10000, 0.5), 0);
    CU_ASSERT_EQUAL(foresee(PRESTAGE_AGENT_HABIT, "one", 10300, 0.7), 0); /* surer: it speaks */
    CU_ASSERT_EQUAL(foresee(PRESTAGE_AGENT_EPG, "one", 10200, 0.4), 0);
    struct psa_need *need = psa_needs_next(&needs);
    PS_REQUIRE(need != NULL);
    CU_ASSERT_TRUE(need->kind == PRESTAGE_AGENT_HABIT && need->guess.from_s == 10300);
    psa_needs_say(need);
    CU_ASSERT_EQUAL(foresee(PRESTAGE_AGENT_QUEUE, "one", 10100, 0.9), 0);
    CU_ASSERT_PTR_NULL(psa_needs_next(&needs));
    CU_ASSERT_EQUAL(foresee(PRESTAGE_AGENT_QUEUE, "one", 20000, 0.9), 0); /* another time */
    CU_ASSERT_PTR_NOT_NULL(psa_needs_next(&needs));
}

static void what_is_no_longer_foreseen_is_dropped(void)
{
    begin();
    foresee(PRESTAGE_AGENT_QUEUE, "one", 10000, 0.5);
    foresee(PRESTAGE_AGENT_TOLD, "told", 10000, 0.5);
    psa_needs_begin(&needs);
    foresee(PRESTAGE_AGENT_QUEUE, "two", 10000, 0.5);
    psa_needs_end(&needs);
    unsigned waiting = 0;
    for (unsigned i = 0; i < PSA_NEEDS_MAX; i++)
        waiting += needs.list[i].state == PSA_WAITING;
    CU_ASSERT_EQUAL(waiting, 2); /* what was told, and two */
}

static void what_comes_true_raises_trust(void)
{
    const struct psa_id one = id_of("one");

    begin();
    CU_ASSERT_DOUBLE_EQUAL(psa_needs_trust(&needs, PRESTAGE_AGENT_EPG), 1.0, 1e-9);
    for (int i = 0; i < 50; i++) {
        say(PRESTAGE_AGENT_EPG, "one", 100000 * (i + 1), 0.4);
        psa_needs_played(&needs, &one, 100000 * (i + 1) + 30);
        psa_needs_settle(&needs, 100000 * (i + 1) + 4000, true);
    }
    CU_ASSERT_TRUE(psa_needs_trust(&needs, PRESTAGE_AGENT_EPG) > 2.0);
    CU_ASSERT_TRUE(needs.came == 50 && needs.missed == 0);
    CU_ASSERT_DOUBLE_EQUAL(psa_needs_trust(&needs, PRESTAGE_AGENT_HABIT), 1.0, 1e-9);
}

static void what_does_not_lowers_it(void)
{
    begin();
    for (int i = 0; i < 50; i++) {
        say(PRESTAGE_AGENT_QUEUE, "one", 100000 * (i + 1), 0.8);
        psa_needs_settle(&needs, 100000 * (i + 1) + 60 + PSA_LATE_S, true);
        CU_ASSERT_EQUAL(needs.missed, (uint64_t)i); /* it still may */
        psa_needs_settle(&needs, 100000 * (i + 1) + 61 + PSA_LATE_S, true);
    }
    CU_ASSERT_TRUE(psa_needs_trust(&needs, PRESTAGE_AGENT_QUEUE) < 0.15);
    CU_ASSERT_TRUE(needs.came == 0 && needs.missed == 50);
}

/* Said at 0.8, true one time in two: from then on about 0.5 is said. */
static void what_is_said_is_calibrated(void)
{
    const struct psa_id one = id_of("one");

    begin();
    for (int i = 0; i < 200; i++) {
        say(PRESTAGE_AGENT_CALENDAR, "one", 100000 * (i + 1), 0.8);
        if (i % 2 == 0)
            psa_needs_played(&needs, &one, 100000 * (i + 1));
        psa_needs_settle(&needs, 100000 * (i + 1) + 4000, true);
    }
    CU_ASSERT_DOUBLE_EQUAL(0.8 * psa_needs_trust(&needs, PRESTAGE_AGENT_CALENDAR), 0.5, 0.05);
}

static void without_plays_nothing_is_judged(void)
{
    begin();
    say(PRESTAGE_AGENT_QUEUE, "one", 1000, 0.8);
    psa_needs_settle(&needs, 100000, false);
    CU_ASSERT_EQUAL(needs.missed, 0);
    CU_ASSERT_EQUAL(needs.list[0].state, PSA_FREE);
}

static void what_was_played_is_not_said_any_more(void)
{
    const struct psa_id one = id_of("one");

    begin();
    foresee(PRESTAGE_AGENT_QUEUE, "one", 1000, 0.8);
    psa_needs_played(&needs, &one, 1000 - PSA_EARLY_S - 1); /* another time */
    CU_ASSERT_PTR_NOT_NULL(psa_needs_next(&needs));
    psa_needs_played(&needs, &one, 1000 - PSA_EARLY_S);
    CU_ASSERT_PTR_NULL(psa_needs_next(&needs));
    foresee(PRESTAGE_AGENT_HABIT, "one", 1000, 0.8);
    CU_ASSERT_PTR_NULL(psa_needs_next(&needs));
    CU_ASSERT_EQUAL(needs.came, 0); /* nobody said it */
}

static void there_is_room_for_so_many(void)
{
    char name[16];

    begin();
    for (unsigned i = 0; i < PSA_NEEDS_MAX; i++) {
        snprintf(name, sizeof(name), "m%u", i);
        CU_ASSERT_EQUAL(foresee(PRESTAGE_AGENT_TOLD, name, 1000, 0.8), 0);
    }
    CU_ASSERT_EQUAL(foresee(PRESTAGE_AGENT_TOLD, "more", 1000, 0.8), -ENOSPC);
    CU_ASSERT_EQUAL(foresee(PRESTAGE_AGENT_TOLD, "m7", 1000, 0.8), 0);
    CU_ASSERT_EQUAL(needs.full, 1);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(a_need_is_said_once_whoever_foresees_it),
        PS_TEST(what_is_no_longer_foreseen_is_dropped),
        PS_TEST(what_comes_true_raises_trust),
        PS_TEST(what_does_not_lowers_it),
        PS_TEST(what_is_said_is_calibrated),
        PS_TEST(without_plays_nothing_is_judged),
        PS_TEST(what_was_played_is_not_said_any_more),
        PS_TEST(there_is_room_for_so_many),
    };

    return ps_test_run("agent/needs", tests, COUNT_OF(tests));
}
