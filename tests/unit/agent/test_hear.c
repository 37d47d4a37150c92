/* SPDX-License-Identifier: BSD-3-Clause */
/* tests/unit/agent/test_hear.c - lists and events are taken, or refused and counted. */
#include <errno.h>
#include <string.h>

#include "agent/agent_priv.h"
#include "tests/unit/agent/agent_texts.h"

#define NOW_MS UINT64_C(1700000000000)

static struct prestage_agent *agent;

static void begin(const struct prestage_agent_config *cfg)
{
    PS_REQUIRE(prestage_agent_create(&agent, cfg) == 0);
}

static void lines_are_understood_or_refused(void)
{
    static const struct {
        const char *line;
        int rc;
    } cases[] = { { "clip in 60", 0 },
                  { "  clip  IN 60.5 0.25\r", 0 },
                  { "clip played", 0 },
                  { "", -EBADMSG },
                  { "clip", -EBADMSG },
                  { "clip in", -EBADMSG },
                  { "clip in soon", -EBADMSG },
                  { "clip in 60 0.5 x", -EBADMSG },
                  { "clip at 60", -EBADMSG },
                  { "clip played twice", -EBADMSG },
                  { "/home/me/clip.mp4 in 60", -EINVAL },
                  { "clip in -1", -EBADMSG },
                  { "clip in 60 0", -EINVAL },
                  { "clip in 60 2", -EINVAL },
                  { "clip in 90000", -ERANGE } };
    const struct prestage_agent_config cfg = { .dry_run = 1 };

    begin(&cfg);
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        CU_ASSERT_EQUAL(
            prestage_agent_tell_line(agent, cases[i].line, strlen(cases[i].line), NOW_MS),
            cases[i].rc);
    CU_ASSERT_EQUAL(prestage_agent_names(agent, "other\n", 6), 0);
    CU_ASSERT_EQUAL(prestage_agent_tell(agent, "clip", 1, 1, NOW_MS), -ENOENT);
    CU_ASSERT_EQUAL(prestage_agent_played(agent, "clip", NOW_MS + 1000), -ENOENT);
    CU_ASSERT_EQUAL(prestage_agent_played(agent, "a b", NOW_MS), -EINVAL);
    prestage_agent_destroy(agent);
}

static void a_history_is_lines_in_order(void)
{
    static const char text[] =
        "# player\n100 one\n200 two\n150 late\nx three\n300\n400 no/id\n500 four\n";
    const struct prestage_agent_config cfg = { .dry_run = 1 };
    struct prestage_agent_status status;

    begin(&cfg);
    CU_ASSERT_EQUAL(prestage_agent_history(agent, text, sizeof(text) - 1), 0);
    CU_ASSERT_EQUAL(prestage_agent_history(agent, text, sizeof(text) - 1),
                    0); /* again: nothing new */
    prestage_agent_status(agent, &status);
    CU_ASSERT_EQUAL(status.plays, 3);
    CU_ASSERT_EQUAL(prestage_agent_history(agent, text, PRESTAGE_AGENT_TEXT_MAX + 1), -EMSGSIZE);
    prestage_agent_destroy(agent);
}

static void lists_replace_those_before(void)
{
    const struct prestage_agent_config cfg = { .dry_run = 1 };
    static const char two[] = "one\ntwo\nno/id\n", none[] = "";
    struct prestage_agent_status status;

    begin(&cfg);
    CU_ASSERT_EQUAL(prestage_agent_queue(agent, two, sizeof(two) - 1, NOW_MS), 0);
    prestage_agent_status(agent, &status);
    CU_ASSERT_TRUE(status.queued == 2 && status.unknown == 1);
    CU_ASSERT_EQUAL(prestage_agent_queue(agent, none, 0, NOW_MS), 0);
    CU_ASSERT_EQUAL(prestage_agent_queue(agent, NULL, 0, NOW_MS), 0);
    prestage_agent_status(agent, &status);
    CU_ASSERT_EQUAL(status.queued, 0);
    prestage_agent_destroy(agent);
}

static void lists_have_a_longest(void)
{
    const struct prestage_agent_config cfg = { .dry_run = 1 };
    const size_t bytes = PRESTAGE_AGENT_TEXT_MAX + 1;
    char *text = calloc(1, bytes);

    begin(&cfg);
    PS_REQUIRE(text != NULL);
    CU_ASSERT_EQUAL(prestage_agent_names(agent, text, bytes), -EMSGSIZE);
    CU_ASSERT_EQUAL(prestage_agent_queue(agent, text, bytes, NOW_MS), -EMSGSIZE);
    CU_ASSERT_EQUAL(prestage_agent_calendar(agent, text, bytes, NOW_MS), -EMSGSIZE);
    CU_ASSERT_EQUAL(prestage_agent_epg(agent, text, bytes, NOW_MS), -EMSGSIZE);
    CU_ASSERT_EQUAL(prestage_agent_calendar(agent, text, bytes - 1, NOW_MS), 0);
    CU_ASSERT_EQUAL(prestage_agent_epg(agent, text, bytes - 1, NOW_MS), 0);
    free(text);
    prestage_agent_destroy(agent);
}

int main(void)
{
    static const struct ps_test tests[] = {
        PS_TEST(lines_are_understood_or_refused),
        PS_TEST(a_history_is_lines_in_order),
        PS_TEST(lists_replace_those_before),
        PS_TEST(lists_have_a_longest),
    };

    return ps_test_run("agent/hear", tests, COUNT_OF(tests));
}
