/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/agent/test_epg.c - XMLTV texts, well formed and not. */
#include "agent/calendar_priv.h"

#include "tests/unit/agent/agent_texts.h"

#define MONDAY INT64_C(1704067200) /* 1 January 2024, 00:00 UTC */

static struct psa_events events;
static struct psa_names names;

static const char epg[] =
    "<?xml version=\"1.0\"?>\n<tv>\n"
    "<programme start=\"20240101200000 +0100\" stop=\"20240101213000 +0100\" channel=\"1\">\n"
    "  <title lang=\"de\">Anders</title><title lang=\"en\">Tom &amp; &quot;Co&quot;</title>\n"
    "</programme>\n"
    "<programme channel=\"1\" start=\"20240101220000\"><title>Tom &amp; "
    "\"Co\"</title></programme>\n"
    "<programme start=\"20240101200000 +0100\"><title>Nobody's</title></programme>\n"
    "<programme start=\"soon\"><title>Tom &amp; \"Co\"</title></programme>\n"
    "<programme><title>Tom &amp; \"Co\"</title></programme>\n"
    "<programme start=\"20240101230000 -0330\"><title/></programme>\n"
    "</tv>\n";

static void programmes_with_an_id_are_taken(void)
{
    psa_names_read(&names, TEXT("film Tom & \"Co\"\n"));
    CU_ASSERT_EQUAL(psa_epg_read(&events, &names, text_of(epg)), 4);
    PS_REQUIRE(events.count == 2);
    CU_ASSERT_STRING_EQUAL(events.list[0].id.text, "film");
    CU_ASSERT_EQUAL(events.list[0].start_s, MONDAY + 19 * 3600);
    CU_ASSERT_EQUAL(events.list[0].length_s, 5400);
    CU_ASSERT_EQUAL(events.list[1].start_s, MONDAY + 22 * 3600);
    CU_ASSERT_TRUE(events.list[1].is_utc && events.list[1].length_s == 0);
}

static void zones_are_offsets(void)
{
    static const char west[] =
        "<programme start=\"20240101200000 -0330\"><title>x</title></programme>";
    static const char *const bad[] = {
        "<programme start=\"20240101200000 CET\"><title>x</title></programme>",
        "<programme start=\"20240101200000 +1\"><title>x</title></programme>",
        "<programme start=\"2024010120000 +0100\"><title>x</title></programme>",
        "<programme start=\"20241301200000\"><title>x</title></programme>",
        "<programme start=\"19700101000000 +0100\"><title>x</title></programme>",
    };

    psa_names_read(&names, TEXT("film x\n"));
    CU_ASSERT_EQUAL(psa_epg_read(&events, &names, text_of(west)), 0);
    CU_ASSERT_EQUAL(events.list[0].start_s, MONDAY + 23 * 3600 + 1800);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        CU_ASSERT_EQUAL(psa_epg_read(&events, &names, text_of(bad[i])), 1);
}

static void take_damaged(struct psa_text damaged)
{
    psa_epg_read(&events, &names, damaged);
    CU_ASSERT_TRUE(events.count <= PSA_EVENTS_MAX);
}

static void damaged_guides_do_no_harm(void)
{
    with_damaged(epg, take_damaged);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(programmes_with_an_id_are_taken),
        PS_TEST(zones_are_offsets),
        PS_TEST(damaged_guides_do_no_harm),
    };

    return ps_test_run("agent/epg", tests, COUNT_OF(tests));
}
