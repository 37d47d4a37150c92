/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/agent/test_foresee.c - every source is asked, and says it when it is time. */
#include <time.h>

#include "agent/agent_priv.h"
#include "tests/unit/agent/agent_texts.h"

#define NOW_S  INT64_C(1704132000) /* 1 January 2024, 18:00 UTC, a Monday */
#define NOW_MS ((uint64_t)NOW_S * 1000)

static struct prestage_agent *agent;

static void begin(void)
{
    const struct prestage_agent_config cfg = { .dry_run = 1 };

    setenv("TZ", "UTC", 1);
    tzset();
    PS_REQUIRE(prestage_agent_create(&agent, &cfg) == 0);
}

static const struct psa_need *need_of(const char *media)
{
    for (uint32_t i = 0; i < PSA_NEEDS_MAX; i++)
        if (agent->needs.list[i].state != PSA_FREE &&
            strcmp(agent->needs.list[i].guess.id.text, media) == 0)
            return &agent->needs.list[i];
    return NULL;
}

static bool is_by(const char *media, enum prestage_agent_kind kind)
{
    return need_of(media) != NULL && need_of(media)->kind == kind;
}

static void each_source_is_asked(void)
{
    static const char calendar[] =
        "BEGIN:VEVENT\nDTSTART:20240101T183000Z\nX-PRESTAGE-MEDIA:by-calendar\n"
        "END:VEVENT\nBEGIN:VEVENT\nDTSTART:20240101T193000Z\n"
        "X-PRESTAGE-MEDIA:later\nEND:VEVENT\n";
    static const char epg[] =
        "<programme start=\"20240101184000\"><title>The guide</title></programme>";
    static const char names[] =
        "by-queue\nby-calendar\nlater\nby-epg The guide\nby-habit\none\nby-sequel\n";
    static const char history[] = "1702924200 by-habit\n" /* 18 December, 18:30 */
                                  "1703529000 by-habit\n" /* 25 December, 18:30 */
                                  "1703600000 one\n1703601800 by-sequel\n"
                                  "1703700000 one\n1703701800 by-sequel\n"
                                  "1704131000 one\n";

    begin();
    PS_REQUIRE(prestage_agent_names(agent, names, sizeof(names) - 1) == 0);
    PS_REQUIRE(prestage_agent_queue(agent, "by-queue\n", 9, NOW_MS) == 0);
    PS_REQUIRE(prestage_agent_calendar(agent, calendar, sizeof(calendar) - 1, NOW_MS) == 0);
    PS_REQUIRE(prestage_agent_epg(agent, epg, sizeof(epg) - 1, NOW_MS) == 0);
    PS_REQUIRE(prestage_agent_history(agent, history, sizeof(history) - 1) == 0);
    psa_foresee(agent, NOW_MS);
    CU_ASSERT_TRUE(is_by("by-queue", PRESTAGE_AGENT_QUEUE));
    CU_ASSERT_TRUE(is_by("by-calendar", PRESTAGE_AGENT_CALENDAR));
    CU_ASSERT_TRUE(is_by("by-epg", PRESTAGE_AGENT_EPG));
    CU_ASSERT_TRUE(is_by("by-habit", PRESTAGE_AGENT_HABIT));
    CU_ASSERT_TRUE(is_by("by-sequel", PRESTAGE_AGENT_SEQUEL));
    CU_ASSERT_PTR_NULL(need_of("later")); /* in more than an hour */
    psa_foresee(agent, NOW_MS + 1800 * 1000);
    CU_ASSERT_PTR_NOT_NULL(need_of("later"));
    CU_ASSERT_PTR_NULL(need_of("by-sequel")); /* not any more */
    prestage_agent_destroy(agent);
}

static void what_is_far_is_said_later_and_never_too_late(void)
{
    struct psa_guess guess = { .from_s = NOW_S + 7200, .to_s = NOW_S + 7300 };

    begin();
    CU_ASSERT_EQUAL(psa_say_at_ms(agent, &guess, NOW_MS), NOW_MS + 3600 * 1000);
    guess.from_s = NOW_S + 100;
    CU_ASSERT_EQUAL(psa_say_at_ms(agent, &guess, NOW_MS), NOW_MS);
    agent->cfg.jitter_s = 3600;
    uint64_t latest_ms = 0;
    for (unsigned i = 0; i < 200; i++) {
        const uint64_t at_ms = psa_say_at_ms(agent, &guess, NOW_MS);

        CU_ASSERT_TRUE(at_ms >= NOW_MS && at_ms <= NOW_MS + 50000);
        latest_ms = at_ms > latest_ms ? at_ms : latest_ms;
    }
    CU_ASSERT_TRUE(latest_ms > NOW_MS + 25000); /* it is random */
    guess.from_s = NOW_S - 100;
    CU_ASSERT_EQUAL(psa_say_at_ms(agent, &guess, NOW_MS), NOW_MS);
    prestage_agent_destroy(agent);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(each_source_is_asked),
        PS_TEST(what_is_far_is_said_later_and_never_too_late),
    };

    return ps_test_run("agent/foresee", tests, COUNT_OF(tests));
}
